"""Mentions that leave: `erase_items` for good, `move_items` to another theme after a split.

Weight, centroid, words, examples and keywords follow. A label that an erased mention gave is
replaced, with a lineage entry that does not repeat it; a label that a person gave stays.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from core.vocabulary import LineageEvent
from models.theme_changes import Change, get_theme, name_anew, put_themes
from models.theme_likeness import narrow
from models.theme_members import add_members, choose_examples, remove_members
from models.theme_state import BufferedItem, Example, LineageEntry, RegistryState, Theme
from models.theme_words import content_words

Groups = Mapping[str, Sequence[BufferedItem]]
"""Theme id -> members."""


def erase_items(
    state: RegistryState,
    gone: Groups,
    *,
    night: date,
    others: Groups | None = None,
    kin: Collection[str] = (),
) -> Change:
    """The state without these items, given by the id of the theme that counts them.

    Items that belong to no theme are given under the empty id. `others`: members that stay, from
    whom the examples of each theme are chosen anew. `kin`: themes that the items may have named
    before they were split off.
    """
    erased = [entry for members in gone.values() for entry in members]
    ids = {entry.item.id for entry in erased}
    after = replace(
        state,
        buffer=tuple(entry for entry in state.buffer if entry.item.id not in ids),
        spaces={scope: narrow(space, scope, erased) for scope, space in state.spaces.items()},
    )
    lineage: list[LineageEntry] = []
    for theme_id in sorted({*filter(None, gone), *kin}):
        before = theme = get_theme(after, theme_id)
        if theme_id in gone:
            theme = remove_members(before, gone[theme_id])
            theme = _refill(theme, (others or {}).get(theme_id, ()))
        if not theme.is_pinned and owes_label(theme, erased):
            theme = replace(theme, label="")
        [theme] = name_anew([theme], put_themes(after, theme), also_taken={before.label})
        after = put_themes(after, theme)
        if theme.label != before.label:
            lineage.append(_record_relabel(theme, night))
    return Change(after, tuple(lineage))


def move_items(
    state: RegistryState,
    moved: Mapping[tuple[str, str], Sequence[BufferedItem]],
    *,
    others: Groups | None = None,
) -> RegistryState:
    """The state with these items counted where they are now, given by the ids of the theme that
    counted them so far and of the one that they are in. No label changes."""
    after = state
    for (source, target), members in sorted(moved.items()):
        left = _refill(
            remove_members(get_theme(after, source), members), (others or {}).get(source, ())
        )
        after = put_themes(after, left)
        before = get_theme(after, target)
        grown = replace(add_members(before, members, before.born), last_seen=before.last_seen)
        after = put_themes(after, grown)
        after = put_themes(after, *name_anew([left, grown], after))
    return after


def owes_label(theme: Theme, erased: Sequence[BufferedItem]) -> bool:
    """Whether the theme's label comes from erased members, and nobody who is left says it."""
    left = [example.text for example in theme.examples]
    words = set(theme.words).union(*map(content_words, left))
    return any(
        is_said(theme.label, entry.item.text) and not any(is_said(theme.label, t) for t in left)
        for entry in erased
    ) or bool(_shared_words(theme.label, erased) - words)


def forget_words(entry: LineageEntry, texts: Collection[str]) -> LineageEntry:
    """The entry without labels that models took from one of the erased `texts`."""
    givers = {"from": "was_pinned", "to": "is_pinned"}
    lost = {
        name
        for name, giver in givers.items()
        if entry.details.get(giver) != "True"
        and entry.details.get(name)
        and any(is_said(entry.details[name], text) for text in texts)
    }
    if entry.event is not LineageEvent.RENAMED or not lost:
        return entry
    return replace(entry, details={**entry.details, **dict.fromkeys(sorted(lost), "")})


def is_said(label: str, text: str) -> bool:
    """Whether the words of the label stand in the text in their order: a label is a text cut."""
    said = iter(_list_words(text))
    return all(word in said for word in _list_words(label))


def _shared_words(label: str, erased: Iterable[BufferedItem]) -> set[str]:
    """The words that carry meaning in the label and in an erased text."""
    told: set[str] = set().union(*(content_words(entry.item.text) for entry in erased))
    return told & set(content_words(label))


def _list_words(text: str) -> list[str]:
    """The words of a text without case and punctuation."""
    return "".join(c if c.isalnum() else " " for c in text.casefold()).split()


def _refill(theme: Theme, others: Sequence[BufferedItem]) -> Theme:
    """The theme with its examples chosen from those that are left and some other members."""
    if not others:
        return theme
    more = {
        entry.item.id: Example(entry.item.id, entry.item.text, entry.vector) for entry in others
    }
    known = {example.id: example for example in theme.examples}
    return replace(theme, examples=choose_examples(theme, list((more | known).values())))


def _record_relabel(theme: Theme, night: date) -> LineageEntry:
    """The entry of a label that erasure changed; it must not repeat the erased words."""
    reason = "the mention that gave the label was erased"
    return LineageEntry(theme.id, LineageEvent.RENAMED, night, reason, details={"to": theme.label})
