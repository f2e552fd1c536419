"""Themes and their lineage, as the registry remembers them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from core.errors import NotFound
from core.store.database import chunked, upsert
from core.tables import lineage, mentions, moved_mentions, theme_registry, theme_scopes, themes
from core.vocabulary import AUTOMATIC, LineageEvent

REGISTRY = "themes"
DECIDED_FIELDS = ("label", "keywords", "status", "merged_into", "is_pinned")
PUBLISHED_FIELDS = (
    "id",
    "kind",
    "type",
    "label",
    "keywords",
    "status",
    "born",
    "last_seen",
    "merged_into",
)


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

    `labels`: theme id -> the name that a person gave it, or gave back to it. `merged`: theme id ->
    the theme that it is part of now, however many merges lie between. `moved`: mention id -> the
    theme that a person moved it to; `parts`: those themes by id (id, kind, type, label, keywords,
    status, born, last_seen, merged_into).
    """

    labels: Mapping[str, str]
    hidden: frozenset[str]
    merged: Mapping[str, str]
    moved: Mapping[str, str]
    parts: Mapping[str, Mapping[str, Any]]

    @property
    def overlay(self) -> dict[str, Any]:
        """What `core.snapshot.open_current` lays over a snapshot."""
        return {
            "aliases": self.merged,
            "moved": self.moved,
            "parts": self.parts,
            "hidden": self.hidden,
        }


def read_themes(conn: Connection) -> list[Row[Any]]:
    """Every theme, by id (columns of `core.tables.themes`)."""
    return list(conn.execute(select(themes).order_by(themes.c.id)))


def read_names(conn: Connection) -> dict[str, Row[Any]]:
    """Theme id -> what a list shows of it (id, kind, type, label, status, weight, merged_into)."""
    names = ("id", "kind", "type", "label", "status", "weight", "merged_into")
    query = select(*(themes.c[name] for name in names)).order_by(themes.c.id)
    return {row.id: row for row in conn.execute(query)}


def read_labels_in_sight(conn: Connection) -> dict[str, str]:
    """Theme id -> the label of the theme that it is part of now; those that people hid left out."""
    names = read_names(conn)
    direct = {key: row.merged_into for key, row in names.items() if row.merged_into}
    homes = {key: names[_follow(key, direct)] for key in names}
    return {key: home.label for key, home in homes.items() if home.status != "hidden"}


def read_decisions(conn: Connection) -> ThemeDecisions:
    """The names that people gave, the themes that they hid, merged or split, and where to."""
    columns = [themes.c[name] for name in (*PUBLISHED_FIELDS, "is_pinned")]
    rows = conn.execute(select(*columns).order_by(themes.c.id)).all()
    direct = {row.id: row.merged_into for row in rows if row.merged_into}
    named = {row.id for row in rows if row.is_pinned} | _list_renamed(conn)
    moved = _list_moves(conn)
    parts = set(moved.values())
    return ThemeDecisions(
        labels={row.id: row.label for row in rows if row.id in named},
        hidden=frozenset(row.id for row in rows if row.status == "hidden"),
        merged={key: _follow(key, direct) for key in direct},
        moved=moved,
        parts={
            row.id: {name: row._mapping[name] for name in PUBLISHED_FIELDS}
            for row in rows
            if row.id in parts
        },
    )


def read_version(conn: Connection) -> int:
    """How often people changed themes."""
    return conn.execute(select(theme_registry.c.version)).scalar_one_or_none() or 0


def hold_version(conn: Connection) -> int:
    """The version, which stays as it is until this transaction ends: others wait for it."""
    upsert(conn, theme_registry, [{"name": REGISTRY, "version": 0}], keep=["version"])
    version: int = conn.execute(select(theme_registry.c.version).with_for_update()).scalar_one()
    return version


def raise_version(conn: Connection) -> None:
    """Says that a person changes themes; a night that began before sees it and starts again."""
    version = hold_version(conn)
    conn.execute(update(theme_registry).values(version=version + 1))


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


def save_decided(conn: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
    """Updates what people decide of themes, and leaves their numbers alone."""
    for row in rows:
        values = {name: row[name] for name in DECIDED_FIELDS}
        conn.execute(update(themes).where(themes.c.id == row["id"]).values(**values))


def read_examined(conn: Connection) -> dict[str, int]:
    """Theme id -> how many mentions it had when it was last examined for a split."""
    return {row.id: row.examined for row in conn.execute(select(themes.c.id, themes.c.examined))}


def save_examined(conn: Connection, weights: Mapping[str, int]) -> None:
    """Notes how many mentions themes had when they were examined."""
    for key, weight in weights.items():
        conn.execute(update(themes).where(themes.c.id == key).values(examined=weight))


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


def read_entries(conn: Connection, theme_ids: Iterable[str]) -> list[LineageRow]:
    """What happened to any of these themes."""
    found: list[LineageRow] = []
    for chunk in chunked(theme_ids):
        rows = conn.execute(select(lineage).where(lineage.c.theme_id.in_(chunk)))
        found += [LineageRow(**row._mapping) for row in rows]
    return found


def rewrite_details(conn: Connection, details: Mapping[str, Mapping[str, Any]]) -> None:
    """Puts other details into entries, by id: what was erased must not stand in them."""
    for key, value in details.items():
        conn.execute(update(lineage).where(lineage.c.id == key).values(details=dict(value)))


def list_splits(conn: Connection) -> list[tuple[str, str]]:
    """(theme, the part that left it) of every split, and of every merge that was undone."""
    query = select(lineage.c.theme_id, lineage.c.details).where(
        lineage.c.event == LineageEvent.SPLIT
    )
    return [(row.theme_id, row.details["into"]) for row in conn.execute(query)]


def next_position(conn: Connection, night: date) -> int:
    """The number of the next entry of a night."""
    query = select(func.max(lineage.c.position)).where(lineage.c.night == night)
    last = conn.execute(query).scalar_one()
    return 0 if last is None else last + 1


def _list_renamed(conn: Connection) -> set[str]:
    """Ids of the themes whose label people changed, there and back perhaps."""
    query = select(lineage.c.theme_id).where(
        lineage.c.event == LineageEvent.RENAMED, lineage.c.by != AUTOMATIC
    )
    return set(conn.execute(query).scalars())


def _list_moves(conn: Connection) -> dict[str, str]:
    """Mention id -> the theme that a person moved it to."""
    query = select(mentions.c.id, mentions.c.theme_id).join(
        moved_mentions, moved_mentions.c.mention_id == mentions.c.id
    )
    return {row.id: row.theme_id for row in conn.execute(query)}


def _follow(theme_id: str, direct: Mapping[str, str]) -> str:
    """Where a chain of merges ends; a chain that bites its tail ends where it began."""
    seen = {theme_id}
    current = theme_id
    while (further := direct.get(current)) is not None and further not in seen:
        seen.add(further)
        current = further
    return current
