from __future__ import annotations

from collections.abc import Callable

from core.vocabulary import Message
from pipeline.ingest.registry import ParsedFile

Parse = Callable[..., ParsedFile]


def test_messages_are_read_and_the_broken_ones_named(parse: Parse) -> None:
    text = """messages:
  - slug: safe
    text: "Audited each year: no findings."
    channel: deck
    stage: evaluation
    personas: [cio]
    answers: [objection/security]
  - slug: empty
"""
    parsed = parse("messages.yaml", text)
    assert parsed.messages == (
        Message("safe", "Audited each year: no findings.", "deck", "evaluation", ("cio",),
                ("objection/security",)),
    )  # fmt: skip
    assert str(parsed.problems[0]) == "messages.yaml:8: text: Field required"
