"""Merges and splits that people may want: `propose_merges` and `propose_split`, with evidence.

Both look at one figure: how like the mentions of two groups are, as a share of how like mentions of
one group are to each other (`Likeness.between`). Two themes that are nearly as like as one might be
one; two groups within a theme that have little in common might be two. What people put together or
took apart is never proposed the other way round.

Measured on CLINC150 and banking77 (`benchmarks/theme_proposals.py`): of 227 groups 11 fall into two
halves that are no more alike than 0.3, and none at -0.1; of 227 pairs of groups picked at random it
is 214 and 76. Of 27 pairs of themes from 0.75 on, 9 are one group; none reaches 0.95.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import linkage

from core.vocabulary import ProposalAction, make_id
from models.discovery import cut_tree, refine, unit
from models.registry import find_home
from models.theme_grouping import is_enough
from models.theme_likeness import Likeness, find_centre, stack
from models.theme_members import found_theme
from models.theme_state import (
    BufferedItem,
    RegistryState,
    Scope,
    Space,
    Theme,
    ThemeSettings,
    ThemeStatus,
)

MERGE_FROM = 0.75  # likeness from which two themes are proposed as one
SPLIT_UP_TO = 0.3  # likeness up to which two groups are proposed as two themes
N_WORDS = 8
REOPENED_BY_LIKENESS = 0.1
REOPENED_BY_GROWTH = 2.0
GROWTH_EXAMINED = 1.5


@dataclass(frozen=True, slots=True)
class Proposal:
    """A merge of `theme` into `other`, or a split of `theme`, with what speaks for it.

    `likeness` is that of the two groups (of the least alike, for a split), `n_mentions` how many
    they hold. `groups` are ids of mentions: the examples of each theme, or the groups within, the
    largest first. `words` are shared by the two themes.
    """

    id: str
    action: ProposalAction
    theme: str
    other: str | None
    likeness: float
    n_mentions: int
    groups: tuple[tuple[str, ...], ...]
    words: tuple[str, ...] = ()


def propose_merges(state: RegistryState, apart: Iterable[tuple[str, str]]) -> list[Proposal]:
    """Pairs of themes in sight that might be one, the most alike first.

    `apart`: ids of themes that somebody took apart. Takes time by the number of themes alone.
    """
    kept = {frozenset(find_home(state.themes, id_) for id_ in pair) for pair in apart}
    found: list[Proposal] = []
    for scope, themes in _in_sight(state).items():
        between = Likeness(themes, state.spaces[scope]).between()
        rows, columns = np.nonzero(np.triu(between >= MERGE_FROM, 1))
        for a, b in zip(rows.tolist(), columns.tolist(), strict=True):
            if frozenset((themes[a].id, themes[b].id)) not in kept:
                found.append(_describe_merge(themes[a], themes[b], float(between[a, b])))
    return sorted(found, key=lambda proposal: (-proposal.likeness, proposal.id))


def pick_suspects(
    state: RegistryState, touched: Collection[str], examined: Mapping[str, int], *, most: int
) -> list[str]:
    """Ids of the themes in sight, of those `touched` tonight, that are worth to be examined for a
    split: grown by half since they were `examined` (id -> their size then), the loosest first."""
    loose: list[tuple[float, str]] = []
    for scope, themes in _in_sight(state).items():
        grown = [
            theme
            for theme in themes
            if theme.id in touched
            and theme.weight >= max(2, GROWTH_EXAMINED * examined.get(theme.id, 0))
        ]
        if grown:
            tight = Likeness(grown, state.spaces[scope]).measured
            loose += [(round(float(x), 6), t.id) for x, t in zip(tight, grown, strict=True)]
    return [id_ for _, id_ in sorted(loose)[:most]]


def propose_split(
    theme: Theme, members: Sequence[BufferedItem], space: Space, settings: ThemeSettings
) -> Proposal | None:
    """The groups within a theme, each enough for a theme of its own, that have little in common;
    None where it is of one piece. `members`: a sample, in the order of their ids."""
    groups = sorted(_part(members, space, settings), key=lambda g: (-len(g), g[0].item.id))
    if len(groups) < 2:
        return None
    between = _compare(groups, space)
    return Proposal(
        id=make_id("prp", ProposalAction.SPLIT, theme.id),
        action=ProposalAction.SPLIT,
        theme=theme.id,
        other=None,
        likeness=round(float(between[np.triu_indices(len(groups), 1)].max()), 4),
        n_mentions=theme.weight,
        groups=tuple(_rank(group) for group in groups),
    )


def is_sure(proposal: Proposal, *, merge_from: float, split_up_to: float) -> bool:
    """Whether the evidence is above the threshold at which nobody is asked; a split that shows a
    sample of the theme alone is not."""
    if proposal.action is ProposalAction.MERGE:
        return proposal.likeness >= merge_from
    is_whole = sum(map(len, proposal.groups)) >= proposal.n_mentions
    return is_whole and proposal.likeness <= split_up_to


def is_changed_much(
    action: ProposalAction, before: tuple[float, int], now: tuple[float, int]
) -> bool:
    """Whether a proposal that was declined may come back: its likeness speaks much more clearly
    now, or it is about twice as many mentions; both are given as (likeness, mentions)."""
    gain = now[0] - before[0] if action is ProposalAction.MERGE else before[0] - now[0]
    is_grown = now[1] >= REOPENED_BY_GROWTH * before[1]
    return is_grown or round(gain, 6) >= REOPENED_BY_LIKENESS


def _in_sight(state: RegistryState) -> dict[Scope, list[Theme]]:
    """The active themes of each kind and type, in the order of ids."""
    scopes: dict[Scope, list[Theme]] = {}
    for _, theme in sorted(state.themes.items()):
        if theme.status is ThemeStatus.ACTIVE and theme.weight and theme.scope in state.spaces:
            scopes.setdefault(theme.scope, []).append(theme)
    return dict(sorted(scopes.items()))


def _describe_merge(a: Theme, b: Theme, likeness: float) -> Proposal:
    """The merge of the smaller (else the younger) theme into the other."""
    into, source = sorted((a, b), key=lambda theme: (-theme.weight, theme.born, theme.id))
    shared = sorted(
        source.words.keys() & into.words.keys(),
        key=lambda word: (-min(source.words[word], into.words[word]), word),
    )
    return Proposal(
        id=make_id("prp", ProposalAction.MERGE, *sorted((a.id, b.id))),
        action=ProposalAction.MERGE,
        theme=source.id,
        other=into.id,
        likeness=round(likeness, 4),
        n_mentions=source.weight + into.weight,
        groups=tuple(tuple(e.id for e in theme.examples) for theme in (source, into)),
        words=tuple(shared[:N_WORDS]),
    )


def _part(
    members: Sequence[BufferedItem], space: Space, settings: ThemeSettings
) -> Iterator[Sequence[BufferedItem]]:
    """The members cut in two, and each part again, as long as both parts can stand alone."""
    parts = cut_in_two(members, space) if len(members) >= 2 * settings.min_mentions else []
    can_stand = len(parts) == 2 and all(is_enough(part, settings) for part in parts)
    if not can_stand or float(_compare(parts, space)[0, 1]) > SPLIT_UP_TO:
        yield members
        return
    for part in parts:
        yield from _part(part, space, settings)


def cut_in_two(members: Sequence[BufferedItem], space: Space) -> list[list[BufferedItem]]:
    """The members in the two groups that differ most, by Ward's linkage."""
    rows = unit(np.asarray(stack(members) - find_centre(space), dtype=np.float64))
    sides = refine(rows.astype(np.float32), cut_tree(linkage(rows, "ward"), 2))
    return [
        [entry for entry, side in zip(members, sides.tolist(), strict=True) if side == wanted]
        for wanted in np.unique(sides).tolist()
    ]


def _rank(group: Sequence[BufferedItem]) -> tuple[str, ...]:
    """The ids of a group's members, those nearest to its centre first."""
    rows = stack(group)
    nearness = np.round(rows @ rows.sum(axis=0), 4)
    order = sorted(zip(-nearness, group, strict=True), key=lambda pair: (pair[0], pair[1].item.id))
    return tuple(entry.item.id for _, entry in order)


def _compare(groups: Sequence[Sequence[BufferedItem]], space: Space) -> NDArray[np.float64]:
    """How like the members of groups are to those of others, as a share of their cohesion."""
    return Likeness([found_theme(group, group[0].since) for group in groups], space).between()
