from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from core.vocabulary import ConversationKind, Participant, Role, Turn
from pipeline.ingest.registry import ParsedFile

Parse = Callable[..., ParsedFile]


def test_speakers_and_their_titles_take_part(parse: Parse) -> None:
    text = "[00:12] Ann (AE): Hello.\n[00:15] Bo (Head of IT): Hi.\n[00:20] Ann: So."
    (call,) = parse("a.txt", text).conversations
    assert call.participants == (
        Participant("Ann", title="AE"),
        Participant("Bo", title="Head of IT"),
    )
    assert call.kind is ConversationKind.CALL
    assert {turn.role for turn in call.turns} == {Role.UNKNOWN}


def test_facts_above_the_talk_are_read(parse: Parse) -> None:
    text = (
        "Title: Discovery\nDate: 7 Oct 2026 14:30\nAccount: Marlow Clinics\nStage: Demo\n"
        "Attendees: Ann, Cy\n---\n\nAnn: Hi.\nBo: Hello.\nAnn: So."
    )
    (call,) = parse("a.txt", text).conversations
    assert call.started_at == datetime(2026, 10, 7, 14, 30, tzinfo=UTC)
    assert call.account == "Marlow Clinics"
    assert call.attributes == {"title": "Discovery", "deal_stage": "Demo"}
    assert [person.name for person in call.participants] == ["Ann", "Bo", "Cy"]
    assert [turn.text for turn in call.turns] == ["Hi.", "Hello.", "So."]


def test_an_unreadable_date_above_the_talk_is_named(parse: Parse) -> None:
    parsed = parse("a.txt", "Date: someday\nAnn: Hi.\nBo: Hello.\nAnn: So.")
    assert [str(problem) for problem in parsed.problems] == [
        "a.txt:1: the date in the lines above the talk cannot be read"
    ]


def test_blocks_of_one_speaker_are_joined(parse: Parse) -> None:
    text = "[Ann] 00:00:01\nI think\n\n[Ann] 00:00:03\nso.\n\n[Bo] 00:00:05\nFine.\n"
    (call,) = parse("a.txt", text).conversations
    assert [turn.text for turn in call.turns] == ["I think so.", "Fine."]


def test_lines_that_name_their_speaker_stay_turns(parse: Parse) -> None:
    (call,) = parse("a.txt", "Ann: One.\nAnn: Two.\nBo: Three.").conversations
    assert [turn.text for turn in call.turns] == ["One.", "Two.", "Three."]


def test_text_without_speakers_is_one_turn_of_nobody(parse: Parse) -> None:
    (call,) = parse("a.txt", "so tell me about it well it is slow").conversations
    assert call.turns == (Turn("", "so tell me about it well it is slow"),)


def test_text_without_speakers_in_a_folder_of_notes_is_a_note_of_the_rep(parse: Parse) -> None:
    (note,) = parse("rep-notes/a.txt", "They find it dear.").conversations
    assert (note.kind, note.turns[0].role) == (ConversationKind.NOTE, Role.REP)


def test_a_call_in_a_folder_of_notes_stays_a_call(parse: Parse) -> None:
    (call,) = parse("notes/a.txt", "Rep: Hi.\nCustomer: Hello.").conversations
    assert call.kind is ConversationKind.CALL
