from __future__ import annotations

import orjson

from core.vocabulary import Turn
from pipeline.ingest.registry import parse_file


def test_segments_without_speakers_are_one_turn() -> None:
    segments = [
        {"start": 0.5, "end": 2.25, "text": " Hello there."},
        {"id": 1, "start": 2.5, "end": 4, "text": " It is slow."},
    ]
    value = {"text": " Hello there. It is slow.", "segments": segments, "language": "en"}
    (call,) = parse_file(orjson.dumps(value), "calls/a.json").conversations
    assert call.turns == (Turn("", "Hello there. It is slow.", start_ms=500, end_ms=4000),)
    assert call.external_id == "calls/a"


def test_whisperx_knows_speakers() -> None:
    segments = [
        {"start": 0.5, "end": 2, "text": "Hello.", "speaker": "SPEAKER_00"},
        {"start": 2.5, "end": 4, "text": "Hi.", "speaker": "SPEAKER_01"},
    ]
    (call,) = parse_file(orjson.dumps({"segments": segments}), "a.json").conversations
    assert [turn.speaker for turn in call.turns] == ["SPEAKER_00", "SPEAKER_01"]
    assert [person.name for person in call.participants] == ["SPEAKER_00", "SPEAKER_01"]
