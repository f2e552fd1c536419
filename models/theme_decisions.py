"""People's changes of themes in the store: who decides what, in one transaction each.

A decision holds at once: readers lay it over the published night. The numbers of a theme (weight,
centroid, words, examples) belong to the night alone; those of a split follow on the next one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection

from core.errors import Mismatch, NotFound
from core.store.theme_members import Member, count_members, move_members, read_members
from core.store.theme_proposals import decide_proposal
from core.store.themes import (
    add_lineage,
    next_position,
    raise_version,
    read_lineage,
    read_theme,
    save_decided,
    save_themes,
)
from core.vocabulary import ProposalAction, ProposalStatus
from models.registry import find_home
from models.theme_changes import (
    Change,
    get_open,
    hide_theme,
    merge_themes,
    rename_theme,
    show_theme,
    split_theme,
)
from models.theme_parts import name_part
from models.theme_rows import read_lineage_row, read_registry, write_lineage_rows, write_theme_row
from models.theme_state import LineageEntry, RegistryState, ThemeItem
from models.theme_undo import find_last, undo


@dataclass(frozen=True, slots=True)
class Decision:
    """Who decides, when (the night is its day, or that of the run) and why."""

    by: str
    now: datetime
    night: date
    reason: str = ""

    @property
    def told(self) -> dict[str, Any]:
        """As lineage tells it."""
        return {"night": self.night, "by": self.by, "reason": self.reason}

    @property
    def signed(self) -> dict[str, Any]:
        """As a proposal keeps it."""
        return {"now": self.now, "by": self.by, "reason": self.reason}


def rename(conn: Connection, theme_id: str, label: str, decision: Decision) -> None:
    """Gives a theme a label that nothing automatic changes again."""
    state = _open(conn)
    save_change(conn, state, rename_theme(state, theme_id, label, **decision.told))


def hide(conn: Connection, theme_id: str, decision: Decision) -> None:
    """Takes a theme out of sight."""
    state = _open(conn)
    save_change(conn, state, hide_theme(state, theme_id, **decision.told))


def show(conn: Connection, theme_id: str, decision: Decision) -> None:
    """Brings a hidden theme into sight again."""
    state = _open(conn)
    save_change(conn, state, show_theme(state, theme_id, **decision.told))


def merge(conn: Connection, theme_id: str, into: str, decision: Decision) -> None:
    """Makes a theme a part of another; its id leads there from now on."""
    state = _open(conn)
    save_change(conn, state, merge_themes(state, theme_id, into, **decision.told))


def split(
    conn: Connection, theme_id: str, parts: Sequence[Sequence[str]], decision: Decision
) -> list[str]:
    """Gives each list of mentions of a theme a theme of its own; returns their ids, in that order.

    Raises:
        Mismatch: a mention is named twice or is not in the theme, or nothing would be left in it.
    """
    state = _open(conn)
    get_open(state, theme_id)
    ids = [id_ for part in parts for id_ in part]
    found = {member.id: member for member in read_members(conn, ids)}
    family = _find_family(state, theme_id)
    strangers = [id_ for id_ in ids if id_ not in found or found[id_].theme_id not in family]
    if strangers or len(set(ids)) < len(ids):
        raise Mismatch(f"not once in theme {theme_id}: {', '.join(strangers[:3] or ids[:3])}")
    if len(ids) >= count_members(conn, family):
        raise Mismatch(f"theme {theme_id} cannot give all of its mentions away")
    return [_split_off(conn, theme_id, [found[id_] for id_ in part], decision) for part in parts]


def undo_change(
    conn: Connection, theme_id: str, decision: Decision, entry_id: str | None = None
) -> LineageEntry:
    """Takes back a change of a theme, the last that stands unless one is named; returns it.

    Raises:
        NotFound: there is no such theme, or it has no such entry.
        Conflict: the change no longer stands, or cannot be undone.
    """
    state = _open(conn)
    read_theme(conn, theme_id)
    entries = [read_lineage_row(row) for row in read_lineage(conn, theme_id)]
    if entry_id is None:
        entry = find_last(state, entries)
    else:
        entry = _find_entry(entries, theme_id, entry_id)
    save_change(conn, state, undo(state, entry, **decision.told))
    return entry


def accept(conn: Connection, proposal_id: str, decision: Decision) -> list[str]:
    """Does what is proposed; returns the ids of the themes that it made or changed.

    Raises:
        NotFound: there is no such proposal.
        Conflict: it was decided already, has expired, or its themes have changed.
    """
    raise_version(conn)
    proposal = decide_proposal(conn, proposal_id, ProposalStatus.ACCEPTED, **decision.signed)
    if proposal.action == ProposalAction.MERGE:
        merge(conn, proposal.theme_id, str(proposal.other_id), decision)
        return [str(proposal.other_id)]
    left = {member.id for member in read_members(conn, (i for g in proposal.groups for i in g))}
    parts = [[id_ for id_ in group if id_ in left] for group in proposal.groups[1:]]
    return split(conn, proposal.theme_id, [part for part in parts if part], decision)


def decline(conn: Connection, proposal_id: str, decision: Decision) -> None:
    """Turns a proposal down until much more speaks for it.

    Raises:
        NotFound: there is no such proposal.
        Conflict: it was decided already, or has expired.
    """
    raise_version(conn)
    decide_proposal(conn, proposal_id, ProposalStatus.DECLINED, **decision.signed)


def save_change(
    conn: Connection, before: RegistryState, change: Change, *, encoder: str = ""
) -> None:
    """Writes what a change decided and its lineage; new themes come from `encoder`."""
    after = change.state.themes
    new = [theme for id_, theme in after.items() if id_ not in before.themes]
    save_themes(conn, [write_theme_row(theme, encoder) for theme in new])
    known = [theme for id_, theme in after.items() if id_ in before.themes]
    changed = [theme for theme in known if theme is not before.themes[theme.id]]
    save_decided(conn, [write_theme_row(theme, encoder) for theme in changed])
    if change.lineage:
        first = next_position(conn, change.lineage[0].night)
        add_lineage(conn, write_lineage_rows(change.lineage, first=first))


def _open(conn: Connection) -> RegistryState:
    """The registry, kept from being changed by others until the transaction ends."""
    raise_version(conn)
    return read_registry(conn)


def _split_off(
    conn: Connection, theme_id: str, members: Sequence[Member], decision: Decision
) -> str:
    """One part; returns its id."""
    state = read_registry(conn)
    theme = get_open(state, theme_id)
    items = [ThemeItem(member.id, member.text, member.kind, member.type) for member in members]
    label = name_part(state, theme, items)
    n_members = count_members(conn, _find_family(state, theme_id))
    change = split_theme(state, theme_id, items, label, n_members=n_members, **decision.told)
    save_change(conn, state, change, encoder=read_theme(conn, theme_id).encoder)
    part: str = change.lineage[0].details["into"]
    move_members(conn, members, part)
    return part


def _find_family(state: RegistryState, theme_id: str) -> list[str]:
    """The ids of a theme and of all that were merged into it."""
    return [id_ for id_ in state.themes if find_home(state.themes, id_) == theme_id]


def _find_entry(entries: Iterable[LineageEntry], theme_id: str, entry_id: str) -> LineageEntry:
    for entry in entries:
        if entry.id == entry_id:
            return entry
    raise NotFound(f"theme {theme_id} has no entry {entry_id}")
