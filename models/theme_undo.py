"""Changes of themes taken back: `undo` one, and `find_last` the one to take back first.

An undo is itself a change with its lineage, and can be undone in turn while what it did stands.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from core.errors import Conflict
from core.vocabulary import AUTOMATIC, LineageEvent
from models.registry import find_home
from models.theme_changes import (
    Change,
    check_free,
    get_theme,
    put_into,
    put_label,
    put_status,
    put_themes,
)
from models.theme_state import LineageEntry, RegistryState, Theme, ThemeStatus

REGROUPED = frozenset((LineageEvent.MERGED, LineageEvent.SPLIT))


def undo(
    state: RegistryState, entry: LineageEntry, *, night: date, by: str, reason: str = ""
) -> Change:
    """The state without what `entry` records; old ids resolve as they did before it.

    Raises Conflict for an event that cannot be undone, or that no longer stands.
    """
    theme = get_theme(state, entry.theme)
    if not is_standing(state, entry):
        raise Conflict(
            f"“{entry.event}” of theme {entry.theme} cannot be undone: it no longer stands"
        )
    told = (night, reason or f"undoes {entry.event} of {entry.night.isoformat()}", by)
    if entry.event is LineageEvent.SPLIT:
        part = state.themes[entry.details["into"]]
        home = state.themes[find_home(state.themes, theme.id)]
        return put_into(state, part, home, entry=told, undoes=entry.id)
    if entry.event is LineageEvent.MERGED:
        return _take_out(state, entry, told)
    if entry.event is LineageEvent.RENAMED:
        was_pinned, label = entry.details["was_pinned"] == "True", entry.details["from"]
        check_free(state, theme, label)
        return put_label(state, theme, label, is_pinned=was_pinned, entry=told, undoes=entry.id)
    was = ThemeStatus(entry.details["was"])
    return put_status(state, theme, was, entry=told, undoes=entry.id)


def find_last(state: RegistryState, entries: Iterable[LineageEntry]) -> LineageEntry:
    """Of a theme's `entries`, the oldest first: the last that a person would want to undo.

    What people did, and merges and splits whoever did them; undos are passed over, so that undoing
    again goes further back. Raises Conflict when nothing is left.
    """
    for entry in reversed(list(entries)):
        is_wanted = entry.by != AUTOMATIC or entry.event in REGROUPED
        if is_wanted and "undoes" not in entry.details and is_standing(state, entry):
            return entry
    raise Conflict("nothing is left to undo")


def is_standing(state: RegistryState, entry: LineageEntry) -> bool:
    """Whether what `entry` records is so now, and can be undone."""
    theme, details = get_theme(state, entry.theme), entry.details
    if entry.event is LineageEvent.RENAMED:
        return {"from", "was_pinned"} <= details.keys() and theme.label == details["to"]
    if entry.event is LineageEvent.HIDDEN:
        return theme.status is ThemeStatus.HIDDEN
    if entry.event is LineageEvent.REVIVED and details.get("was") == ThemeStatus.HIDDEN:
        return theme.status is ThemeStatus.ACTIVE
    if entry.event is LineageEvent.MERGED:
        source, target = _find_pair(state, entry)
        return source is not None and source.into == target
    if entry.event is LineageEvent.SPLIT:
        part = state.themes.get(details["into"])
        is_apart = find_home(state.themes, theme.id) != details["into"]
        return is_apart and part is not None and part.status is not ThemeStatus.MERGED
    return False


def _find_pair(state: RegistryState, entry: LineageEntry) -> tuple[Theme | None, str | None]:
    """The theme that was merged, and the id of the one that took it; either may tell of it."""
    details = entry.details
    if "into" in details:
        return state.themes.get(entry.theme), details["into"]
    return state.themes.get(details.get("took", "")), entry.theme


def _take_out(state: RegistryState, entry: LineageEntry, told: tuple[date, str, str]) -> Change:
    """A merged theme on its own again, told in the lineage of both."""
    source, target = _find_pair(state, entry)
    if source is None or target is None:
        raise Conflict(f"“{entry.event}” of theme {entry.theme} cannot be undone")
    note = {"undoes": entry.id}
    lineage = (
        LineageEntry(target, LineageEvent.SPLIT, *told, {"into": source.id, **note}),
        LineageEntry(source.id, LineageEvent.REVIVED, *told, {"from": target, **note}),
    )
    free = replace(source, status=ThemeStatus(entry.details["was"]), into=None)
    return Change(put_themes(state, free), lineage)
