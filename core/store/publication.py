"""What a snapshot is made of: conversations that count, their mentions, the themes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, select

from core.tables import accounts, conversations, deals, mentions, themes, turns
from core.vocabulary import Role

FETCH_ROWS = 5_000


def read_published_conversations(conn: Connection, *, before: datetime) -> Iterator[dict[str, Any]]:
    """Conversations that count, by id, with what their account and deal say.

    Those that began `before`, or at no known time.
    """
    query = (
        select(
            conversations.c.id,
            conversations.c.source,
            conversations.c.kind,
            conversations.c.started_at,
            conversations.c.account_id,
            conversations.c.deal_id,
            conversations.c.titles,
            conversations.c.attributes,
            accounts.c.attributes.label("account_attributes"),
            deals.c.attributes.label("deal_attributes"),
            deals.c.stage.label("deal_stage"),
            deals.c.outcome,
            deals.c.amount,
            deals.c.currency,
        )
        .outerjoin(accounts, accounts.c.id == conversations.c.account_id)
        .outerjoin(deals, deals.c.id == conversations.c.deal_id)
        .where(conversations.c.screening.is_(None), _is_before(before))
        .order_by(conversations.c.id)
    )
    for row in _stream(conn, query):
        account_attributes = row["account_attributes"] or {}
        yield {
            **row,
            "account_attributes": account_attributes,
            "deal_attributes": row["deal_attributes"] or {},
            "industry": account_attributes.get("industry"),
        }


def read_published_mentions(conn: Connection, *, before: datetime) -> Iterator[dict[str, Any]]:
    """Mentions of those conversations, by id, with who spoke and when."""
    query = (
        select(mentions, turns.c.role, turns.c.spans, conversations.c.started_at)
        .join(conversations, conversations.c.id == mentions.c.conversation_id)
        .join(
            turns,
            and_(
                turns.c.conversation_id == mentions.c.conversation_id,
                turns.c.position == mentions.c.turn,
            ),
        )
        .where(conversations.c.screening.is_(None), _is_before(before))
        .order_by(mentions.c.id)
    )
    for row in _stream(conn, query):
        yield {**row, "role": _role_at(row)}


def read_published_themes(conn: Connection) -> Iterator[Mapping[str, Any]]:
    """All themes, by id."""
    query = select(
        themes.c.id,
        themes.c.kind,
        themes.c.type,
        themes.c.label,
        themes.c.keywords,
        themes.c.status,
        themes.c.born,
        themes.c.last_seen,
        themes.c.merged_into,
    ).order_by(themes.c.id)
    return _stream(conn, query)


def _is_before(moment: datetime) -> ColumnElement[bool]:
    return conversations.c.started_at.is_(None) | (conversations.c.started_at < moment)


def _stream(conn: Connection, query: Select[Any]) -> Iterator[Mapping[str, Any]]:
    """The rows as they come; whoever stops early closes the database's cursor."""
    with conn.execution_options(yield_per=FETCH_ROWS).execute(query) as result:
        for row in result:
            yield dict(row._mapping)


def _role_at(row: Mapping[str, Any]) -> str:
    """The role of who says a mention: of its span in an undiarised block, else of its turn."""
    for start, end, role in row["spans"]:
        if start <= row["start"] < end:
            return str(role)
    return str(row["role"] or Role.UNKNOWN)
