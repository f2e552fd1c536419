from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from core.vocabulary import Conversation, Participant, Role
from pipeline.ingest.registry import parse_file

_WORDS = [
    {"word": "hello", "start": 0, "end": 1, "speaker": 0},
    {"word": "hi", "start": 2, "end": 3, "speaker": 1},
]
_DEEPGRAM = {"results": {"channels": [{"alternatives": [{"transcript": "x", "words": _WORDS}]}]}}
_SEGMENTS = {"segments": [{"text": "hello", "speaker": "0"}, {"text": "hi", "speaker": "1"}]}
_LIST = [{"speaker": 0, "message": "hello"}, {"speaker": 1, "message": "hi"}]


def _read(**parts: Any) -> Conversation:
    value = {
        "vcon": "0.0.2",
        "uuid": "u-1",
        "created_at": "2026-10-08T00:00:00Z",
        "subject": "Demo",
        "parties": [{"name": "Ann", "role": "agent"}, {"tel": "+1555", "mailto": "bo@m.example"}],
        **parts,
    }
    (call,) = parse_file(orjson.dumps(value), "a.vcon").conversations
    return call


@pytest.mark.parametrize(
    "body",
    [_DEEPGRAM, orjson.dumps(_DEEPGRAM).decode(), _SEGMENTS, _LIST, {"transcript": _LIST},
     "Speaker 0: hello\nSpeaker 1: hi"],
    ids=["Deepgram", "Deepgram in text", "segments", "list", "wrapped list", "text"],
)  # fmt: skip
def test_transcripts_of_several_shapes_are_read(body: object) -> None:
    call = _read(
        dialog=[{"type": "recording", "start": "2026-10-07T14:30:00Z", "parties": [0, 1]}],
        analysis=[{"type": "summary", "body": "x"}, {"type": "transcript", "body": body}],
    )
    assert [(turn.speaker, turn.text) for turn in call.turns] == [
        ("Speaker 0", "hello"),
        ("Speaker 1", "hi"),
    ]
    assert (call.external_id, call.attributes) == ("u-1", {"title": "Demo"})
    assert call.started_at == datetime(2026, 10, 7, 14, 30, tzinfo=UTC)


def test_parties_take_part_with_their_roles() -> None:
    call = _read(analysis=[{"type": "transcript", "body": "hello"}])
    assert call.participants == (
        Participant("Ann", Role.REP),
        Participant("", email="bo@m.example"),
    )
    assert call.started_at == datetime(2026, 10, 8, tzinfo=UTC)


def test_messages_are_turns_of_their_originators() -> None:
    call = _read(
        dialog=[
            {"type": "text", "originator": 0, "parties": [1, 0], "body": "Hello."},
            {"type": "text", "parties": [1, 0], "body": "<p>Hi.</p>", "mediatype": "text/html"},
            {"type": "text", "parties": 9, "body": "Who?"},
        ]
    )
    assert [(turn.speaker, turn.role, turn.text) for turn in call.turns] == [
        ("Ann", Role.REP, "Hello."),
        ("", Role.UNKNOWN, "Hi."),
        ("", Role.UNKNOWN, "Who?"),
    ]


def test_a_vcon_without_words_is_refused() -> None:
    (problem,) = parse_file(b'{"vcon": "0.0.2", "dialog": []}', "a.json").problems
    assert "neither messages nor a transcript" in problem.reason
