"""Mentions: what was found in which sentence, and which theme it belongs to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, bindparam, delete, select, update

from core.store.database import chunked, upsert
from core.store.themes import read_labels_in_sight
from core.tables import (
    accounts,
    conversations,
    mentions,
    moved_mentions,
    removed_mentions,
    suggestion_evidence,
    unsure_mentions,
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
    """Stores the mentions of a conversation in place of those it had; returns how many.

    One that it had already keeps its theme, and the statement that it was grouped by.
    """
    return replace_all_mentions(conn, {conversation_id: found})


def replace_all_mentions(conn: Connection, found: Mapping[str, Sequence[Mention]]) -> int:
    """Does what `replace_mentions` does for many conversations: id -> mentions."""
    rows = {
        row["id"]: row
        for conversation_id, said in found.items()
        for row in (make_mention_row(conversation_id, mention) for mention in said)
    }
    for ids in chunked(found):
        known = select(mentions.c.id).where(mentions.c.conversation_id.in_(ids))
        _forget(conn, [key for key in conn.execute(known).scalars() if key not in rows])
    upsert(conn, mentions, rows.values(), keep=["statement"])
    return len(rows)


def forget_mentions(conn: Connection, conversation_id: str) -> None:
    """Removes the mentions of a conversation, leaving word for the themes they were in."""
    replace_mentions(conn, conversation_id, ())
    conn.execute(
        delete(unsure_mentions).where(unsure_mentions.c.conversation_id == conversation_id)
    )


def _forget(conn: Connection, ids: Sequence[str]) -> None:
    for chunk in chunked(ids):
        query = (
            select(mentions, moved_mentions.c.counted_in)
            .outerjoin(moved_mentions, moved_mentions.c.mention_id == mentions.c.id)
            .where(
                mentions.c.id.in_(chunk),
                mentions.c.clustered.is_not(None) | mentions.c.theme_id.is_not(None),
            )
        )
        upsert(
            conn,
            removed_mentions,
            [
                {
                    "id": row.id,
                    "theme_id": row.theme_id or "",
                    "counted_in": row.counted_in,
                    "kind": row.kind,
                    "type": row.type,
                    "text": grouping_text(row.kind, row.statement, row.value),
                }
                for row in conn.execute(query)
            ],
        )
        conn.execute(delete(suggestion_evidence).where(suggestion_evidence.c.mention_id.in_(chunk)))
        conn.execute(delete(moved_mentions).where(moved_mentions.c.mention_id.in_(chunk)))
        conn.execute(delete(mentions).where(mentions.c.id.in_(chunk)))


def read_mentions(conn: Connection, ids: Sequence[str]) -> dict[str, list[Mention]]:
    """Conversation id -> its mentions, in the order of the text."""
    order = (mentions.c.turn, mentions.c.start, mentions.c.kind, mentions.c.type)
    query = select(mentions).where(mentions.c.conversation_id.in_(ids)).order_by(*order)
    found: dict[str, list[Mention]] = {}
    for row in conn.execute(query):
        found.setdefault(row.conversation_id, []).append(mention_of(row))
    return found


def identify_mention(conversation_id: str, mention: Mention) -> str:
    """The id of a mention: it follows from its place and from what it is."""
    parts = (mention.turn, mention.start, mention.end, mention.kind, mention.type, mention.value)
    return make_id("mtn", conversation_id, *parts)


def make_mention_row(conversation_id: str, mention: Mention) -> dict[str, Any]:
    """The columns that all tables of mentions share."""
    key = identify_mention(conversation_id, mention)
    return {"id": key, "conversation_id": conversation_id, **mention.as_row()}


def mention_of(row: Row[Any]) -> Mention:
    """The mention in a row of any table that keeps mentions."""
    names = (field.name for field in fields(Mention) if field.name != "is_sure")
    values = {name: row._mapping[name] for name in names}
    return Mention(**values | {"kind": MentionKind(row.kind)})


def list_waiting(conn: Connection) -> list[WaitingMention]:
    """Mentions that no theme holds: new ones, and those that wait in the buffer; by id."""
    query = select_grouped(mentions.c.clustered, mentions.c.vector).where(
        mentions.c.theme_id.is_(None),
        mentions.c.clustered.is_(None) | mentions.c.vector.is_not(None),
    )
    return [
        WaitingMention(**read_grouped(row), clustered=row.clustered, vector=row.vector)
        for row in conn.execute(query.order_by(mentions.c.id))
    ]


def select_grouped(*others: ColumnElement[Any]) -> Select[Any]:
    """What `read_grouped` needs of mentions, and other columns."""
    names = ("id", "statement", "value", "kind", "type", "conversation_id")
    own = [mentions.c[name] for name in names]
    return select(*own, conversations.c.account_id, *others).join(
        conversations, conversations.c.id == mentions.c.conversation_id
    )


def read_grouped(row: Row[Any]) -> dict[str, Any]:
    """What themes are made of: id, text, kind and type of a mention, and where it comes from."""
    names = ("id", "kind", "type", "conversation_id", "account_id")
    text = grouping_text(row.kind, row.statement, row.value)
    return {"text": text, **{name: row._mapping[name] for name in names}}


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


def leave_word(
    conn: Connection, waiting: Sequence[WaitingMention], homes: Mapping[str, str | None]
) -> None:
    """Leaves word of mentions that went while a night was worked out, for the themes that it put
    them in: mention id -> theme id."""
    for chunk in chunked(waiting):
        ids = [mention.id for mention in chunk]
        left = set(conn.execute(select(mentions.c.id).where(mentions.c.id.in_(ids))).scalars())
        gone = [mention for mention in chunk if mention.id not in left]
        upsert(
            conn,
            removed_mentions,
            [
                {
                    "id": mention.id,
                    "theme_id": homes[mention.id] or "",
                    "counted_in": None,
                    "kind": mention.kind,
                    "type": mention.type,
                    "text": mention.text,
                }
                for mention in gone
            ],
        )


def list_removed(conn: Connection) -> list[Row[Any]]:
    """The mentions that themes must forget (columns of `removed_mentions`), by id."""
    return list(conn.execute(select(removed_mentions).order_by(removed_mentions.c.id)))


def forget_removed(conn: Connection, ids: Sequence[str]) -> None:
    """Takes mentions that themes have forgotten off the list."""
    for chunk in chunked(ids):
        conn.execute(delete(removed_mentions).where(removed_mentions.c.id.in_(chunk)))


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
    the label of its theme, and None where it is in no theme that is in sight.
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
            mentions.c.theme_id,
        )
        .outerjoin(mentions, mentions.c.conversation_id == conversations.c.id)
        .outerjoin(accounts, accounts.c.id == conversations.c.account_id)
        .where(conversations.c.screening.is_(None))
        .order_by(conversations.c.id, mentions.c.id)
    )
    labels = read_labels_in_sight(conn)
    return [_statement_row(row, labels.get(row.theme_id)) for row in conn.execute(query)]


def _statement_row(row: Any, label: str | None) -> StatementRow:
    is_trait = row.kind == MentionKind.PERSONA_TRAIT
    return StatementRow(
        conversation_id=row.conversation_id,
        account_id=row.account_id,
        industry=(row.account_attributes or {}).get("industry"),
        titles=row.titles,
        mention_id=row.mention_id,
        field=row.type if is_trait else row.kind,
        value=row.value if is_trait else label,
        confidence=row.confidence,
    )
