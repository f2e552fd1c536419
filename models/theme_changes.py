"""What people do to themes: rename, hide, show, merge and split.

Every function gives a `Change`: the next state and the lineage entries that explain it. What a
person decided holds through every later night: a merged theme keeps catching its mentions, for the
theme it was merged into; a hidden one keeps catching them out of sight; a given label stays; a part
that was split off lives on under its own id. None of it needs a vector: the numbers of a split
follow on the next night (`models.theme_erasure.move_items`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import count

import numpy as np

from core.errors import Conflict, Mismatch, NotFound
from core.vocabulary import LineageEvent, make_id
from models.registry import find_home, resolve
from models.theme_naming import name_themes
from models.theme_state import LineageEntry, RegistryState, Theme, ThemeItem, ThemeStatus

MAX_LABEL_CHARS = 200  # of a label that a person gives


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """The state after a change, and the entries that record it."""

    state: RegistryState
    lineage: tuple[LineageEntry, ...]


def rename_theme(
    state: RegistryState, theme_id: str, label: str, *, night: date, by: str, reason: str = ""
) -> Change:
    """The theme under a label given by a person; nothing automatic changes it again.

    Raises Conflict when another theme bears the label, Mismatch when it is none.
    """
    theme, label = get_open(state, theme_id), " ".join(label.split())
    if not 0 < len(label) <= MAX_LABEL_CHARS:
        raise Mismatch(f"a label has 1 to {MAX_LABEL_CHARS} characters")
    check_free(state, theme, label)
    return put_label(state, theme, label, is_pinned=True, entry=(night, reason, by))


def put_label(
    state: RegistryState,
    theme: Theme,
    label: str,
    *,
    is_pinned: bool,
    entry: tuple[date, str, str],
    undoes: str | None = None,
) -> Change:
    """The theme under a label; `entry`: night, reason and by whom. An empty label is made anew."""
    after = replace(theme, label=label, is_pinned=is_pinned)
    after = after if label else name_anew([after], state)[0]
    details = {
        "from": theme.label,
        "to": after.label,
        "was_pinned": str(theme.is_pinned),
        "is_pinned": str(is_pinned),
        **({} if undoes is None else {"undoes": undoes}),
    }
    renamed = LineageEntry(theme.id, LineageEvent.RENAMED, *entry, details)
    return Change(put_themes(state, after), (renamed,))


def check_free(state: RegistryState, theme: Theme, label: str) -> None:
    """Raises Conflict when a theme that is no part of this one bears the label."""
    for other in state.themes.values():
        is_other = find_home(state.themes, other.id) != find_home(state.themes, theme.id)
        if is_other and other.label.casefold() == label.casefold():
            raise Conflict(f"theme {other.id} is already called “{other.label}”")


def hide_theme(
    state: RegistryState, theme_id: str, *, night: date, by: str, reason: str = ""
) -> Change:
    """The theme out of sight; it still catches its mentions. Raises Conflict if it is already."""
    theme = get_open(state, theme_id)
    if theme.status is ThemeStatus.HIDDEN:
        raise Conflict(f"theme {theme_id} is hidden already")
    return put_status(state, theme, ThemeStatus.HIDDEN, entry=(night, reason, by))


def show_theme(
    state: RegistryState, theme_id: str, *, night: date, by: str, reason: str = ""
) -> Change:
    """A hidden theme in sight again. Raises Conflict if it is not hidden."""
    theme = get_open(state, theme_id)
    if theme.status is not ThemeStatus.HIDDEN:
        raise Conflict(f"theme {theme_id} is not hidden")
    return put_status(state, theme, ThemeStatus.ACTIVE, entry=(night, reason, by))


def put_status(
    state: RegistryState,
    theme: Theme,
    status: ThemeStatus,
    *,
    entry: tuple[date, str, str],
    undoes: str | None = None,
) -> Change:
    """The theme hidden, or in sight again; `entry`: night, reason and by whom."""
    is_hidden = status is ThemeStatus.HIDDEN
    event = LineageEvent.HIDDEN if is_hidden else LineageEvent.REVIVED
    details = {"was": str(theme.status), **({} if undoes is None else {"undoes": undoes})}
    changed = LineageEntry(theme.id, event, *entry, details)
    return Change(put_themes(state, replace(theme, status=status)), (changed,))


def merge_themes(
    state: RegistryState, source: str, into: str, *, night: date, by: str, reason: str = ""
) -> Change:
    """`source` as a part of `into`: its id resolves there from now on.

    Raises Conflict when the two are one already, Mismatch when they differ in kind or type.
    """
    theme, target = get_theme(state, source), get_theme(state, into)
    if resolve(state, source) == resolve(state, into):
        raise Conflict(f"themes {source} and {into} are one already")
    if theme.scope != target.scope:
        kinds = [f"{each.kind} {each.type or ''}".strip() for each in (theme, target)]
        raise Mismatch(f"theme {source} is {kinds[0]}, {into} is {kinds[1]}")
    theme, target = get_open(state, source), get_open(state, into)
    return put_into(state, theme, target, entry=(night, reason, by))


def put_into(
    state: RegistryState,
    theme: Theme,
    target: Theme,
    *,
    entry: tuple[date, str, str],
    undoes: str | None = None,
) -> Change:
    """`theme` as a part of `target`, told in the lineage of both."""
    note = {"was": str(theme.status), **({} if undoes is None else {"undoes": undoes})}
    lineage = (
        LineageEntry(theme.id, LineageEvent.MERGED, *entry, {"into": target.id, **note}),
        LineageEntry(target.id, LineageEvent.MERGED, *entry, {"took": theme.id, **note}),
    )
    merged = replace(theme, status=ThemeStatus.MERGED, into=target.id)
    return Change(put_themes(state, merged), lineage)


def split_theme(
    state: RegistryState,
    theme_id: str,
    items: Sequence[ThemeItem],
    label: str,
    *,
    n_members: int,
    night: date,
    by: str,
    reason: str = "",
) -> Change:
    """`items` of the theme's `n_members` as a new theme; the rest goes on under the old id and
    label. The numbers of both follow with `models.theme_erasure.move_items`.

    Raises Mismatch when nothing, or all of the theme, would go.
    """
    theme = get_open(state, theme_id)
    if not 0 < len(items) < n_members:
        raise Mismatch(f"theme {theme_id} cannot give {len(items)} of {n_members} mentions")
    ids = sorted(item.id for item in items)
    part = replace(
        theme,
        id=_make_part_id(state, theme, ids, night),
        total=np.zeros_like(theme.total),
        weight=0,
        words={},
        label=label,
        keywords=(),
        examples=(),
        born=night,
        status=ThemeStatus.ACTIVE,
        is_pinned=False,
    )
    details = {"into": part.id, "items": " ".join(ids)}
    gone = LineageEntry(theme.id, LineageEvent.SPLIT, night, reason, by, details)
    born = LineageEntry(part.id, LineageEvent.BORN, night, reason, by, {"from": theme.id})
    return Change(put_themes(state, part), (gone, born))


def _make_part_id(state: RegistryState, theme: Theme, ids: Sequence[str], night: date) -> str:
    """An id that no theme has had: the same part may be split off, put back and split off again."""
    tries = (make_id("theme", theme.id, night.isoformat(), n, *ids) for n in count())
    return next(id_ for id_ in tries if id_ not in state.themes)


def get_theme(state: RegistryState, theme_id: str) -> Theme:
    """The theme itself, merged or not; raises NotFound."""
    theme = state.themes.get(theme_id)
    if theme is None:
        raise NotFound(f"no theme {theme_id}")
    return theme


def get_open(state: RegistryState, theme_id: str) -> Theme:
    """The theme, if it takes changes; raises NotFound, or Conflict when merged or retired."""
    theme = get_theme(state, theme_id)
    if theme.status is ThemeStatus.MERGED:
        raise Conflict(f"theme {theme_id} is a part of {resolve(state, theme_id)} now")
    if theme.status is ThemeStatus.RETIRED:
        raise Conflict(f"theme {theme_id} is retired until somebody mentions it again")
    return theme


def put_themes(state: RegistryState, *themes: Theme) -> RegistryState:
    """The state with these themes in place of their namesakes, in the order of ids."""
    after = {**state.themes, **{theme.id: theme for theme in themes}}
    return replace(state, themes=dict(sorted(after.items())))


def list_labels(state: RegistryState, but: Iterable[str] = ()) -> set[str]:
    """The labels in use, case-folded, but those of the themes of some ids."""
    left_out = set(but)
    themes = (theme for theme in state.themes.values() if theme.id not in left_out)
    return {theme.label.casefold() for theme in themes if theme.label}


def name_anew(
    themes: Sequence[Theme], state: RegistryState, *, also_taken: Collection[str] = ()
) -> list[Theme]:
    """The themes, of one scope, with labels where they have none, unlike all in `state` and
    `also_taken`, and with their keywords renewed."""
    taken = list_labels(state) | {label.casefold() for label in also_taken}
    scope = themes[0].scope
    everyone = {id_: theme for id_, theme in state.themes.items() if theme.scope == scope}
    return name_themes(themes, {**everyone, **{theme.id: theme for theme in themes}}, taken)
