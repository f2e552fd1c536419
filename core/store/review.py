"""What people may judge next: mentions, counted or unsure, on which nobody has said anything."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Float, Table, func, literal, select, union_all

from core.store.database import chunked
from core.store.mentions import mention_of
from core.tables import conversations, mentions, unsure_mentions, verdicts
from core.vocabulary import Mention, MentionKind

MOST_A_TYPE = 100  # mentions of a type that stand in the queue; what is judged makes room
CERTAIN = 1.0
EVEN = 0.5


@dataclass(frozen=True, slots=True)
class Unjudged:
    """A mention that waits for a verdict. `is_counted`: the extractor was sure enough of it."""

    id: str
    conversation_id: str
    mention: Mention
    is_counted: bool
    started_at: datetime | None


def list_unjudged(
    conn: Connection,
    *,
    kind: MentionKind | None = None,
    type_: str | None = None,
    most: int = MOST_A_TYPE,
) -> list[Unjudged]:
    """Of each type the mentions whose confidence is nearest to one half, at most `most`, by id."""
    ids = _rank(conn, kind, type_, most)
    counted = _read(conn, mentions, ids, is_counted=True)
    unsure = _read(conn, unsure_mentions, ids, is_counted=False)
    return sorted([*counted, *unsure], key=lambda item: item.id)


def list_judged(conn: Connection) -> list[Mention]:
    """The mentions that people judged, in the order of their verdicts."""
    return [mention_of(row) for row in conn.execute(select(verdicts).order_by(verdicts.c.number))]


def _rank(conn: Connection, kind: MentionKind | None, type_: str | None, most: int) -> list[str]:
    """Ids of the most doubtful mentions of each type."""
    names = ("id", "kind", "type", "confidence")
    tables = (mentions, unsure_mentions)
    pool = union_all(*(select(*(table.c[n] for n in names)) for table in tables)).subquery()
    doubt = (func.abs(pool.c.confidence - literal(EVEN, Float)), pool.c.id)
    nth = func.row_number().over(partition_by=(pool.c.kind, pool.c.type), order_by=doubt)
    ranked = select(pool.c.id, nth.label("nth")).where(
        pool.c.confidence < CERTAIN, pool.c.id.not_in(select(verdicts.c.mention_id))
    )
    if kind is not None:
        ranked = ranked.where(pool.c.kind == kind)
    if type_ is not None:
        ranked = ranked.where(pool.c.type == type_)
    first = ranked.subquery()
    return list(conn.execute(select(first.c.id).where(first.c.nth <= most)).scalars())


def _read(
    conn: Connection, table: Table, ids: Sequence[str], *, is_counted: bool
) -> Iterator[Unjudged]:
    query = select(table, conversations.c.started_at).join(conversations)
    for chunk in chunked(ids):
        for row in conn.execute(query.where(table.c.id.in_(chunk))):
            mention = mention_of(row)
            yield Unjudged(row.id, row.conversation_id, mention, is_counted, row.started_at)
