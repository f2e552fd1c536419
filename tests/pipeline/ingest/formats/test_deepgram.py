from __future__ import annotations

from typing import Any

import orjson

from core.vocabulary import Turn
from pipeline.ingest.registry import parse_file


def _turns(results: dict[str, Any]) -> tuple[Turn, ...]:
    value = {"metadata": {"request_id": "r-1"}, "results": results}
    (call,) = parse_file(orjson.dumps(value), "a.json").conversations
    assert call.external_id == "r-1"
    return call.turns


def _word(text: str, start: float, speaker: int) -> dict[str, Any]:
    return {"word": text.lower(), "punctuated_word": text, "start": start, "end": start + 0.5,
            "speaker": speaker}  # fmt: skip


_TWO_TURNS = (
    Turn("Speaker 0", "Hello there.", start_ms=0, end_ms=1500),
    Turn("Speaker 1", "Hi.", start_ms=2000, end_ms=2500),
)


def test_words_give_turns() -> None:
    words = [_word("Hello", 0, 0), _word("there.", 1, 0), _word("Hi.", 2, 1)]
    channel = {"alternatives": [{"transcript": "Hello there. Hi.", "words": words}]}
    assert _turns({"channels": [channel]}) == _TWO_TURNS


def test_paragraphs_give_turns() -> None:
    paragraphs = [
        {"sentences": [{"text": "Hello there."}], "speaker": 0, "start": 0, "end": 1.5},
        {"sentences": [{"text": "Hi."}], "speaker": 1, "start": 2, "end": 2.5},
    ]
    channel = {"alternatives": [{"transcript": "x", "paragraphs": {"paragraphs": paragraphs}}]}
    assert _turns({"channels": [channel]}) == _TWO_TURNS


def test_utterances_give_turns() -> None:
    utterances = [
        {"transcript": "Hello there.", "speaker": 0, "start": 0, "end": 1.5, "channel": 0},
        {"transcript": "Hi.", "speaker": 1, "start": 2, "end": 2.5, "channel": 0},
    ]
    assert _turns({"channels": [], "utterances": utterances}) == _TWO_TURNS


def test_channels_are_speakers_in_the_order_of_time() -> None:
    first = {"alternatives": [{"words": [_word("Hello", 0, 0), _word("Bye", 5, 0)]}]}
    second = {"alternatives": [{"words": [_word("Hi.", 2, 0)]}]}
    turns = _turns({"channels": [first, second]})
    assert [(turn.speaker, turn.text) for turn in turns] == [
        ("Speaker 0", "Hello"),
        ("Speaker 1", "Hi."),
        ("Speaker 0", "Bye"),
    ]


def test_a_text_alone_is_one_turn() -> None:
    channel = {"alternatives": [{"transcript": "Hello there."}]}
    assert _turns({"channels": [channel]}) == (Turn("", "Hello there."),)
