from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from core.vocabulary import ConversationKind, Participant, Role, Turn
from pipeline.ingest.registry import ParsedFile

Parse = Callable[..., ParsedFile]

_AT = datetime(2026, 10, 7, 14, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "id,note,date,account,deal,rep,Mood\n3,Too dear.,2026-10-07 14:30,Marlow,New,Ann,sour\n",
        "Record ID,Note body,Activity date,Associated Company,Associated Deal,"
        "Activity assigned to,Mood\n"
        "3,<p>Too dear.</p>,2026-10-07 14:30,Marlow,New,Ann,sour\n",
        "Id,Description,CreatedDate,Account.Name,Opportunity Name,Owner.Name,Mood\n"
        "3,Too dear.,2026-10-07T14:30:00.000Z,Marlow,New,Ann,sour\n",
        "Note Id,Note Content,Created Time,Parent Name,Potential Name,Note Owner,Mood\n"
        "3,Too dear.,2026-10-07 14:30:00,Marlow,New,Ann,sour\n",
        "ID,Content,Add time,Organization,Deal,User,Mood\n"
        "3,Too dear.,2026-10-07 14:30:00,Marlow,New,Ann,sour\n",
        "ID;Note;Created At;Primary Company;Deal;Owner;Mood\n"
        '3;Too dear.;"Oct 07, 2026 2:30 PM";Marlow;New;Ann;sour\n',
    ],
    ids=["generic", "HubSpot", "Salesforce", "Zoho", "Pipedrive", "Salesmate"],
)
def test_notes_of_every_crm(parse: Parse, text: str) -> None:
    parsed = parse("notes.csv", text)
    assert parsed.problems == ()
    (note,) = parsed.conversations
    assert (note.external_id, note.kind, note.started_at) == ("3", ConversationKind.NOTE, _AT)
    assert (note.account, note.deal, note.rep) == ("Marlow", "New", "Ann")
    assert note.turns == (Turn("Ann", "Too dear.", Role.REP),)
    assert note.attributes == {"Mood": "sour"}
    assert note.line == 2


def test_the_contact_takes_part_as_a_customer(parse: Parse) -> None:
    (note,) = parse("notes.csv", "note,contact,email\nx,Bo,bo@m.example\n").conversations
    assert note.participants == (Participant("Bo", Role.CUSTOMER, "bo@m.example"),)


def test_a_transcript_in_a_row_is_a_call(parse: Parse) -> None:
    (call,) = parse("calls.csv", 'id,transcript\n1,"Rep: Hi.\nCustomer: Hello."\n').conversations
    assert call.kind is ConversationKind.CALL
    assert [turn.speaker for turn in call.turns] == ["Rep", "Customer"]


def test_rows_without_an_id_are_called_by_their_line(parse: Parse) -> None:
    parsed = parse("crm/notes.csv", 'note\n"a\nb"\nc\n')
    assert [note.external_id for note in parsed.conversations] == ["crm/notes#2", "crm/notes#4"]


def test_broken_rows_are_named_and_the_others_kept(parse: Parse) -> None:
    parsed = parse("notes.csv", "note,date,rep\nx,someday,\n,2026-10-07,\ny,,Ann\n")
    assert [str(problem) for problem in parsed.problems] == [
        "notes.csv:2: the date in column 'date' cannot be read",
        "notes.csv:3: the row holds no text",
    ]
    assert len(parsed.conversations) == 1


def test_a_table_of_nothing_we_know_says_what_it_lacks(parse: Parse) -> None:
    (problem,) = parse("x.csv", "foo,bar\n1,2\n").problems
    assert problem.line == 1
    assert "no column holds a note's text" in problem.reason
    assert "It has: foo, bar" in problem.reason


def test_own_column_names_are_mapped_by_the_source(parse: Parse) -> None:
    columns = {"Notiz": "text", "Kunde": "account"}
    (note,) = parse("x.csv", "Notiz,Kunde\nzu teuer,Marlow\n", columns=columns).conversations
    assert (note.turns[0].text, note.account) == ("zu teuer", "Marlow")
