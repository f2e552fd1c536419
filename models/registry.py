"""The theme registry: `run_night` takes a night's mentions in and keeps every theme its identity.

The life of a theme: mentions join the nearest theme of their kind and type when they are near
enough, else they wait. What waits is searched for new groups; a group with enough mentions from
enough conversations and accounts is born as a theme. A theme long unseen retires, and revives when
it is seen again. Everything depends on the set of mentions, never on their order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from core.vocabulary import LineageEvent
from models.theme_grouping import absorb, group_first, group_rest, is_enough, join_nearest
from models.theme_likeness import widen
from models.theme_members import add_members, found_theme
from models.theme_naming import name_themes
from models.theme_state import (
    BufferedItem,
    LineageEntry,
    NightResult,
    RegistryState,
    Scope,
    Space,
    Theme,
    ThemeItem,
    ThemeSettings,
    ThemeStatus,
)


@dataclass(frozen=True, slots=True, eq=False)
class _ScopeNight:
    """A night in one scope: the themes it touched, who joined which, the space after it."""

    touched: Mapping[str, Theme]
    joined: Mapping[str, str]
    space: Space


def run_night(
    state: RegistryState,
    items: Sequence[ThemeItem],
    vectors: NDArray[np.float32],
    *,
    night: date,
    settings: ThemeSettings | None = None,
) -> NightResult:
    """The registry after `night`, given `items` with unit `vectors` `(n, d)` and all that waited.

    An item that waits already is not taken twice. Items that have a theme must not be given again:
    the registry does not remember them.
    """
    settings = settings or ThemeSettings()
    waiting = gather_waiting(state, items, vectors, night)
    taken = {theme.label.casefold() for theme in state.themes.values()}
    scopes = {
        scope: _run_scope(state, members, taken, night, settings)
        for scope, members in _by_scope(waiting).items()
    }
    joined = {item: theme for scope in scopes.values() for item, theme in scope.joined.items()}
    touched = {id_: theme for scope in scopes.values() for id_, theme in scope.touched.items()}
    born = touched.keys() - state.themes.keys()
    themes, lineage = _close_night({**state.themes, **touched}, touched, born, night, settings)
    after = replace(
        state,
        themes=themes,
        buffer=_keep_waiting(waiting, joined, night, settings),
        spaces={**state.spaces, **{key: scope.space for key, scope in scopes.items()}},
    )
    assignments = {entry.item.id: joined.get(entry.item.id) for entry in waiting}
    return NightResult(after, assignments, lineage)


def resolve(state: RegistryState, theme_id: str) -> str | None:
    """The id under which a theme lives on after merges; None for an id that never was."""
    return find_home(state.themes, theme_id) if theme_id in state.themes else None


def find_home(themes: Mapping[str, Theme], theme_id: str) -> str:
    """The end of a theme's chain of merges."""
    while (into := themes[theme_id].into) is not None:
        theme_id = into
    return theme_id


def gather_waiting(
    state: RegistryState, items: Sequence[ThemeItem], vectors: NDArray[np.float32], night: date
) -> list[BufferedItem]:
    """All that waits tonight, the buffer and the new, each id once, in the order of ids."""
    waiting = {entry.item.id: entry for entry in state.buffer}
    for row in sorted(range(len(items)), key=lambda row: (items[row].id, items[row].text)):
        vector = np.asarray(vectors[row], dtype=np.float32)
        waiting.setdefault(items[row].id, BufferedItem(items[row], vector, night))
    return [waiting[item] for item in sorted(waiting)]


def _by_scope(waiting: Iterable[BufferedItem]) -> dict[Scope, list[BufferedItem]]:
    """The waiting mentions of each kind and type."""
    scopes: dict[Scope, list[BufferedItem]] = defaultdict(list)
    for entry in waiting:
        scopes[entry.item.scope].append(entry)
    return dict(sorted(scopes.items()))


