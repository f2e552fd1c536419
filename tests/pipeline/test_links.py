from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.store.crm import subject_id
from core.vocabulary import (
    Account,
    Contact,
    Conversation,
    ConversationKind,
    CrmTables,
    Deal,
    Participant,
    Role,
    Turn,
)
from pipeline.ingest.config import SourceConfig
from pipeline.links import Directory, find_contacts, late_link, link_conversation

KEY = b"a key for tests"
CRM = CrmTables(
    accounts=(
        Account("A1", "Grace", domain="grace.example"),
        Account("A2", "Grace Health North", domain="north.example"),
        Account("A3", "Arc Foods"),
        Account("A4", "ARC", domain="Arc.example"),
    ),
    contacts=(
        Contact("C1", "Mira Okafor", "mira@north.example", title="COO", account="A2"),
        Contact("C2", "Tom Ashdown", title="Plant Manager", account="Arc Foods"),
        Contact("C3", "Lena Brandt", account="gone"),
    ),
    deals=(
        Deal("D1", "Rota", account="A1"),
        Deal("D2", "Clock", account="A2"),
        Deal("D3", "Cover", account="grace health north"),
    ),
)
IDS = {f"A{n}": f"acc_{n}" for n in range(1, 5)}
NAMES = {account.name.lower(): IDS[account.key] for account in CRM.accounts}


def build_directory(crm: CrmTables = CRM) -> Directory:
    return Directory.build(
        source="crm",
        config=SourceConfig(),
        crm=crm,
        details=(),
        own_domains=("seller.example",),
        account_ids=NAMES | IDS,
        deal_ids={"D1": "deal_1", "D2": "deal_2", "D3": "deal_3"},
        subject_key=KEY,
    )


DIRECTORY = build_directory()


def call(**changes: object) -> Conversation:
    plain = Conversation("c", ConversationKind.CALL, (Turn("", "Hello."),))
    return replace(plain, **changes)  # type: ignore[arg-type]


def customer(name: str, email: str | None = None) -> Participant:
    return Participant(name, Role.CUSTOMER, email)


@pytest.mark.parametrize("reference", ["A2", "Grace Health North", "GRACE HEALTH NORTH"])
def test_the_account_that_the_file_names_by_key_or_name_is_taken(reference: str) -> None:
    link = link_conversation(call(account=reference), DIRECTORY)
    assert (link.account_ref, link.account_id) == (reference, "acc_2")


@given(st.sampled_from(CRM.accounts), st.randoms())
def test_upper_and_lower_case_make_no_difference_to_an_account_s_name(
    account: Account, random: object
) -> None:
    letters = [c.upper() if random.random() < 0.5 else c.lower() for c in account.name]  # type: ignore[attr-defined]
    link = link_conversation(call(account="".join(letters)), DIRECTORY)
    assert link.account_id == IDS[account.key]


def test_an_account_that_the_crm_does_not_know_is_kept_as_reference_for_later() -> None:
    link = link_conversation(call(account="Newcomer"), DIRECTORY)
    assert (link.account_ref, link.account_id, link.deal_id) == ("Newcomer", None, None)


@pytest.mark.parametrize(
    ("person", "account"),
    [
        (customer("Somebody", "MIRA@north.example"), "acc_2"),
        (customer("mira okafor"), "acc_2"),
        (customer("Tom Ashdown (Arc Foods)"), "acc_3"),
        (customer("Tom Ashdown - Arc"), "acc_3"),
        (customer("Somebody", "x@grace.example"), "acc_1"),
        (customer("Somebody", "x@ARC.example"), "acc_4"),
        (customer("Lena Brandt"), None),
        (customer("Somebody", "x@elsewhere.example"), None),
    ],
)
def test_without_a_name_the_account_is_that_of_a_contact_or_of_an_email_domain(
    person: Participant, account: str | None
) -> None:
    assert link_conversation(call(participants=(person,)), DIRECTORY).account_id == account


