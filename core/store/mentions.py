"""Mentions: what was found in which sentence, and which theme it belongs to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update

from core.store.database import chunked, upsert
from core.tables import conversations, mentions, removed_mentions, suggestion_evidence
from core.vocabulary import Mention, make_id


@dataclass(frozen=True, slots=True)
class WaitingMention:
    """A mention that the theme registry has to look at, with where it comes from."""

    id: str
    text: str
    kind: str
    type: str
    value: str | None
    conversation_id: str
    account_id: str | None
    clustered: date | None
    vector: bytes | None


def replace_mentions(conn: Connection, conversation_id: str, found: Sequence[Mention]) -> int:
    """Stores the mentions of a conversation in place of those it had; returns how many."""
    forget_mentions(conn, conversation_id)
    rows = {row["id"]: row for row in (_mention_row(conversation_id, m) for m in found)}
    if rows:
        conn.execute(insert(mentions), list(rows.values()))
    return len(rows)


def forget_mentions(conn: Connection, conversation_id: str) -> None:
    """Removes the mentions of a conversation, leaving word for the themes they were in."""
    here = mentions.c.conversation_id == conversation_id
    themed = conn.execute(
        select(mentions.c.id, mentions.c.theme_id, mentions.c.statement).where(
            here, mentions.c.theme_id.is_not(None)
        )
    )
    upsert(conn, removed_mentions, [dict(row._mapping) for row in themed])
    ids = select(mentions.c.id).where(here).scalar_subquery()
    conn.execute(delete(suggestion_evidence).where(suggestion_evidence.c.mention_id.in_(ids)))
    conn.execute(delete(mentions).where(here))


def list_waiting(conn: Connection) -> list[WaitingMention]:
    """Mentions that no theme holds: new ones, and those that wait in the buffer; by id."""
    query = (
        select(
            mentions.c.id,
            mentions.c.statement.label("text"),
            mentions.c.kind,
            mentions.c.type,
            mentions.c.value,
            mentions.c.conversation_id,
            conversations.c.account_id,
            mentions.c.clustered,
            mentions.c.vector,
        )
        .join(conversations, conversations.c.id == mentions.c.conversation_id)
        .where(
            mentions.c.theme_id.is_(None),
            mentions.c.clustered.is_(None) | mentions.c.vector.is_not(None),
        )
        .order_by(mentions.c.id)
    )
    return [WaitingMention(**row._mapping) for row in conn.execute(query)]


def save_clustering(conn: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
    """Sets theme, night and vector: `{"key": id, "theme_id", "clustered", "vector"}` each."""
    statement = (
        update(mentions)
        .where(mentions.c.id == bindparam("key"))
        .values(
            theme_id=bindparam("theme_id"),
            clustered=bindparam("clustered"),
            vector=bindparam("vector"),
        )
    )
    for chunk in chunked(rows):
        conn.execute(statement, [dict(row) for row in chunk])


def take_removed(conn: Connection) -> list[Row[Any]]:
    """The mentions that themes must forget (id, theme_id, statement), taken off the list."""
    rows = conn.execute(select(removed_mentions).order_by(removed_mentions.c.id)).all()
    conn.execute(delete(removed_mentions))
    return list(rows)


def _mention_row(conversation_id: str, mention: Mention) -> dict[str, Any]:
    return {
        "id": make_id(
            "mtn",
            conversation_id,
            mention.turn,
            mention.start,
            mention.end,
            mention.kind,
            mention.type,
            mention.value,
        ),
        "conversation_id": conversation_id,
        "turn": mention.turn,
        "start": mention.start,
        "end": mention.end,
        "quote": mention.quote,
        "kind": mention.kind,
        "type": mention.type,
        "value": mention.value,
        "normalised": mention.normalised,
        "statement": mention.statement,
        "confidence": mention.confidence,
    }
