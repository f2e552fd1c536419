from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pipeline.ingest.registry import parse_file

_BODY = """
### Attendees
Ann Ray, Bo Lind, Cy Notetaker

### Transcript

#### _This editable transcript was computer generated and might contain errors._

Ann Ray: Welcome, and…

Ann Ray: let us begin.

00:05:00

Bo Lind: It is slow: very.

Meeting ended after 00:06:10
"""


@pytest.mark.parametrize(
    "title",
    ["# Marlow demo - 2026/10/07 14:30 GMT - Transcript",
     "Marlow demo (2026-10-07 at 14_30 UTC) - Transcript"],
)  # fmt: skip
def test_title_attendees_and_talk_are_read(title: str) -> None:
    parsed = parse_file((title + _BODY).encode(), "Marlow demo - Transcript.md")
    assert (parsed.format, parsed.problems) == ("Google Meet", ())
    (call,) = parsed.conversations
    assert call.started_at == datetime(2026, 10, 7, 14, 30, tzinfo=UTC)
    assert call.attributes == {"title": "Marlow demo"}
    assert [person.name for person in call.participants] == ["Ann Ray", "Bo Lind", "Cy Notetaker"]
    assert [(turn.speaker, turn.text) for turn in call.turns] == [
        ("Ann Ray", "Welcome, and… let us begin."),
        ("Bo Lind", "It is slow: very."),
    ]


def test_the_same_saved_as_text_is_known_by_its_title() -> None:
    text = "# Sync - 2026/10/07 14:30 GMT - Transcript" + _BODY
    assert parse_file(text.encode(), "a.txt").format == "Google Meet"
