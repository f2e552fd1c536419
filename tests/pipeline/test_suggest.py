"""Suggestions follow what the calls say tonight, and what people decided stays decided."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from core.settings import Settings
from core.store import Store
from core.store.conversations import ConversationRecord, save_conversation
from core.store.crm import save_crm
from core.store.mentions import forget_mentions, replace_mentions
from core.store.personas import read_persona, save_definition
from core.store.suggestions import (
    Suggestion,
    accept_suggestion,
    list_suggestions,
    read_evidence,
    reject_suggestion,
)
from core.vocabulary import (
    Account,
    CrmTables,
    Mention,
    MentionKind,
    PersonaDefinition,
    make_id,
)
from pipeline.night import Counts, Night
from pipeline.suggest import suggest

DAY, NOW = date(2026, 11, 20), datetime(2026, 11, 21, 2, tzinfo=UTC)
SAID = {"tool": ("We keep all of it in Excel.", "Excel"), "channel": ("Just email me.", "email")}
OPERATIONS = PersonaDefinition(
    slug="operations",
    name="Operations",
    titles=("operations manager",),
    fields={"tool": ("paper",), "channel": ("phone calls", "email"), "goal": ("calm",)},
)


@pytest.fixture
def calls(
    store: Store,
    make_record: Callable[..., ConversationRecord],
    make_mention: Callable[..., Mention],
) -> list[str]:
    """Ids of six calls of three accounts; in four somebody of the persona names tool and channel.

    In the sixth somebody else does.
    """
    accounts = tuple(Account(f"A{n}", f"Account {n}") for n in range(3))
    records = [
        make_record(
            f"call-{number}",
            account_id=make_id("acc", "crm", f"A{number % 3}"),
            titles=["Operations Manager, North"] if number < 5 else ["CFO"],
        )
        for number in range(6)
    ]
    found = [
        make_mention(quote, turn=turn, kind=MentionKind.PERSONA_TRAIT, type=field, value=value)
        for turn, (field, (quote, value)) in enumerate(SAID.items())
    ]
    with store.begin() as conn:
        save_crm(conn, source="crm", crm=CrmTables(accounts=accounts), key=b"key")
        save_definition(conn, OPERATIONS, file_hash="1", now=NOW)
        for number, record in enumerate(records):
            save_conversation(conn, record)
            replace_mentions(conn, record.id, [] if number == 4 else found)
    return [record.id for record in records]


def run_suggest(settings: Settings, nights: int = 0) -> Counts:
    later = timedelta(days=nights)
    return suggest(Night(f"run_{nights}", DAY + later, NOW + later), settings)


def read_all(store: Store) -> list[Suggestion]:
    with store.read() as conn:
        return list_suggestions(conn, persona="operations")


def only(store: Store) -> Suggestion:
    [suggestion] = read_all(store)
    return suggestion


def test_what_the_persona_s_people_say_and_the_persona_does_not_is_suggested(
    calls: list[str], store: Store, settings: Settings
) -> None:
    """The tool is contradicted; email is a channel of the persona already."""
    counts = run_suggest(settings)
    tool = only(store)
    assert (tool.field, tool.operation, tool.value, tool.replaces) == (
        "tool",
        "replace",
        "Excel",
        "paper",
    )
    assert (tool.n_conversations, tool.n_persona, tool.n_accounts) == (4, 5, 3)
    assert counts == {"n_suggestions": 1, "n_suggestions_new": 1, "n_suggestions_expired": 0}


def test_every_suggestion_resolves_to_the_quotes_behind_it(
    calls: list[str], store: Store, settings: Settings
) -> None:
    run_suggest(settings)
    with store.read() as conn:
        evidence = read_evidence(conn, only(store).id)
    assert sorted(e.conversation_id for e in evidence) == sorted(calls[:4])
    assert {e.quote for e in evidence} == {SAID["tool"][0]}


def test_a_second_night_suggests_the_same_and_nothing_new(
    calls: list[str], store: Store, settings: Settings
) -> None:
    run_suggest(settings)
    counts = run_suggest(settings, nights=1)
    assert (counts["n_suggestions"], counts["n_suggestions_new"]) == (1, 0)
    suggestion = only(store)
    assert suggestion.first_night == DAY
    assert suggestion.last_night == DAY + timedelta(days=1)


def test_a_rejected_suggestion_stays_rejected_on_later_nights(
    calls: list[str], store: Store, settings: Settings
) -> None:
    run_suggest(settings)
    with store.begin() as conn:
        reject_suggestion(conn, only(store).id, by="robin", reason="only in the north", now=NOW)
    run_suggest(settings, nights=1)
    suggestion = only(store)
    assert (suggestion.status, suggestion.reason) == ("rejected", "only in the north")


def test_an_accepted_suggestion_is_in_the_persona_and_is_not_suggested_again(
    calls: list[str], store: Store, settings: Settings
) -> None:
    run_suggest(settings)
    with store.begin() as conn:
        version = accept_suggestion(conn, only(store).id, by="robin", reason=None, now=NOW)
    counts = run_suggest(settings, nights=1)
    assert counts == {"n_suggestions": 0, "n_suggestions_new": 0, "n_suggestions_expired": 0}
    with store.read() as conn:
        persona = read_persona(conn, "operations")
    assert (persona.version, version, persona.fields["tool"]) == (2, 2, ["Excel"])
    assert only(store).status == "accepted"


def test_a_suggestion_that_lost_its_ground_expires_and_comes_back_with_it(
    calls: list[str],
    store: Store,
    settings: Settings,
    make_mention: Callable[..., Mention],
) -> None:
    run_suggest(settings)
    first = only(store)
    with store.begin() as conn:
        for key in calls[:2]:
            forget_mentions(conn, key)
    assert run_suggest(settings, nights=1)["n_suggestions_expired"] == 1
    assert only(store).status == "expired"
    quote, value = SAID["tool"]
    again = make_mention(quote, kind=MentionKind.PERSONA_TRAIT, type="tool", value=value)
    with store.begin() as conn:
        replace_mentions(conn, calls[0], [again])
    run_suggest(settings, nights=2)
    suggestion = only(store)
    assert (suggestion.id, suggestion.status, suggestion.n_conversations) == (
        first.id,
        "pending",
        3,
    )
    assert suggestion.first_night == DAY


@pytest.mark.parametrize(
    ("setting", "needed"), [("suggestion_min_conversations", 5), ("suggestion_min_accounts", 4)]
)
def test_the_settings_say_how_much_support_a_suggestion_needs(
    calls: list[str], store: Store, settings: Settings, setting: str, needed: int
) -> None:
    strict = settings.model_copy(update={setting: needed})
    assert run_suggest(strict)["n_suggestions"] == 0
    enough = settings.model_copy(update={setting: needed - 1})
    assert run_suggest(enough)["n_suggestions"] == 1


def test_without_personas_nothing_is_suggested(store: Store, settings: Settings) -> None:
    assert run_suggest(settings) == {
        "n_suggestions": 0,
        "n_suggestions_new": 0,
        "n_suggestions_expired": 0,
    }
