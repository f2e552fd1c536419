from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.vocabulary import (
    Account,
    Contact,
    Conversation,
    ConversationKind,
    CrmTables,
    Deal,
    Participant,
    Role,
    RoleSpan,
    Turn,
)
from pipeline.redact import Redactor

NO_CRM = CrmTables()
CRM = CrmTables(
    accounts=(Account("a1", "Grace Health"), Account("a2", "Harbour & Pine")),
    contacts=(
        Contact("c1", "Mark Tillery", "mark@harbourpine.test", account="a2"),
        Contact("c2", "Zdenka Horvat", account="a1"),
    ),
    deals=(Deal("d1", "Harbour renewal", account="a2", rep="Ottoline Grey"),),
)


@pytest.fixture(scope="module")
def redactor() -> Redactor:
    return Redactor()


def call(*texts: str, **changes: object) -> Conversation:
    turns = tuple(Turn("", text) for text in texts)
    return replace(Conversation("c", ConversationKind.CALL, turns), **changes)  # type: ignore[arg-type]


def redact_text(redactor: Redactor, text: str, crm: CrmTables = NO_CRM, **changes: object) -> str:
    return redactor.redact(call(text, **changes), crm).turns[0].text


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("Write to i.kovac@larkmail.test, please.", "Write to [EMAIL], please."),
        ("it's tom dot reed at gmail dot com", "it's [EMAIL]"),
        ("Call 415-555-0134.", "Call [PHONE]."),
        ("call five five five oh one two eight", "call [PHONE]"),
        ("The card is 4111 1111 1111 1111.", "The card is [CARD]."),
        ("IBAN DE89 3704 0044 0532 0130 00", "IBAN [IBAN]"),
        ("Ship it to 18 Beech Road.", "Ship it to [ADDRESS]."),
        ("My social is 536-22-8817.", "My social is [SSN]."),
        ("Policy number HX-4471902 lapsed.", "Policy number [ACCOUNT_NUMBER] lapsed."),
        ("We opened 203.0.113.9 for you.", "We opened [IP_ADDRESS] for you."),
        (
            "my name is wendell and i call from oakline",
            "my name is [PERSON] and i call from oakline",
        ),
        ("Thanks, Priyanka, that helps.", "Thanks, [PERSON], that helps."),
    ],
)
def test_personal_data_becomes_a_tag(redactor: Redactor, text: str, redacted: str) -> None:
    assert redact_text(redactor, text) == redacted


@pytest.mark.parametrize(
    "text",
    [
        "Mark my words, it will cost $5,000 a month by April 2024.",
        "Will do. May I ask what you pay today?",
        "We use HubSpot and Salesforce in Jordan and Paris.",
        "Revenue grew 38% from 2019 to 2023, to 1,200,000 in 14 countries.",
        "The call is at 9:30 on 12/04/2025, 250 people, version 10.2.1.",
        "[PERSON_NAME] is on [PHONE_NUMBER] from [ORGANIZATION].",
        "one two three can you hear me",
    ],
)
def test_what_is_not_personal_stays(redactor: Redactor, text: str) -> None:
    assert redact_text(redactor, text) == text


def test_a_participant_is_found_in_any_case_with_possessive_and_by_either_name(
    redactor: Redactor,
) -> None:
    people = (Participant("Zebulon Quarrie", Role.CUSTOMER),)
    text = "zebulon quarrie said Zebulon's boss met quarrie"
    redacted = redact_text(redactor, text, participants=people)
    assert redacted == "[PERSON] said [PERSON]'s boss met [PERSON]"


def test_a_name_that_is_a_word_is_only_taken_where_it_is_a_name(redactor: Redactor) -> None:
    people = (Participant("Mark Tillery", Role.CUSTOMER),)
    text = "Mark my words. Thanks Mark. We mark it down."
    assert redact_text(redactor, text, participants=people) == (
        "Mark my words. Thanks [PERSON]. We mark it down."
    )


def test_a_contact_is_found_by_full_name_everywhere_and_by_one_name_at_the_account(
    redactor: Redactor,
) -> None:
    assert redact_text(redactor, "ask zdenka horvat", CRM) == "ask [PERSON]"
    assert redact_text(redactor, "ask horvat", CRM, account="Grace Health") == "ask [PERSON]"


def test_the_name_of_a_company_stays(redactor: Redactor) -> None:
    assert redact_text(redactor, "We at Grace Health agree.", CRM) == "We at Grace Health agree."


def test_a_name_heard_once_is_known_in_every_turn(redactor: Redactor) -> None:
    turns = redactor.redact(call("my name is oluwaseun", "okay oluwaseun go on"), NO_CRM).turns
    assert [turn.text for turn in turns] == ["my name is [PERSON]", "okay [PERSON] go on"]


def test_speakers_and_participants_become_labels_and_lose_name_and_email(
    redactor: Redactor,
) -> None:
    conversation = Conversation(
        "c",
        ConversationKind.CALL,
        (
            Turn("Ottoline Grey", "Hello.", Role.REP),
            Turn("Mark", "Hi.", Role.CUSTOMER),
            Turn("Zdenka Horvat", "Hello.", Role.CUSTOMER),
            Turn("", "…"),
        ),
        participants=(
            Participant("Ottoline Grey", Role.REP, "o@seller.test", "Account Executive"),
            Participant("Mark Tillery", Role.CUSTOMER, "mark@harbourpine.test", "CFO"),
            Participant("Silent Sam"),
        ),
        rep="Ottoline Grey",
    )
    redacted = redactor.redact(conversation, NO_CRM)
    assert [turn.speaker for turn in redacted.turns] == ["rep 1", "customer 1", "customer 2", ""]
    assert redacted.participants == (
        Participant("rep 1", Role.REP, None, "Account Executive"),
        Participant("customer 1", Role.CUSTOMER, None, "CFO"),
        Participant("speaker 1"),
    )
    assert redacted.rep == "Ottoline Grey"