@pytest.mark.parametrize(
    ("title", "account"),
    [
        ("2026-10-01 Grace Health North discovery", "acc_2"),
        ("Call with Grace, second", "acc_1"),
        ("arc foods / demo", "acc_3"),
        ("Search for disgraced monarchs", None),
        ("", None),
    ],
)
def test_the_longest_account_whose_name_stands_in_the_title_is_taken(
    title: str, account: str | None
) -> None:
    link = link_conversation(call(attributes={"title": title}), DIRECTORY)
    assert link.account_id == account


def test_the_deal_is_the_one_named_or_the_only_one_of_the_account() -> None:
    named = link_conversation(call(account="A2", deal="D3"), DIRECTORY)
    only = link_conversation(call(account="Grace"), DIRECTORY)
    one_of_two = link_conversation(call(account="A2"), DIRECTORY)
    assert (named.deal_id, only.deal_id, one_of_two.deal_id) == ("deal_3", "deal_1", None)


def test_a_contact_has_one_pseudonym_whether_met_by_name_or_by_email() -> None:
    by_name = find_contacts(call(participants=(customer("Mira Okafor"),)), DIRECTORY)
    by_email = find_contacts(
        call(participants=(customer("M. O.", "mira@north.example"),)), DIRECTORY
    )
    assert by_name.ids == by_email.ids == (subject_id(KEY, "crm", "mira@north.example"),)
    assert by_name.titles == ("COO",)


def test_a_title_in_the_file_goes_before_the_one_of_the_crm() -> None:
    person = Participant("Mira Okafor", Role.CUSTOMER, title="CEO")
    assert find_contacts(call(participants=(person,)), DIRECTORY).titles == ("CEO",)


def test_a_customer_who_only_speaks_counts_and_a_stranger_of_unknown_role_does_not() -> None:
    turns = (Turn("Tom Ashdown", "Hi.", Role.CUSTOMER), Turn("Sam", "Hello.", Role.REP))
    found = find_contacts(call(turns=turns, participants=(Participant("Room 4"),)), DIRECTORY)
    assert found.ids == (subject_id(KEY, "crm", "Tom Ashdown"),)
    assert found.titles == ("Plant Manager",)


def test_one_who_is_listed_and_speaks_is_one_person() -> None:
    turns = (Turn("MIRA OKAFOR", "Hi.", Role.CUSTOMER),)
    found = find_contacts(call(turns=turns, participants=(customer("Mira Okafor"),)), DIRECTORY)
    assert len(found.ids) == 1


def test_the_rep_is_a_pseudonym_of_the_field_or_of_the_rep_who_takes_part() -> None:
    rep = Participant("Sam Seller", Role.REP, "sam@seller.example")
    named = link_conversation(call(rep="Sam Seller"), DIRECTORY)
    present = link_conversation(call(participants=(rep,)), DIRECTORY)
    assert named.rep_id == subject_id(KEY, "crm", "sam seller")
    assert present.rep_id == subject_id(KEY, "crm", "sam@seller.example")
    assert link_conversation(call(), DIRECTORY).rep_id is None


def test_a_stored_conversation_finds_the_account_and_deal_that_came_later() -> None:
    assert late_link("grace", None, {}, DIRECTORY) == {"account_id": "acc_1", "deal_id": "deal_1"}
    assert late_link(None, "D2", {"title": "Arc Foods"}, DIRECTORY) == {
        "account_id": "acc_3",
        "deal_id": "deal_2",
    }
    assert late_link("Newcomer", "D9", {}, DIRECTORY) == {}


def test_of_two_contacts_of_one_name_the_first_is_meant() -> None:
    crm = replace(CRM, contacts=(*CRM.contacts, Contact("C9", "Mira Okafor", account="A1")))
    link = link_conversation(call(participants=(customer("Mira Okafor"),)), build_directory(crm))
    assert link.account_id == "acc_2"
