"""What people do to themes: rename, hide, merge, split, and undo; and erasure.

Every function gives a `Change`: the next state and the lineage entries that explain it. What a
person decided holds through every later night: a merged theme keeps catching its mentions, for the
theme it was merged into; a hidden one keeps catching them out of sight; a given label stays.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from core.errors import Conflict, NotFound
from core.vocabulary import LineageEvent
from models.registry import resolve
from models.theme_likeness import narrow
from models.theme_members import found_theme, remove_members
from models.theme_naming import name_themes
from models.theme_state import (
    AUTOMATIC,
    BufferedItem,
    LineageEntry,
    RegistryState,
    Theme,
    ThemeStatus,
)


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """The state after a change, and the entries that record it."""

    state: RegistryState
    lineage: tuple[LineageEntry, ...]


def rename_theme(
    state: RegistryState, theme_id: str, label: str, *, night: date, by: str, reason: str = ""
) -> Change:
    """The theme under a label given by a person; nothing automatic changes it again.

    Raises Conflict when another theme bears the label.
    """
    theme = get_theme(state, theme_id)
    for other in state.themes.values():
        if other.id != theme.id and other.label.casefold() == label.casefold():
            raise Conflict(f"theme {other.id} is already called “{other.label}”")
    details = {"from": theme.label, "to": label, "was_pinned": str(theme.is_pinned)}
    entry = LineageEntry(theme.id, LineageEvent.RENAMED, night, reason, by, details)
    return Change(_put(state, replace(theme, label=label, is_pinned=True)), (entry,))


def hide_theme(
    state: RegistryState, theme_id: str, *, night: date, by: str, reason: str = ""
) -> Change:
    """The theme out of sight; it still catches its mentions."""
    theme = get_theme(state, theme_id)
    details = {"was": str(theme.status)}
    entry = LineageEntry(theme.id, LineageEvent.HIDDEN, night, reason, by, details)
    return Change(_put(state, replace(theme, status=ThemeStatus.HIDDEN)), (entry,))


def merge_themes(
    state: RegistryState, source: str, into: str, *, night: date, by: str, reason: str = ""
) -> Change:
    """`source` as a part of `into`: its id resolves there from now on.

    Raises Conflict when the two are one already, or of different kinds.
    """
    theme, target = get_theme(state, source), get_theme(state, into)
    if resolve(state, source) == resolve(state, into):
        raise Conflict(f"themes {source} and {into} are one already")
    if theme.kind != target.kind:
        raise Conflict(f"theme {source} is {theme.kind}, {into} is {target.kind}")
    end = resolve(state, into)
    details = {"into": str(end), "was": str(theme.status)}
    entry = LineageEntry(theme.id, LineageEvent.MERGED, night, reason, by, details)
    merged = replace(theme, status=ThemeStatus.MERGED, into=end)
    return Change(_put(state, merged), (entry,))


def split_theme(
    state: RegistryState,
    theme_id: str,
    members: Sequence[BufferedItem],
    *,
    night: date,
    by: str,
    reason: str = "",
) -> Change:
    """`members` of a theme as a new theme; the rest goes on under the old id and label.

    Raises Conflict when nothing, or all of the theme, would go.
    """
    theme = get_theme(state, theme_id)
    if not 0 < len(members) < theme.weight:
        raise Conflict(f"theme {theme_id} cannot give {len(members)} of {theme.weight} mentions")
    kept = remove_members(theme, members)
    [part] = _name([found_theme(members, night)], _put(state, kept))
    ids = " ".join(sorted(entry.item.id for entry in members))
    details = {"into": part.id, "items": ids}
    gone = LineageEntry(theme.id, LineageEvent.SPLIT, night, reason, by, details)
    born = LineageEntry(part.id, LineageEvent.BORN, night, reason, by, {"from": theme.id})
    return Change(_put(state, kept, part), (gone, born))


def undo(state: RegistryState, entry: LineageEntry, *, night: date, by: str) -> Change:
    """The state without what `entry` records; old ids resolve as they did before it.

    Raises Conflict for an event that cannot be undone, or that no longer stands.
    """
    theme = get_theme(state, entry.theme)
    reason = f"undoes {entry.event} of {entry.night.isoformat()}"
    if entry.event is LineageEvent.SPLIT:
        return merge_themes(
            state, entry.details["into"], entry.theme, night=night, by=by, reason=reason
        )
    before = _restore(theme, entry)
    event = LineageEvent.RENAMED if entry.event is LineageEvent.RENAMED else LineageEvent.REVIVED
    details = {"from": theme.label, "to": before.label, "undoes": str(entry.event)}
    return Change(_put(state, before), (LineageEntry(theme.id, event, night, reason, by, details),))


def _restore(theme: Theme, entry: LineageEntry) -> Theme:
    """The theme as it was before a rename, hide or merge that still stands."""
    details = entry.details
    if entry.event is LineageEvent.RENAMED and theme.label == details["to"]:
        return replace(theme, label=details["from"], is_pinned=details["was_pinned"] == "True")
    if entry.event is LineageEvent.HIDDEN and theme.status is ThemeStatus.HIDDEN:
        return replace(theme, status=ThemeStatus(details["was"]))
    if entry.event is LineageEvent.MERGED and theme.into == details["into"]:
        return replace(theme, status=ThemeStatus(details["was"]), into=None)
    raise Conflict(f"“{entry.event}” of theme {entry.theme} cannot be undone: it no longer stands")


def erase_items(
    state: RegistryState, gone: Mapping[str, Sequence[BufferedItem]], *, night: date
) -> Change:
    """The state without these items, given by the id of the theme that counts them.

    Items that wait are given under the empty id. Weight, centroid, words and examples follow; a
    label that only an erased item gave is replaced, a person's label stays.
    """
    erased = [entry for members in gone.values() for entry in members]
    ids = {entry.item.id for entry in erased}
    after = replace(
        state,
        buffer=tuple(entry for entry in state.buffer if entry.item.id not in ids),
        spaces={scope: narrow(space, scope, erased) for scope, space in state.spaces.items()},
    )
    lineage: list[LineageEntry] = []
    for theme_id in sorted(filter(None, gone)):
        before = get_theme(after, theme_id)
        theme = remove_members(before, gone[theme_id])
        if not theme.is_pinned and is_said_only_by(gone[theme_id], theme):
            theme = replace(theme, label="")
        [theme] = _name([theme], _put(after, theme), also_taken={before.label})
        after = _put(after, theme)
        if theme.label != before.label:
            lineage.append(_record_relabel(theme, night))
    return Change(after, tuple(lineage))


def is_said_only_by(members: Sequence[BufferedItem], theme: Theme) -> bool:
    """Whether the theme's label stands in a text of `members` and in no example that is left."""
    said = theme.label.casefold()
    texts = (_flatten(entry.item.text) for entry in members)
    left = (_flatten(example.text) for example in theme.examples)
    return any(_flatten(said) in text for text in texts) and not any(
        _flatten(said) in text for text in left
    )


