"""Conversations and their turns, redacted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from core.store.database import chunked
from core.store.mentions import forget_mentions
from core.store.verdicts import restore_verdicts, take_verdicts
from core.tables import conversations, turns
from core.vocabulary import Conversation, ConversationKind, Role, RoleSpan, Turn


class Saved(StrEnum):
    """What saving a conversation did."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"  # the same id stands in another file with other content


@dataclass(frozen=True, slots=True)
class ConversationRecord:
    """A conversation ready to be stored: redacted, with its links; a column a field."""

    id: str
    source: str
    external_id: str
    kind: str
    started_at: Any
    account_ref: str | None
    account_id: str | None
    deal_ref: str | None
    deal_id: str | None
    contact_ids: Sequence[str]
    rep_id: str | None
    titles: Sequence[str]
    attributes: Mapping[str, str]
    path: str
    content_hash: str
    screening: str | None
    n_words: int
    signature: bytes | None
    night: date
    turns: Sequence[Turn]


def save_conversation(conn: Connection, record: ConversationRecord) -> Saved:
    """Stores a conversation, or replaces it if it changed; its mentions then go, and the verdicts
    on what is no longer said in it.

    Of two files that give one id different content the first by path wins, whatever the order.
    """
    known = conn.execute(
        select(conversations.c.path, conversations.c.content_hash)
        .where(conversations.c.id == record.id)
        .with_for_update()
    ).one_or_none()
    if known is None:
        _insert(conn, record)
        return Saved.NEW
    if known.content_hash == record.content_hash:
        _note_path(conn, record, known.path)
        return Saved.UNCHANGED
    if known.path < record.path:
        return Saved.REFUSED
    judged = take_verdicts(conn, record.id)
    delete_conversation(conn, record.id)
    _insert(conn, record)
    restore_verdicts(conn, record.id, judged, [turn.text for turn in record.turns])
    return Saved.CHANGED


def find_displaced(conn: Connection, record: ConversationRecord) -> str | None:
    """Path of the later file whose conversation, of the same id, saving `record` will replace."""
    query = select(conversations.c.path).where(
        conversations.c.id == record.id,
        conversations.c.path > record.path,
        conversations.c.content_hash != record.content_hash,
    )
    return conn.execute(query).scalar_one_or_none()


def delete_conversation(conn: Connection, conversation_id: str) -> None:
    """Removes a conversation with its turns, its mentions and what people said of these; themes
    forget it on the next night."""
    forget_mentions(conn, conversation_id)
    conn.execute(delete(turns).where(turns.c.conversation_id == conversation_id))
    conn.execute(delete(conversations).where(conversations.c.id == conversation_id))


def list_unread(conn: Connection) -> list[str]:
    """Ids of the conversations that no extractor has read and that count."""
    query = (
        select(conversations.c.id)
        .where(conversations.c.extractor.is_(None), conversations.c.screening.is_(None))
        .order_by(conversations.c.id)
    )
    return list(conn.execute(query).scalars())


def read_conversations(conn: Connection, ids: Sequence[str]) -> list[Conversation]:
    """The conversations of these ids with their turns, in that order; `external_id` is our id."""
    found: dict[str, Conversation] = {}
    for chunk in chunked(ids):
        rows = conn.execute(select(conversations).where(conversations.c.id.in_(chunk))).all()
        spoken = read_turns(conn, chunk)
        found |= {row.id: _conversation(row, spoken.get(row.id, ())) for row in rows}
    return [found[key] for key in ids if key in found]


def read_turns(conn: Connection, ids: Sequence[str]) -> dict[str, tuple[Turn, ...]]:
    """Conversation id -> its turns in order."""
    query = (
        select(turns)
        .where(turns.c.conversation_id.in_(ids))
        .order_by(turns.c.conversation_id, turns.c.position)
    )
    spoken: dict[str, list[Turn]] = {}
    for row in conn.execute(query):
        spoken.setdefault(row.conversation_id, []).append(_turn(row))
    return {key: tuple(value) for key, value in spoken.items()}


def mark_extracted(conn: Connection, ids: Iterable[str], *, version: str) -> None:
    """Notes which version of the extractor read these conversations."""
    for chunk in chunked(ids):
        conn.execute(
            update(conversations).where(conversations.c.id.in_(chunk)).values(extractor=version)
        )