def test_labels_that_are_headings_are_not_taken_for_names(redactor: Redactor) -> None:
    turns = (Turn("Duration", "18 minutes"), Turn("Sales Manager", "The duration of sales calls."))
    redacted = redactor.redact(Conversation("c", ConversationKind.CALL, turns), NO_CRM)
    assert redacted.turns[1].text == "The duration of sales calls."


def test_attributes_and_titles_are_redacted_too(redactor: Redactor) -> None:
    conversation = call(
        "Hello.",
        attributes={"owner": "Jessica Holloway", "region": "EMEA", "phone": "415-555-0134"},
        participants=(Participant("X Y", title="Assistant to Dr. Abernathy"),),
    )
    redacted = redactor.redact(conversation, NO_CRM)
    assert redacted.attributes == {"owner": "[PERSON]", "region": "EMEA", "phone": "[PHONE]"}
    assert redacted.participants[0].title == "Assistant to Dr. [PERSON]"


def test_role_spans_still_cover_their_sentences(redactor: Redactor) -> None:
    text = "Thanks, Priyanka. My number is 415-555-0134. Bye."
    cuts = [0, 18, 45, len(text)]
    spans = tuple(RoleSpan(start, end, Role.REP) for start, end in pairwise(cuts))
    turn = redactor.redact(call("", turns=(Turn("", text, spans=spans),)), NO_CRM).turns[0]
    pieces = [turn.text[span.start : span.end] for span in turn.spans]
    assert pieces == ["Thanks, [PERSON]. ", "My number is [PHONE]. ", "Bye."]


FRAGMENTS = (
    "my name is this from hi thanks Mark Priya Zdenka Horvat Mr. Will , . ? ! at on 415-555-0134"
    " and 4111111111111111 [PERSON] rep 1 account number 99887 five six oh a@b.test Grace Health's"
    " 12 Oak Road Tillery ask HubSpot Jordan spelled A-B-C-D-E card ending in 4242"
)
WORDS = st.sampled_from(FRAGMENTS.split())


@given(
    texts=st.lists(st.lists(WORDS, max_size=14).map(" ".join) | st.text(max_size=30), max_size=3),
    speakers=st.lists(
        st.sampled_from(["", "Mark", "Mark Tillery", "rep 2", "Zdenka", " ", "customer 1"]),
        min_size=3,
        max_size=3,
    ),
    roles=st.lists(st.sampled_from(list(Role)), min_size=6, max_size=6),
)
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_redacting_twice_is_redacting_once(
    redactor: Redactor, texts: list[str], speakers: list[str], roles: list[Role]
) -> None:
    turns = zip(speakers, texts, roles[:3], strict=False)
    conversation = Conversation(
        "c",
        ConversationKind.CALL,
        tuple(Turn(speaker, text, role) for speaker, text, role in turns),
        participants=tuple(
            Participant(name, role) for name, role in zip(speakers, roles[3:], strict=True)
        ),
    )
    once = redactor.redact(conversation, CRM)
    assert redactor.redact(once, CRM) == once


def test_threads_with_different_crm_tables_do_not_see_each_other_s_names(
    redactor: Redactor,
) -> None:
    """One redactor serves all threads of a process, each with the tables of its own source."""
    text = "vrenelik quandt and tobrias melch were there"
    tables = [
        CrmTables(contacts=(Contact("c1", "Vrenelik Quandt"),)),
        CrmTables(contacts=(Contact("c1", "Tobrias Melch"),)),
    ]
    expected = ["[PERSON] and tobrias melch were there", "vrenelik quandt and [PERSON] were there"]
    with ThreadPoolExecutor(2) as pool:
        redacted = list(pool.map(lambda n: redact_text(redactor, text, tables[n % 2]), range(60)))
    assert redacted == expected * 30


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("i asked wanjiru about it", "i asked [PERSON] about it"),
        ("That was Ines, I think.", "That was [PERSON], I think."),
        ("hey grace it's me again", "hey [PERSON] it's me again"),
        ("you could talk to rose she knows", "you could talk to [PERSON] she knows"),
        ("this is doctor abramyan from the lab", "this is doctor [PERSON] from the lab"),
        ("account 4410-2093-77 is closed", "account [ACCOUNT_NUMBER] is closed"),
        ("policy number b x one one four two", "policy number [ACCOUNT_NUMBER]"),
        ("call oh two oh seven nine hundred one two", "call [PHONE]"),
        ("it's ann at red hyphen barn dot org", "it's [EMAIL]"),
        ("that is sixteen poplar lane", "that is [ADDRESS]"),
        ("Kronos says no, and Procore wants more.", "Kronos says no, and Procore wants more."),
    ],
)
def test_what_the_first_reading_of_the_unseen_sentences_taught(
    redactor: Redactor, text: str, redacted: str
) -> None:
    assert redact_text(redactor, text) == redacted