def _flatten(text: str) -> str:
    """`text` without case, punctuation and line breaks, so that a label is found in its source."""
    return " ".join("".join(c if c.isalnum() else " " for c in text.casefold()).split())


def _record_relabel(theme: Theme, night: date) -> LineageEntry:
    """The entry of a label that erasure changed; it must not repeat the erased words."""
    reason = "the mention that gave the label was erased"
    return LineageEntry(
        theme.id, LineageEvent.RENAMED, night, reason, AUTOMATIC, {"to": theme.label}
    )


def get_theme(state: RegistryState, theme_id: str) -> Theme:
    """The theme itself, merged or not; raises NotFound."""
    theme = state.themes.get(theme_id)
    if theme is None:
        raise NotFound(f"no theme {theme_id}")
    return theme


def _put(state: RegistryState, *themes: Theme) -> RegistryState:
    """The state with these themes in place of their namesakes, in the order of ids."""
    after = {**state.themes, **{theme.id: theme for theme in themes}}
    return replace(state, themes=dict(sorted(after.items())))


def _name(
    themes: Sequence[Theme], state: RegistryState, *, also_taken: Collection[str] = ()
) -> list[Theme]:
    """The themes with labels where they have none, unlike all in `state` and `also_taken`."""
    taken = {theme.label.casefold() for theme in state.themes.values()}
    taken |= {label.casefold() for label in also_taken}
    scope = themes[0].scope
    everyone = {id_: theme for id_, theme in state.themes.items() if theme.scope == scope}
    return name_themes(themes, {**everyone, **{theme.id: theme for theme in themes}}, taken)
