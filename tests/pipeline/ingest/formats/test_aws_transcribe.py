from __future__ import annotations

import orjson

from core.vocabulary import Role, Turn
from pipeline.ingest.registry import parse_file


def test_call_analytics_knows_agent_and_customer() -> None:
    transcript = [
        {"Content": "Hello.", "ParticipantRole": "AGENT", "BeginOffsetMillis": 40,
         "EndOffsetMillis": 900, "Items": [], "Sentiment": "NEUTRAL"},
        {"Content": "It is slow.", "ParticipantRole": "CUSTOMER", "BeginOffsetMillis": 950,
         "EndOffsetMillis": 2000},
    ]  # fmt: skip
    value = {"JobName": "call-7", "JobStatus": "COMPLETED", "Transcript": transcript}
    (call,) = parse_file(orjson.dumps(value), "a.json").conversations
    assert call.external_id == "call-7"
    assert call.turns == (
        Turn("AGENT", "Hello.", Role.REP, 40, 900),
        Turn("CUSTOMER", "It is slow.", Role.CUSTOMER, 950, 2000),
    )


def test_a_plain_job_has_segments_by_speaker() -> None:
    segments = [
        {"transcript": "Hello.", "start_time": "0.5", "end_time": "1.0", "speaker_label": "spk_0"},
        {"transcript": "Hi.", "start_time": "1.5", "end_time": "2.0", "speaker_label": "spk_1"},
    ]
    results = {"transcripts": [{"transcript": "Hello. Hi."}], "audio_segments": segments}
    (call,) = parse_file(orjson.dumps({"jobName": "j", "results": results}), "a.json").conversations
    assert [(turn.speaker, turn.start_ms) for turn in call.turns] == [
        ("spk_0", 500),
        ("spk_1", 1500),
    ]


def test_a_plain_job_without_speakers_is_one_turn() -> None:
    value = {"results": {"transcripts": [{"transcript": "Hello. Hi."}], "items": []}}
    (call,) = parse_file(orjson.dumps(value), "a.json").conversations
    assert call.turns == (Turn("", "Hello. Hi."),)
