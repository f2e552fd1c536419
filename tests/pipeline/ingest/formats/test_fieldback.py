from __future__ import annotations

from datetime import UTC, datetime

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.vocabulary import ConversationKind, Participant, Role, Turn
from pipeline.ingest.registry import ParsedFile, parse_file

_CALL = {
    "id": "c-17",
    "kind": "call",
    "source": "dialer",
    "started_at": "2026-10-07T14:30:00+02:00",
    "account": "Marlow Clinics",
    "deal": "Marlow 2026",
    "rep": "Ann Ray",
    "participants": [
        {"name": "Ann Ray", "role": "rep", "email": "ann@ours.example"},
        {"name": "Bo Lind", "role": "customer", "title": "CFO"},
    ],
    "turns": [
        {
            "speaker": "Ann Ray",
            "role": "rep",
            "text": " Hello,\n  Bo. ",
            "start_ms": 0,
            "end_ms": 900,
        },
        {"speaker": "Bo Lind", "text": "Hi."},
        {"speaker": "Cy", "role": "unknown", "text": "Me too."},
    ],
    "team": "EMEA",
    "tags": ["a", 2],
    "attributes": {"product": "Clinic Suite"},
}


def _parse(value: object, path: str = "a.json") -> ParsedFile:
    return parse_file(orjson.dumps(value), path)


def test_a_call_is_read_whole() -> None:
    (call,) = _parse(_CALL).conversations
    assert (call.external_id, call.kind, call.source) == ("c-17", ConversationKind.CALL, "dialer")
    assert call.started_at == datetime(2026, 10, 7, 12, 30, tzinfo=UTC)
    assert (call.account, call.deal, call.rep) == ("Marlow Clinics", "Marlow 2026", "Ann Ray")
    assert call.participants[1] == Participant("Bo Lind", Role.CUSTOMER, title="CFO")


def test_the_text_of_turns_stands_as_in_the_file_and_roles_are_kept() -> None:
    (call,) = _parse(_CALL).conversations
    assert call.turns == (
        Turn("Ann Ray", " Hello,\n  Bo. ", Role.REP, 0, 900),
        Turn("Bo Lind", "Hi.", Role.CUSTOMER),
        Turn("Cy", "Me too.", Role.UNKNOWN),
    )


def test_what_we_have_no_place_for_becomes_attributes() -> None:
    (call,) = _parse(_CALL).conversations
    assert call.attributes == {"team": "EMEA", "tags": "a; 2", "product": "Clinic Suite"}


def test_the_path_is_the_id_where_the_file_gives_none() -> None:
    (call,) = _parse({"turns": [{"text": "a"}]}, "calls/a.json").conversations
    assert call.external_id == "calls/a"


def test_a_note_is_the_rep_s() -> None:
    (note,) = _parse({"kind": "note", "turns": [{"text": "They balked."}]}).conversations
    assert (note.kind, note.turns[0].role) == (ConversationKind.NOTE, Role.REP)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"turns": [{"speaker": "a"}]}, "turns.0.text: Field required"),
        ({"turns": [{"text": "a"}, {"text": None}]}, "turns.1.text"),
        ({"turns": {}}, "turns: Input should be a valid list"),
        ({"kind": "email"}, "kind: Input should be 'call' or 'note'"),
        ({"started_at": "soon"}, "the date in 'started_at' cannot be read"),
        ({"turns": [{"text": "a", "start_ms": 5, "end_ms": 1}]}, "turn 0 ends before it starts"),
        ({"turns": [{"text": "a\x00"}]}, "turn 0 holds a null"),
        ({"id": "../x"}, "leaves its folder"),
    ],
)
def test_a_wrong_record_is_refused_with_its_reason(change: dict[str, object], reason: str) -> None:
    parsed = _parse({**_CALL, **change})
    assert parsed.conversations == ()
    assert reason in str(parsed.problems[0])


def test_a_list_holds_several_conversations() -> None:
    parsed = _parse([_CALL, {"turns": 1}, {**_CALL, "id": "c-18"}])
    assert [call.external_id for call in parsed.conversations] == ["c-17", "c-18"]
    assert "record 1: turns" in str(parsed.problems[0])


def test_jsonl_names_the_lines_that_are_broken_and_keeps_the_others() -> None:
    lines = [orjson.dumps(_CALL), b"", b'{"turns": [', b'{"turns": [{"text": "b"}]}', b"[]"]
    parsed = parse_file(b"\r\n".join(lines), "a.jsonl")
    assert [(call.external_id, call.line) for call in parsed.conversations] == [
        ("c-17", 1),
        ("a#4", 4),
    ]
    assert [problem.line for problem in parsed.problems] == [3, 5]


def test_truncated_json_is_refused_with_its_line() -> None:
    (problem,) = parse_file(
        orjson.dumps(_CALL, option=orjson.OPT_INDENT_2)[:300], "a.json"
    ).problems
    assert problem.line is not None
    assert "cut short" in problem.reason


_TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))


@settings(deadline=None)
@given(st.lists(st.tuples(_TEXT, _TEXT), min_size=1, max_size=5))
def test_no_text_is_lost_on_the_way(spoken: list[tuple[str, str]]) -> None:
    turns = [{"speaker": speaker, "text": text + "."} for speaker, text in spoken]
    (call,) = _parse({"id": "x", "turns": turns}).conversations
    assert [(turn.speaker, turn.text) for turn in call.turns] == [
        (turn["speaker"], turn["text"]) for turn in turns
    ]


def test_of_two_records_with_one_id_the_first_is_kept_and_the_other_named() -> None:
    other = {**_CALL, "turns": [{"text": "Another call."}]}
    lines = b"\n".join(orjson.dumps(call) for call in (_CALL, _CALL, other))
    parsed = parse_file(lines, "a.jsonl")
    assert [call.line for call in parsed.conversations] == [1]
    assert [str(problem) for problem in parsed.problems] == [
        "a.jsonl:3: the id of this record stands already in line 1 with other content"
    ]


@pytest.mark.parametrize("time", [-1, 2**53 + 2, 1e300])
def test_times_that_no_recording_has_are_dropped(time: float) -> None:
    (call,) = _parse({"turns": [{"text": "a", "start_ms": time, "end_ms": 5}]}).conversations
    assert (call.turns[0].start_ms, call.turns[0].end_ms) == (None, 5)
