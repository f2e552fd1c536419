"""Mentions: what was found in which sentence, and which theme it belongs to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update

from core.store.database import chunked, upsert
from core.tables import (
    accounts,
    conversations,
    mentions,
    removed_mentions,
    suggestion_evidence,
    themes,
)
from core.vocabulary import Mention, MentionKind, grouping_text, make_id


@dataclass(frozen=True, slots=True)
class WaitingMention:
    """A mention that the theme registry has to look at, with where it comes from."""

    id: str
    text: str
    kind: str
    type: str
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
    themed = conn.execute(select(mentions).where(here, mentions.c.theme_id.is_not(None)))
    upsert(
        conn,
        removed_mentions,
        [
            {
                "id": row.id,
                "theme_id": row.theme_id,
                "text": grouping_text(row.kind, row.statement, row.value),
            }
            for row in themed
        ],
    )
    ids = select(mentions.c.id).where(here).scalar_subquery()
    conn.execute(delete(suggestion_evidence).where(suggestion_evidence.c.mention_id.in_(ids)))
    conn.execute(delete(mentions).where(here))


def list_waiting(conn: Connection) -> list[WaitingMention]:
    """Mentions that no theme holds: new ones, and those that wait in the buffer; by id."""
    query = (
        select(
            mentions.c.id,
            mentions.c.statement,
            mentions.c.value,
            mentions.c.kind,
            mentions.c.type,
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
    return [_waiting(row) for row in conn.execute(query)]


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


def list_removed(conn: Connection) -> list[Row[Any]]:
    """The mentions that themes must forget (id, theme_id, text), by id."""
    return list(conn.execute(select(removed_mentions).order_by(removed_mentions.c.id)))


def forget_removed(conn: Connection, ids: Sequence[str]) -> None:
    """Takes mentions that themes have forgotten off the list."""
    for chunk in chunked(ids):
        conn.execute(delete(removed_mentions).where(removed_mentions.c.id.in_(chunk)))


def _waiting(row: Any) -> WaitingMention:
    return WaitingMention(
        id=row.id,
        text=grouping_text(row.kind, row.statement, row.value),
        kind=row.kind,
        type=row.type,
        conversation_id=row.conversation_id,
        account_id=row.account_id,
        clustered=row.clustered,
        vector=row.vector,
    )


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


@dataclass(frozen=True, slots=True)
class StatementRow:
    """What one conversation says about the persona of who speaks; `value` None if nothing."""

    conversation_id: str
    account_id: str | None
    industry: str | None
    titles: Sequence[str]
    mention_id: str | None
    field: str | None
    value: str | None
    confidence: float | None


def list_statements(conn: Connection) -> list[StatementRow]:
    """A row a mention of every conversation that counts, and one for those without mentions.

    The value of a trait is its normalised form, else its words; of a pain point or objection it is
    the label of its theme, and None where it is in no theme.
    """
    query = (
        select(
            conversations.c.id.label("conversation_id"),
            conversations.c.account_id,
            conversations.c.titles,
            accounts.c.attributes.label("account_attributes"),
            mentions.c.id.label("mention_id"),
            mentions.c.kind,
            mentions.c.type,
            mentions.c.value,
            mentions.c.confidence,
            themes.c.label,
        )
        .outerjoin(mentions, mentions.c.conversation_id == conversations.c.id)
        .outerjoin(accounts, accounts.c.id == conversations.c.account_id)
        .outerjoin(themes, themes.c.id == mentions.c.theme_id)
        .where(conversations.c.screening.is_(None))
        .order_by(conversations.c.id, mentions.c.id)
    )
    return [_statement_row(row) for row in conn.execute(query)]


def _statement_row(row: Any) -> StatementRow:
    is_trait = row.kind == MentionKind.PERSONA_TRAIT
    return StatementRow(
        conversation_id=row.conversation_id,
        account_id=row.account_id,
        industry=(row.account_attributes or {}).get("industry"),
        titles=row.titles,
        mention_id=row.mention_id,
        field=row.type if is_trait else row.kind,
        value=row.value if is_trait else row.label,
        confidence=row.confidence,
    )
