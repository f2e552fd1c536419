from __future__ import annotations

from typing import Any

import orjson

from core.vocabulary import Turn
from pipeline.ingest.registry import parse_file

_WORDS = [
    {"text": "Hello", "start": 10, "end": 20, "confidence": 0.9, "speaker": None},
    {"text": "[PERSON_NAME]", "start": 21, "end": 30, "confidence": 0.9, "speaker": None},
]


def _turns(value: dict[str, Any]) -> tuple[Turn, ...]:
    return parse_file(orjson.dumps(value), "a.json").conversations[0].turns


def test_words_alone_give_the_text_as_one_turn_with_its_tags() -> None:
    value = {
        "text": "Hello [PERSON_NAME].",
        "confidence": 0.9,
        "audio_duration": 3,
        "words": _WORDS,
    }
    assert _turns(value) == (Turn("", "Hello [PERSON_NAME].", start_ms=10, end_ms=30),)


def test_words_with_speakers_give_turns() -> None:
    words = [{**_WORDS[0], "speaker": "A"}, {**_WORDS[1], "speaker": "B"}]
    assert [turn.speaker for turn in _turns({"text": "x", "words": words})] == ["A", "B"]


def test_utterances_are_turns_and_the_file_has_an_id() -> None:
    utterances = [
        {"speaker": "A", "text": "Hello.", "start": 1, "end": 5},
        {"speaker": "A", "text": "So?", "start": 6, "end": 9},
        {"speaker": "B", "text": "Hi.", "start": 10, "end": 15},
    ]
    value = {"id": "t-1", "text": "Hello. So? Hi.", "words": _WORDS, "utterances": utterances}
    assert _turns(value) == (
        Turn("A", "Hello. So?", start_ms=1, end_ms=9),
        Turn("B", "Hi.", start_ms=10, end_ms=15),
    )
    assert parse_file(orjson.dumps(value), "a.json").conversations[0].external_id == "t-1"


def test_a_failed_transcript_is_named() -> None:
    value = {"text": None, "words": None, "error": "no speech found"}
    (problem,) = parse_file(orjson.dumps(value), "a.json").problems
    assert problem.reason == "the recorder could not transcribe it"


def test_a_wrong_shape_is_named() -> None:
    (problem,) = parse_file(b'{"text": "a", "words": [{"start": 1}]}', "a.json").problems
    assert str(problem) == "a.json: words.0.text: Field required"
