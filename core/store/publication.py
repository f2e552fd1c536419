"""What a snapshot is made of: conversations that count, their mentions, the themes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, select

from core.snapshot import Corrections, Snapshot
from core.store.erasure import list_erased_conversations
from core.store.verdicts import find_last_verdict
from core.tables import accounts, conversations, deals, mentions, themes, turns, verdicts
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
    query = _select_mentions().where(conversations.c.screening.is_(None), _is_before(before))
    for row in _stream(conn, query):
        yield {**row, "role": _role_at(row)}


def correct(conn: Connection, snapshot: Snapshot) -> Snapshot:
    """The snapshot with what holds now in the sentences that people judged since laid over it, and
    without conversations that were erased."""
    judged = verdicts.c.number > snapshot.last_verdict
    place = (verdicts.c.conversation_id, verdicts.c.turn, verdicts.c.start)
    places = conn.execute(select(*place).where(judged).distinct().order_by(*place))
    here = and_(*(column == mentions.c[column.name] for column in place))
    found = _stream(conn, _select_mentions().where(exists().where(judged, here)))
    corrections = Corrections(
        number=find_last_verdict(conn),
        places=tuple((row.conversation_id, row.turn, row.start) for row in places),
        mentions=tuple({**row, "role": _role_at(row)} for row in found),
        erased=tuple(sorted(list_erased_conversations(conn))),
    )
    return replace(snapshot, corrections=corrections)


def _select_mentions() -> Select[Any]:
    """Mentions by id, with what is known of who spoke and when."""
    return (
        select(mentions, turns.c.role, turns.c.spans, conversations.c.started_at)
        .join(conversations, conversations.c.id == mentions.c.conversation_id)
        .join(
            turns,
            and_(
                turns.c.conversation_id == mentions.c.conversation_id,
                turns.c.position == mentions.c.turn,
            ),
        )
        .order_by(mentions.c.id)
    )


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


def read_theme_points(conn: Connection) -> Iterator[Mapping[str, Any]]:
    """Where the themes that are shown stand: id, kind, type, total and weight, by id."""
    query = (
        select(themes.c.id, themes.c.kind, themes.c.type, themes.c.total, themes.c.weight)
        .where(themes.c.status.not_in(("hidden", "merged")))
        .order_by(themes.c.id)
    )
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
