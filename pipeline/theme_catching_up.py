"""What happened to themes since the last night: mentions that went, and some that were moved."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Row

from core.store.theme_members import Member, list_members
from core.store.themes import read_entries, rewrite_details
from models.theme_erasure import erase_items, forget_words, move_items
from models.theme_rows import read_lineage_row
from models.theme_state import BufferedItem, LineageEntry, RegistryState, ThemeItem
from models.vectors import Encoder
from pipeline.night import Night

N_OTHERS = 50  # members among whom a theme that lost some finds its examples

Splits = Sequence[tuple[str, str]]
"""(theme, the part that left it)."""


def take_back(
    conn: Connection,
    state: RegistryState,
    removed: Sequence[Row[Any]],
    moved: Sequence[Member],
    splits: Splits,
    encoder: Encoder,
    night: Night,
) -> tuple[RegistryState, Sequence[LineageEntry]]:
    """The registry with moved mentions counted where they are, and without those of conversations
    that were replaced or erased; and the lineage of it."""
    gone = [row for row in removed if row.theme_id in state.themes or not row.theme_id]
    losers = {row.theme_id for row in gone if row.theme_id}
    losers |= {row.counted_in for row in gone if row.counted_in}
    losers |= {member.counted_in for member in moved}
    others = {id_: _read_others(conn, id_, encoder, night) for id_ in sorted(losers)}
    state = move_items(state, _group_moves(gone, moved, encoder, night), others=others)
    kin = find_kin(splits, {row.theme_id for row in gone})
    change = erase_items(
        state, _group_gone(gone, encoder, night), night=night.day, others=others, kin=kin
    )
    return change.state, change.lineage


def forget_words_of(conn: Connection, removed: Sequence[Row[Any]], splits: Splits) -> None:
    """Takes labels that removed mentions gave out of the lineage."""
    homes = {row.theme_id for row in removed}
    texts = [row.text for row in removed]
    rewritten = {}
    for row in read_entries(conn, sorted({*filter(None, homes), *find_kin(splits, homes)})):
        entry = read_lineage_row(row)
        cleared = forget_words(entry, texts)
        if cleared is not entry:
            rewritten[row.id] = cleared.details
    rewrite_details(conn, rewritten)


def find_kin(splits: Splits, ids: Collection[str]) -> set[str]:
    """Ids of the themes that had mentions in common with these before they were split."""
    kin, n_known = set(ids), 0
    while len(kin) > n_known:
        n_known = len(kin)
        kin |= {id_ for pair in splits if kin & set(pair) for id_ in pair}
    return kin - set(ids)


def _group_gone(
    gone: Sequence[Row[Any]], encoder: Encoder, night: Night
) -> dict[str, list[BufferedItem]]:
    groups: dict[str, list[BufferedItem]] = defaultdict(list)
    for row, entry in zip(gone, _encode(gone, encoder, night), strict=True):
        groups[row.theme_id].append(entry)
    return groups


def _group_moves(
    gone: Sequence[Row[Any]], moved: Sequence[Member], encoder: Encoder, night: Night
) -> dict[tuple[str, str], list[BufferedItem]]:
    """Moved mentions by the theme that counts them and the one that they are in."""
    groups: dict[tuple[str, str], list[BufferedItem]] = defaultdict(list)
    all_moved: list[Member | Row[Any]] = [*moved, *(row for row in gone if row.counted_in)]
    for row, entry in zip(all_moved, _encode(all_moved, encoder, night), strict=True):
        groups[row.counted_in, row.theme_id].append(entry)
    return groups


def _read_others(
    conn: Connection, theme_id: str, encoder: Encoder, night: Night
) -> list[BufferedItem]:
    """Some mentions that a theme keeps."""
    members = list_members(conn, theme_id, limit=N_OTHERS)
    return _encode([m for m in members if m.counted_in == theme_id], encoder, night)


def _encode(
    rows: Iterable[Member | Row[Any]], encoder: Encoder, night: Night
) -> list[BufferedItem]:
    """Mentions with their vectors."""
    listed = list(rows)
    vectors = encoder.encode([row.text for row in listed])
    return [
        BufferedItem(ThemeItem(row.id, row.text, row.kind, row.type), vector, night.day)
        for row, vector in zip(listed, vectors, strict=True)
    ]
