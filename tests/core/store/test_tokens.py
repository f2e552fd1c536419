from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from core.errors import NotFound, SettingsError
from core.store import Store
from core.store.tokens import create_token, find_token, list_tokens, revoke_token
from core.tables import tokens

NOW = datetime(2026, 11, 21, 2, tzinfo=UTC)


def test_a_token_is_found_by_its_secret_alone(store: Store) -> None:
    with store.begin() as conn:
        secret = create_token(conn, name="Robin", scopes=["insights:read"], now=NOW)
        found = find_token(conn, secret)
        assert found is not None
        assert (found.name, list(found.scopes)) == ("Robin", ["insights:read"])
        assert find_token(conn, found.id) is None
        assert find_token(conn, secret + "x") is None


def test_the_secret_is_nowhere_in_the_store(store: Store) -> None:
    with store.begin() as conn:
        secret = create_token(conn, name="Robin", scopes=["admin"], now=NOW)
        row = conn.execute(select(tokens)).one()
    assert secret not in str(tuple(row))
    assert secret.removeprefix("fb_") not in str(tuple(row))


def test_two_tokens_are_never_the_same(store: Store) -> None:
    with store.begin() as conn:
        made = {create_token(conn, name="Robin", scopes=[], now=NOW) for _ in range(5)}
        assert len(made) == len(list_tokens(conn)) == 5


def test_a_revoked_token_is_out_of_force(store: Store) -> None:
    with store.begin() as conn:
        secret = create_token(conn, name="Robin", scopes=["admin"], now=NOW)
        [token] = list_tokens(conn)
        revoke_token(conn, token.id)
        assert find_token(conn, secret) is None
        assert list_tokens(conn) == []
        assert list_tokens(conn) == []


def test_an_unknown_token_cannot_be_revoked(store: Store) -> None:
    with pytest.raises(NotFound), store.begin() as conn:
        revoke_token(conn, "tok_none")


def test_an_unknown_scope_is_refused(store: Store) -> None:
    with pytest.raises(SettingsError, match="'everything'"), store.begin() as conn:
        create_token(conn, name="Robin", scopes=["everything"], now=NOW)