def _run_scope(
    state: RegistryState,
    waiting: Sequence[BufferedItem],
    taken: set[str],
    night: date,
    settings: ThemeSettings,
) -> _ScopeNight:
    """One scope's night; `taken` holds the labels in use and gets the new ones."""
    scope = waiting[0].item.scope
    themes = {id_: theme for id_, theme in state.themes.items() if theme.scope == scope}
    known = {entry.item.id for entry in state.buffer}
    space = widen(_get_space(state, scope, waiting, settings), _without(waiting, known))
    # 1. What is like a known theme joins it.
    joined = join_nearest(themes, waiting, space, settings)
    # 2. Groups among the rest are parts of a known theme, or themes to be born.
    rest = _without(waiting, joined)
    if len(rest) >= max(settings.backlog_size, sum(theme.weight for theme in themes.values())):
        groups, space = group_first(rest, space, settings)
    else:
        bunches = group_rest(rest, space, settings)
        joined |= absorb(themes, bunches, space, settings)
        groups = [group for group in bunches if not _ids(group) <= {*known, *joined}]
    founders = [group for group in groups if is_enough(group, settings)]
    born = {theme.id: theme for theme in (found_theme(group, night) for group in founders)}
    founding = {e.item.id: id_ for id_, group in zip(born, founders, strict=True) for e in group}
    # 3. What is like the newborn joins them.
    joined |= join_nearest(born, _without(rest, {*founding, *joined}), space, settings)
    touched = {**born, **_grow({**themes, **born}, waiting, joined, night)}
    named = name_themes(touched.values(), {**themes, **touched}, taken)
    return _ScopeNight({theme.id: theme for theme in named}, {**joined, **founding}, space)


def _get_space(
    state: RegistryState, scope: Scope, waiting: Sequence[BufferedItem], settings: ThemeSettings
) -> Space:
    """The scope's space, or an empty one."""
    empty = Space(np.zeros(len(waiting[0].vector)), 0, settings.cohesion)
    return state.spaces.get(scope, empty)


def _grow(
    themes: Mapping[str, Theme],
    waiting: Sequence[BufferedItem],
    joined: Mapping[str, str],
    night: date,
) -> dict[str, Theme]:
    """The themes that somebody joined, with their new members."""
    members: dict[str, list[BufferedItem]] = defaultdict(list)
    for entry in waiting:
        if entry.item.id in joined:
            members[joined[entry.item.id]].append(entry)
    return {id_: add_members(themes[id_], group, night) for id_, group in sorted(members.items())}


def _keep_waiting(
    waiting: Iterable[BufferedItem],
    joined: Collection[str],
    night: date,
    settings: ThemeSettings,
) -> tuple[BufferedItem, ...]:
    """The mentions that found no theme and have not waited too long."""
    return tuple(
        entry
        for entry in waiting
        if entry.item.id not in joined and (night - entry.since).days < settings.buffer_nights
    )


def _close_night(
    themes: Mapping[str, Theme],
    touched: Collection[str],
    born: Collection[str],
    night: date,
    settings: ThemeSettings,
) -> tuple[dict[str, Theme], tuple[LineageEntry, ...]]:
    """The themes with their status renewed, and the night's lineage, both in the order of ids."""
    after = _pass_on_sightings(dict(sorted(themes.items())), touched, night)
    seen = {*touched, *(find_home(after, id_) for id_ in touched)}
    lineage = []
    for id_, theme in after.items():
        event = _find_event(theme, id_ in seen, night, settings)
        if id_ in born:
            event = LineageEvent.BORN, f"{theme.weight} mentions that fit no theme are alike"
        if event is not None:
            after[id_] = replace(theme, status=_STATUS_AFTER[event[0]])
            lineage.append(LineageEntry(id_, event[0], night, event[1]))
    return after, tuple(lineage)


def _pass_on_sightings(
    themes: dict[str, Theme], touched: Collection[str], night: date
) -> dict[str, Theme]:
    """The themes, those seen tonight through a theme that was merged into them marked as seen."""
    for id_ in touched:
        home = find_home(themes, id_)
        if home != id_:
            last_seen = max(themes[home].last_seen, night)
            themes[home] = replace(themes[home], last_seen=last_seen)
    return themes


_STATUS_AFTER = {
    LineageEvent.BORN: ThemeStatus.ACTIVE,
    LineageEvent.REVIVED: ThemeStatus.ACTIVE,
    LineageEvent.RETIRED: ThemeStatus.RETIRED,
}


def _find_event(
    theme: Theme, is_touched: bool, night: date, settings: ThemeSettings
) -> tuple[LineageEvent, str] | None:
    """What the night did to the theme itself, and why."""
    if is_touched and theme.status is ThemeStatus.RETIRED:
        return LineageEvent.REVIVED, "mentioned again"
    unseen = (night - theme.last_seen).days
    if theme.status is ThemeStatus.ACTIVE and unseen >= settings.retire_nights:
        return LineageEvent.RETIRED, f"not mentioned for {unseen} nights"
    return None


def _without(entries: Iterable[BufferedItem], ids: Collection[str]) -> list[BufferedItem]:
    """The entries whose items are not among `ids`."""
    return [entry for entry in entries if entry.item.id not in ids]


def _ids(entries: Iterable[BufferedItem]) -> set[str]:
    """The ids of the entries' items."""
    return {entry.item.id for entry in entries}
