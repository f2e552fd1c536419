"""Bearer tokens: only their hashes are stored."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from core.errors import NotFound, SettingsError
from core.tables import tokens
from core.vocabulary import make_id

SCOPES = ("insights:read", "evidence:read", "personas:write", "ingest:write", "admin")


@dataclass(frozen=True, slots=True)
class Token:
    """Who calls, and what they may do."""

    id: str
    name: str
    scopes: Sequence[str]


def create_token(conn: Connection, *, name: str, scopes: Sequence[str], now: datetime) -> str:
    """Makes a token and returns it, the only time that it is shown.

    Raises:
        SettingsError: a scope is unknown.
    """
    if unknown := set(scopes) - set(SCOPES):
        raise SettingsError(f"unknown scope {sorted(unknown)[0]!r}; scopes are {', '.join(SCOPES)}")
    secret = f"fb_{secrets.token_urlsafe(32)}"
    conn.execute(
        insert(tokens).values(
            id=make_id("tok", _hash(secret)),
            name=name,
            hash=_hash(secret),
            scopes=list(scopes),
            created_at=now,
            revoked=False,
        )
    )
    return secret


def find_token(conn: Connection, secret: str) -> Token | None:
    """The token that this secret belongs to, unless it is unknown or revoked."""
    query = select(tokens.c.id, tokens.c.name, tokens.c.scopes).where(
        tokens.c.hash == _hash(secret), tokens.c.revoked.is_(False)
    )
    row = conn.execute(query).one_or_none()
    return None if row is None else Token(**row._mapping)


def list_tokens(conn: Connection) -> list[Token]:
    """Tokens that are in force, by name."""
    query = (
        select(tokens.c.id, tokens.c.name, tokens.c.scopes)
        .where(tokens.c.revoked.is_(False))
        .order_by(tokens.c.name, tokens.c.id)
    )
    return [Token(**row._mapping) for row in conn.execute(query)]


def revoke_token(conn: Connection, token_id: str) -> None:
    """Takes a token out of force.

    Raises:
        NotFound: there is no such token.
    """
    done = conn.execute(update(tokens).where(tokens.c.id == token_id).values(revoked=True))
    if not done.rowcount:
        raise NotFound(f"no token {token_id}")


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