def read_signatures(conn: Connection) -> list[tuple[str, int, bytes]]:
    """(id, words, signature) of every conversation that has one, the oldest first."""
    query = (
        select(conversations.c.id, conversations.c.n_words, conversations.c.signature)
        .where(
            conversations.c.signature.is_not(None),
            (conversations.c.screening.is_(None)) | (conversations.c.screening == "template"),
        )
        .order_by(
            conversations.c.started_at.is_(None), conversations.c.started_at, conversations.c.id
        )
    )
    return [(row.id, row.n_words, row.signature) for row in conn.execute(query)]


def mark_templates(conn: Connection, ids: Sequence[str]) -> int:
    """Keeps copies of a template out of the counts; returns how many are new."""
    new = 0
    for chunk in chunked(ids):
        fresh = conn.execute(
            select(conversations.c.id).where(
                conversations.c.id.in_(chunk), conversations.c.screening.is_(None)
            )
        ).scalars()
        for key in list(fresh):
            forget_mentions(conn, key)
            new += 1
        conn.execute(
            update(conversations).where(conversations.c.id.in_(chunk)).values(screening="template")
        )
    return new


def relink_conversations(conn: Connection, links: Sequence[Mapping[str, Any]]) -> None:
    """Sets the CRM links of conversations: `{"key": id, "account_id": …, "deal_id": …}` each."""
    for link in links:
        values = {name: value for name, value in link.items() if name != "key"}
        conn.execute(
            update(conversations).where(conversations.c.id == link["key"]).values(**values)
        )


def list_unlinked(conn: Connection, source: str) -> list[Row[Any]]:
    """Conversations of a source that are still without an account or a deal that they name."""
    query = select(
        conversations.c.id,
        conversations.c.account_ref,
        conversations.c.deal_ref,
        conversations.c.attributes,
    ).where(
        conversations.c.source == source,
        conversations.c.account_id.is_(None)
        | (conversations.c.deal_id.is_(None) & conversations.c.deal_ref.is_not(None)),
    )
    return list(conn.execute(query.order_by(conversations.c.id)))


def count_conversations(conn: Connection) -> dict[str, int]:
    """How many conversations are stored: `counted`, and by the reason for those left out."""
    query = select(conversations.c.screening, func.count()).group_by(conversations.c.screening)
    return {row[0] or "counted": row[1] for row in conn.execute(query)}


def _note_path(conn: Connection, record: ConversationRecord, known_path: str) -> None:
    """Of two files with the same content the first by path holds the conversation."""
    if record.path < known_path:
        here = conversations.c.id == record.id
        conn.execute(update(conversations).where(here).values(path=record.path))


def _insert(conn: Connection, record: ConversationRecord) -> None:
    row = {
        column.name: getattr(record, column.name)
        for column in conversations.c
        if column.name != "extractor"
    }
    row |= {name: list(row[name]) for name in ("contact_ids", "titles")}
    row["attributes"] = dict(record.attributes)
    conn.execute(insert(conversations).values(**row))
    rows = [_turn_row(record.id, position, turn) for position, turn in enumerate(record.turns)]
    if rows:
        conn.execute(insert(turns), rows)


def _turn_row(conversation_id: str, position: int, turn: Turn) -> dict[str, Any]:
    return {
        "conversation_id": conversation_id,
        "position": position,
        "speaker": turn.speaker,
        "role": turn.role,
        "text": turn.text,
        "start_ms": turn.start_ms,
        "end_ms": turn.end_ms,
        "spans": [[span.start, span.end, span.role] for span in turn.spans],
    }


def _turn(row: Row[Any]) -> Turn:
    return Turn(
        speaker=row.speaker,
        text=row.text,
        role=Role(row.role),
        start_ms=row.start_ms,
        end_ms=row.end_ms,
        spans=tuple(RoleSpan(start, end, Role(role)) for start, end, role in row.spans),
    )


def _conversation(row: Row[Any], spoken: tuple[Turn, ...]) -> Conversation:
    return Conversation(
        external_id=row.id,
        kind=ConversationKind(row.kind),
        turns=spoken,
        started_at=row.started_at,
        account=row.account_id or row.account_ref,
        deal=row.deal_id or row.deal_ref,
        attributes=row.attributes,
        source=row.source,
    )
