"""Which mentions are in which theme, and those that a person moved from one to another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, select, update

from core.store.database import chunked, upsert
from core.store.mentions import read_grouped, select_grouped
from core.store.suggestions import Evidence
from core.tables import conversations, mentions, moved_mentions


@dataclass(frozen=True, slots=True)
class Member:
    """A mention in a theme, with where it comes from.

    `counted_in`: the theme whose numbers hold it, which is another until the night after a move.
    """

    id: str
    text: str
    kind: str
    type: str
    conversation_id: str
    account_id: str | None
    theme_id: str
    counted_in: str


def list_members(conn: Connection, theme_id: str, *, limit: int) -> list[Member]:
    """The first mentions of a theme by id; ids are hashes, so that they are a fair sample."""
    query = _select(mentions.c.theme_id == theme_id).order_by(mentions.c.id).limit(limit)
    return _read(conn, query)


def read_members(conn: Connection, ids: Iterable[str]) -> list[Member]:
    """Those of these mentions that are in a theme, by id."""
    found: list[Member] = []
    for chunk in chunked(sorted(set(ids))):
        found += _read(conn, _select(mentions.c.id.in_(chunk)).order_by(mentions.c.id))
    return found


def read_quotes(conn: Connection, ids: Sequence[str]) -> list[Evidence]:
    """The quotes of those of these mentions that are there, in this order."""
    columns = [mentions.c[name] for name in ("conversation_id", "turn", "start", "end", "quote")]
    query = (
        select(
            mentions.c.id.label("mention_id"),
            *columns,
            mentions.c.value,
            mentions.c.confidence,
            conversations.c.started_at,
        )
        .join(conversations, conversations.c.id == mentions.c.conversation_id)
        .where(mentions.c.id.in_(ids))
    )
    found = {row.mention_id: Evidence(**row._mapping) for row in conn.execute(query)}
    return [found[id_] for id_ in ids if id_ in found]


def count_members(conn: Connection, theme_ids: Sequence[str]) -> int:
    """How many mentions these themes hold."""
    query = select(func.count()).select_from(mentions).where(mentions.c.theme_id.in_(theme_ids))
    return conn.execute(query).scalar_one()


def move_members(conn: Connection, moved: Sequence[Member], theme_id: str) -> None:
    """Puts mentions into a theme; the numbers of the themes follow on the next night."""
    rows = [{"mention_id": member.id, "counted_in": member.counted_in} for member in moved]
    upsert(conn, moved_mentions, rows)
    for chunk in chunked([member.id for member in moved]):
        conn.execute(update(mentions).where(mentions.c.id.in_(chunk)).values(theme_id=theme_id))


def list_moved(conn: Connection) -> list[Member]:
    """The mentions that another theme than theirs still counts, by id."""
    query = _select(moved_mentions.c.counted_in.is_not(None)).order_by(mentions.c.id)
    return _read(conn, query)


def settle_moved(conn: Connection, ids: Iterable[str]) -> None:
    """Notes that these mentions are counted where they are."""
    for chunk in chunked(ids):
        here = moved_mentions.c.mention_id.in_(chunk)
        conn.execute(update(moved_mentions).where(here).values(counted_in=None))


def _select(which: ColumnElement[bool]) -> Select[Any]:
    return (
        select_grouped(mentions.c.theme_id, moved_mentions.c.counted_in)
        .outerjoin(moved_mentions, moved_mentions.c.mention_id == mentions.c.id)
        .where(which, mentions.c.theme_id.is_not(None))
    )


def _read(conn: Connection, query: Select[Any]) -> list[Member]:
    return [
        Member(
            **read_grouped(row), theme_id=row.theme_id, counted_in=row.counted_in or row.theme_id
        )
        for row in conn.execute(query)
    ]
