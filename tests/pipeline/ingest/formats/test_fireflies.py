from __future__ import annotations

from datetime import UTC, datetime

import orjson
import pytest

from core.vocabulary import Participant, Turn
from pipeline.ingest.registry import parse_file

_SENTENCES = [
    {"index": 0, "text": "Hello.", "raw_text": "hello", "start_time": "1.5", "end_time": "2",
     "speaker_id": 0, "speaker_name": "Ann"},
    {"index": 1, "text": "So?", "raw_text": "so", "start_time": 2.5, "end_time": 3,
     "speaker_id": 0, "speaker_name": "Ann"},
    {"index": 2, "text": "Hi.", "raw_text": "hi", "start_time": 4, "end_time": 5,
     "speaker_id": 1, "speaker_name": None},
]  # fmt: skip
_TRANSCRIPT = {
    "id": "ff-1",
    "title": "Marlow demo",
    "date": 1791383400000,
    "sentences": _SENTENCES,
    "meeting_attendees": [{"displayName": "Ann", "email": "ann@ours.example", "name": None}],
}
_TURNS = (
    Turn("Ann", "Hello. So?", start_ms=1500, end_ms=3000),
    Turn("Speaker 1", "Hi.", start_ms=4000, end_ms=5000),
)


@pytest.mark.parametrize("value", [{"data": {"transcript": _TRANSCRIPT}}, _TRANSCRIPT])
def test_the_api_s_answer_is_read(value: object) -> None:
    (call,) = parse_file(orjson.dumps(value), "a.json").conversations
    assert (call.external_id, call.attributes) == ("ff-1", {"title": "Marlow demo"})
    assert call.started_at == datetime(2026, 10, 7, 14, 30, tzinfo=UTC)
    assert call.turns == _TURNS
    assert call.participants == (
        Participant("Ann", email="ann@ours.example"),
        Participant("Speaker 1"),
    )


def test_the_app_s_list_of_sentences_is_read() -> None:
    sentences = [{"sentence": "Hello.", "startTime": "00:01", "endTime": "00:02",
                  "speaker_name": "Ann"}]  # fmt: skip
    parsed = parse_file(orjson.dumps(sentences), "a.json")
    assert parsed.format == "Fireflies"
    assert parsed.conversations[0].turns == (Turn("Ann", "Hello.", start_ms=1000, end_ms=2000),)
