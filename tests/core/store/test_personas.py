from __future__ import annotations

from datetime import UTC, datetime

import pytest

from core.errors import NotFound
from core.store import Store
from core.store.personas import (
    find_persona,
    list_messages,
    list_personas,
    list_versions,
    read_persona,
    save_definition,
    save_messages,
)
from core.vocabulary import Message, PersonaDefinition

NOW = datetime(2026, 11, 21, 2, tzinfo=UTC)
OWNER = PersonaDefinition("owner", "Owner", "Robin", ("owner",), (), {"goal": ("quiet nights",)})


def test_a_definition_is_stored_once_until_its_file_changes(store: Store) -> None:
    with store.begin() as conn:
        assert save_definition(conn, OWNER, file_hash="1", now=NOW)
        assert not save_definition(conn, OWNER, file_hash="1", now=NOW)
        changed = PersonaDefinition("owner", "Shop owner", fields={"goal": ("less paper",)})
        assert save_definition(conn, changed, file_hash="2", now=NOW)
        persona = read_persona(conn, "owner")
        versions = list_versions(conn, "owner")
    assert (persona.name, persona.version) == ("Shop owner", 2)
    assert persona.fields == {"goal": ["less paper"]}
    assert [version.fields for version in versions] == [
        {"goal": ["less paper"]},
        {"goal": ["quiet nights"]},
    ]
    assert versions[0].created_at == NOW


def test_personas_are_listed_by_slug(store: Store) -> None:
    with store.begin() as conn:
        for slug in ("b", "a"):
            definition = PersonaDefinition(slug=slug, name=slug)
            save_definition(conn, definition, file_hash="1", now=NOW)
        assert [persona.slug for persona in list_personas(conn)] == ["a", "b"]


def test_an_unknown_persona_is_not_found(store: Store) -> None:
    with store.read() as conn:
        assert find_persona(conn, "nobody") is None
        with pytest.raises(NotFound, match="nobody"):
            read_persona(conn, "nobody")


def test_a_message_comes_back_as_it_was_stored_and_may_change(store: Store) -> None:
    message = Message("m", "It pays.", "deck", "awareness", ("owner",), ("objection/price",))
    with store.begin() as conn:
        save_messages(conn, [message])
        assert list_messages(conn) == [message]
        changed = Message("m", "It pays by spring.")
        save_messages(conn, [changed])
        assert list_messages(conn) == [changed]
