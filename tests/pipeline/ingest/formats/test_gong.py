from __future__ import annotations

from datetime import UTC, datetime

import orjson

from core.vocabulary import Participant, Role, Turn
from pipeline.ingest.details import add_details
from pipeline.ingest.registry import parse_file

_TRANSCRIPTS = [
    {
        "callId": "777",
        "transcript": [
            {"speakerId": "11", "topic": "Intro", "sentences": [
                {"start": 100, "end": 900, "text": "Hello."},
                {"start": 950, "end": 1500, "text": "So?"}]},
            {"speakerId": "22", "topic": None, "sentences": [
                {"start": 1600, "end": 1900, "text": "Hi."}]},
        ],
    }
]  # fmt: skip
_CALLS = [
    {
        "metaData": {"id": "777", "title": "Marlow demo", "started": "2026-10-07T16:30:00+02:00"},
        "parties": [
            {"speakerId": "11", "name": "Ann", "emailAddress": "ann@ours.example",
             "affiliation": "Internal", "title": "AE"},
            {"speakerId": "22", "name": "Bo", "affiliation": "External"},
            {"speakerId": None, "emailAddress": "cy@m.example", "affiliation": "External"},
        ],
    }
]  # fmt: skip
_TURNS = (
    Turn("Ann", "Hello. So?", Role.REP, 100, 1500),
    Turn("Bo", "Hi.", Role.CUSTOMER, 1600, 1900),
)


def test_a_transcript_alone_knows_speakers_by_their_ids() -> None:
    value = {"data": {"requestId": "r", "callTranscripts": _TRANSCRIPTS}}
    (call,) = parse_file(orjson.dumps(value), "a.json").conversations
    assert (call.external_id, call.turns[0].end_ms) == ("777", 1500)
    assert [turn.speaker for turn in call.turns] == ["11", "22"]


def test_parties_in_the_same_file_name_the_speakers() -> None:
    value = {"callTranscripts": _TRANSCRIPTS, "calls": _CALLS}
    (call,) = parse_file(orjson.dumps(value), "a.json").conversations
    assert call.turns == _TURNS
    assert call.participants[0] == Participant("Ann", Role.REP, "ann@ours.example", "AE")
    assert call.participants[2].name == "cy@m.example"
    assert call.attributes == {"title": "Marlow demo"}


def test_parties_in_another_file_are_details_to_be_added() -> None:
    words = parse_file(orjson.dumps({"callTranscripts": _TRANSCRIPTS}), "transcript.json")
    parties = parse_file(orjson.dumps({"calls": _CALLS}), "extensive.json")
    assert (parties.conversations, parties.problems) == ((), ())
    (call,) = add_details(words.conversations, parties.details)
    assert call.turns == _TURNS
    assert call.started_at == datetime(2026, 10, 7, 14, 30, tzinfo=UTC)
