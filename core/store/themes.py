"""Themes and their lineage, as the registry remembers them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, select

from core.errors import NotFound
from core.store.database import upsert
from core.tables import lineage, theme_scopes, themes


@dataclass(frozen=True, slots=True)
class LineageRow:
    """One thing that happened to a theme."""

    id: str
    theme_id: str
    event: str
    night: date
    position: int
    reason: str
    by: str
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ThemeDecisions:
    """What holds of themes at once, before the next night is published.

    `labels`: theme id -> the name that a person gave it. `merged`: theme id -> the theme that it is
    part of now, however many merges lie between.
    """

    labels: Mapping[str, str]
    hidden: frozenset[str]
    merged: Mapping[str, str]


def read_themes(conn: Connection) -> list[Row[Any]]:
    """Every theme, by id (columns of `core.tables.themes`)."""
    return list(conn.execute(select(themes).order_by(themes.c.id)))


def read_decisions(conn: Connection) -> ThemeDecisions:
    """The names that people gave, the themes that they hid, and where merged ones went."""
    query = select(
        themes.c.id, themes.c.label, themes.c.is_pinned, themes.c.status, themes.c.merged_into
    ).order_by(themes.c.id)
    rows = conn.execute(query).all()
    direct = {row.id: row.merged_into for row in rows if row.merged_into}
    return ThemeDecisions(
        labels={row.id: row.label for row in rows if row.is_pinned},
        hidden=frozenset(row.id for row in rows if row.status == "hidden"),
        merged={key: _follow(key, direct) for key in direct},
    )


def read_theme(conn: Connection, theme_id: str) -> Row[Any]:
    """The theme of this id.

    Raises:
        NotFound: there is none.
    """
    row = conn.execute(select(themes).where(themes.c.id == theme_id)).one_or_none()
    if row is None:
        raise NotFound(f"no theme {theme_id}")
    return row


def save_themes(conn: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
    """Inserts or updates themes."""
    upsert(conn, themes, rows)


def read_spaces(conn: Connection) -> list[Row[Any]]:
    """What the mentions of each kind and type share (columns of `core.tables.theme_scopes`)."""
    order = (theme_scopes.c.kind, theme_scopes.c.type)
    return list(conn.execute(select(theme_scopes).order_by(*order)))


def save_spaces(conn: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
    """Inserts or updates what the mentions of each kind and type share."""
    upsert(conn, theme_scopes, rows)


def add_lineage(conn: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
    """Adds entries to the history of themes; an entry that is there stays as it is."""
    upsert(conn, lineage, rows, keep=lineage.c.keys())


def read_lineage(conn: Connection, theme_id: str) -> list[LineageRow]:
    """What happened to a theme, the oldest first."""
    query = (
        select(lineage)
        .where(lineage.c.theme_id == theme_id)
        .order_by(lineage.c.night, lineage.c.position, lineage.c.id)
    )
    return [LineageRow(**row._mapping) for row in conn.execute(query)]


def _follow(theme_id: str, direct: Mapping[str, str]) -> str:
    """Where a chain of merges ends; a chain that bites its tail ends where it began."""
    seen = {theme_id}
    current = theme_id
    while (further := direct.get(current)) is not None and further not in seen:
        seen.add(further)
        current = further
    return current
