"""Suggested persona changes: what counts as said, covered, contradicted."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from models.personas import Statement, find_terms, match_persona, suggest_changes


@dataclass(frozen=True)
class Match:
    slug: str
    titles: tuple[str, ...]
    industries: tuple[str, ...] = ()


def say(field: str, value: str, number: int, account: str | None = None) -> Statement:
    return Statement(f"m{number}", f"c{number}", account or f"a{number}", field, value, 0.9)


def test_a_conversation_belongs_to_the_first_persona_whose_title_fits() -> None:
    personas = [Match("it", ("IT Manager",)), Match("ops", ("Manager",)), Match("all", ("",))]
    assert match_persona(["Senior IT Manager"], None, personas) == "it"
    assert match_persona(["Plant manager"], None, personas) == "ops"
    assert match_persona(["Managerial coach"], None, personas[:2]) is None


def test_a_persona_with_industries_wants_one_of_them() -> None:
    clinic = Match("clinic", ("Manager",), ("Healthcare",))
    assert match_persona(["Manager"], "healthcare", [clinic]) == "clinic"
    assert match_persona(["Manager"], "Retail", [clinic]) is None


def test_a_contradicted_value_of_an_exclusive_field_is_replaced() -> None:
    said = [
        say("channel", value, n) for n, value in enumerate(["email", "just e-mail me", "email"])
    ]
    (proposal,) = suggest_changes("ops", {"channel": ["phone calls"]}, said, n_persona=9)
    assert (proposal.operation, proposal.value, proposal.replaces) == (
        "replace",
        "email",
        "phone calls",
    )
    assert (proposal.n_conversations, proposal.n_accounts, proposal.n_persona) == (3, 3, 9)
    assert proposal.evidence == ("m0", "m1", "m2")


def test_a_value_that_enough_still_say_is_added_to_instead() -> None:
    said = [say("channel", "email", n) for n in range(3)]
    said += [say("channel", "by phone", 10 + n) for n in range(3)]
    (proposal,) = suggest_changes("ops", {"channel": ["phone calls"]}, said, n_persona=9)
    assert (proposal.operation, proposal.replaces) == ("add", None)


def test_what_the_persona_says_already_is_not_suggested() -> None:
    said = [say("tool", "our Excel file", n) for n in range(5)]
    assert suggest_changes("ops", {"tool": ["Excel"]}, said, n_persona=5) == []


def test_one_talkative_account_is_not_a_market() -> None:
    said = [say("goal", "fewer late shifts", n, account="a1") for n in range(5)]
    assert suggest_changes("ops", {}, said, n_persona=5) == []


def test_sizes_are_compared_by_their_band() -> None:
    said = [
        say("company_size", value, n)
        for n, value in enumerate(["60 people", "eighty staff", "120 employees"])
    ]
    (proposal,) = suggest_changes("ops", {"company_size": ["5 to 30 sites"]}, said, n_persona=3)
    assert proposal.value == "51-200"
    assert proposal.replaces is None


def test_an_id_follows_from_persona_field_and_meaning() -> None:
    """So that a rejected suggestion is known again when new evidence changes its wording."""
    first = suggest_changes("ops", {}, [say("tool", "Excel", n) for n in range(3)], n_persona=3)
    second = suggest_changes(
        "ops", {}, [say("tool", "an Excel file", n) for n in range(4)], n_persona=4
    )
    assert first[0].id == second[0].id


@given(
    st.lists(st.sampled_from(["email", "call me", "Excel file", "LinkedIn", "the of"]), max_size=12)
)
def test_the_order_of_statements_changes_nothing(values: list[str]) -> None:
    said = [say("channel", value, n) for n, value in enumerate(values)]
    forward = suggest_changes("ops", {}, said, n_persona=12)
    assert forward == suggest_changes("ops", {}, said[::-1], n_persona=12)


@given(st.text())
def test_terms_are_found_in_any_text(value: str) -> None:
    assert all(term for term in find_terms("tool", value))
