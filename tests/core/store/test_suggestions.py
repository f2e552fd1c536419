from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from core.errors import Conflict, NotFound
from core.store import Store
from core.store.conversations import ConversationRecord, delete_conversation, save_conversation
from core.store.mentions import replace_mentions
from core.store.personas import list_versions, read_persona, save_definition
from core.store.suggestions import (
    accept_suggestion,
    count_suggestions,
    list_suggestions,
    read_evidence,
    read_suggestion,
    reject_suggestion,
    save_suggestions,
)
from core.tables import mentions
from core.vocabulary import Mention, PersonaDefinition

NOW = datetime(2026, 11, 21, 2, tzinfo=UTC)
NIGHTS = [date(2026, 11, 20), date(2026, 11, 21), date(2026, 11, 22)]
FOUND: dict[str, Any] = {
    "id": "sug_1",
    "persona": "owner",
    "field": "channel",
    "operation": "add",
    "value": "short e-mails",
    "replaces": None,
    "n_conversations": 4,
    "n_accounts": 3,
    "n_persona": 9,
}


@pytest.fixture
def owner(store: Store) -> Store:
    """A store with one persona who likes phone calls."""
    persona = PersonaDefinition(slug="owner", name="Owner", fields={"channel": ("phone calls",)})
    with store.begin() as conn:
        save_definition(conn, persona, file_hash="1", now=NOW)
    return store


def _night(
    store: Store, night: date, *found: dict[str, Any], evidence: tuple[str, ...] = ()
) -> tuple[int, int]:
    with store.begin() as conn:
        mine = {row["id"]: evidence for row in found}
        return save_suggestions(conn, found, mine, night=night)


def _status(store: Store) -> str:
    with store.read() as conn:
        return read_suggestion(conn, "sug_1").status


def _reject(store: Store) -> None:
    with store.begin() as conn:
        reject_suggestion(conn, "sug_1", by="Robin", reason="no", now=NOW)


def test_a_suggestion_starts_pending_and_follows_the_counts(owner: Store) -> None:
    assert _night(owner, NIGHTS[0], FOUND) == (1, 0)
    assert _night(owner, NIGHTS[1], {**FOUND, "n_conversations": 6}) == (0, 0)
    with owner.read() as conn:
        [suggestion] = list_suggestions(conn, persona="owner", status="pending")
    assert suggestion.n_conversations == 6
    assert (suggestion.first_night, suggestion.last_night) == (NIGHTS[0], NIGHTS[1])


def test_an_accepted_suggestion_makes_the_next_version(owner: Store) -> None:
    _night(owner, NIGHTS[0], FOUND)
    with owner.begin() as conn:
        version = accept_suggestion(conn, "sug_1", by="Robin", reason=None, now=NOW)
        persona = read_persona(conn, "owner")
        [latest, first] = list_versions(conn, "owner")
        suggestion = read_suggestion(conn, "sug_1")
    assert (version, persona.version) == (2, 2)
    assert persona.fields == {"channel": ["phone calls", "short e-mails"]}
    assert first.fields == {"channel": ["phone calls"]}
    assert (latest.by, latest.suggestion_id) == ("Robin", "sug_1")
    assert (suggestion.decided_by, suggestion.decided_at) == ("Robin", NOW)


def test_a_replacement_takes_the_place_of_the_old_value(owner: Store) -> None:
    _night(owner, NIGHTS[0], {**FOUND, "operation": "replace", "replaces": "phone calls"})
    with owner.begin() as conn:
        accept_suggestion(conn, "sug_1", by="Robin", reason=None, now=NOW)
        assert read_persona(conn, "owner").fields == {"channel": ["short e-mails"]}


def test_a_replacement_of_a_value_that_is_gone_is_added(owner: Store) -> None:
    _night(owner, NIGHTS[0], {**FOUND, "operation": "replace", "replaces": "fax"})
    with owner.begin() as conn:
        accept_suggestion(conn, "sug_1", by="Robin", reason=None, now=NOW)
        found = read_persona(conn, "owner").fields["channel"]
    assert found == ["phone calls", "short e-mails"]


@pytest.mark.parametrize("again", [(), (FOUND,)])
def test_what_was_rejected_stays_rejected_the_next_night(
    owner: Store, again: tuple[dict[str, Any], ...]
) -> None:
    _night(owner, NIGHTS[0], FOUND)
    _reject(owner)
    assert _night(owner, NIGHTS[1], *again) == (0, 0)
    assert _status(owner) == "rejected"


def test_what_was_accepted_stays_accepted_the_next_night(owner: Store) -> None:
    _night(owner, NIGHTS[0], FOUND)
    with owner.begin() as conn:
        accept_suggestion(conn, "sug_1", by="Robin", reason=None, now=NOW)
    assert _night(owner, NIGHTS[1], FOUND) == (0, 0)
    assert _status(owner) == "accepted"


def test_a_suggestion_that_lost_its_ground_expires_and_may_come_back(owner: Store) -> None:
    _night(owner, NIGHTS[0], FOUND)
    assert _night(owner, NIGHTS[1]) == (0, 1)
    assert _status(owner) == "expired"
    assert _night(owner, NIGHTS[2], FOUND) == (0, 0)
    assert _status(owner) == "pending"
    with owner.read() as conn:
        suggestion = read_suggestion(conn, "sug_1")
        assert (suggestion.first_night, suggestion.last_night) == (NIGHTS[0], NIGHTS[2])
        assert count_suggestions(conn) == {"pending": 1}


def test_what_was_decided_or_expired_cannot_be_decided(owner: Store) -> None:
    _night(owner, NIGHTS[0], FOUND)
    _reject(owner)
    with pytest.raises(Conflict, match="rejected already"):
        _reject(owner)
    _night(owner, NIGHTS[0], {**FOUND, "id": "sug_2"})
    _night(owner, NIGHTS[1])
    with pytest.raises(Conflict, match="expired"), owner.begin() as conn:
        accept_suggestion(conn, "sug_2", by="Robin", reason=None, now=NOW)


def test_an_unknown_suggestion_is_not_found(owner: Store) -> None:
    with pytest.raises(NotFound), owner.begin() as conn:
        accept_suggestion(conn, "sug_9", by="Robin", reason=None, now=NOW)


def test_evidence_is_that_of_the_latest_night_and_goes_with_its_conversation(
    owner: Store,
    make_record: Callable[..., ConversationRecord],
    make_mention: Callable[..., Mention],
) -> None:
    record = make_record()
    with owner.begin() as conn:
        save_conversation(conn, record)
        found = [make_mention("One.", confidence=0.6), make_mention("Two.", turn=1)]
        replace_mentions(conn, record.id, found)
        ids = tuple(conn.execute(mentions.select().order_by(mentions.c.turn)).scalars())
    _night(owner, NIGHTS[0], FOUND, evidence=(*ids, ids[0]))
    with owner.read() as conn:
        assert [e.quote for e in read_evidence(conn, "sug_1")] == ["Two.", "One."]
    _night(owner, NIGHTS[1], FOUND, evidence=ids[:1])
    with owner.begin() as conn:
        assert [e.quote for e in read_evidence(conn, "sug_1")] == ["One."]
        delete_conversation(conn, record.id)
        assert read_evidence(conn, "sug_1") == []
