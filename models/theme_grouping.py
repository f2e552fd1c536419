"""Which mentions belong together: with a known theme (`join_nearest`, `absorb`) or with each other.

All functions work on the mentions of one scope, in the order of their ids.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from models.discovery import group_backlog, group_novelties
from models.theme_likeness import Likeness, find_centre, likeness_to_others, stack
from models.theme_state import BufferedItem, Space, Theme, ThemeSettings

CHUNK_ROWS = 4_096
LEAST_USUAL = 0.15  # below it a backlog has no groups to learn the usual cohesion from


def join_nearest(
    themes: Mapping[str, Theme],
    waiting: Sequence[BufferedItem],
    space: Space,
    settings: ThemeSettings,
) -> dict[str, str]:
    """The theme that each mention is most like, where it is like enough; both by id."""
    living = [themes[id_] for id_ in sorted(themes) if themes[id_].weight]
    if not living or not waiting:
        return {}
    likeness = Likeness(living, space)
    joined: dict[str, str] = {}
    for start in range(0, len(waiting), CHUNK_ROWS):
        part = waiting[start : start + CHUNK_ROWS]
        values = likeness.of(stack(part))
        best = values.argmax(axis=1)
        is_like = values.max(axis=1) >= settings.join * likeness.cohesions[best]
        joined |= {part[r].item.id: living[best[r]].id for r in np.flatnonzero(is_like).tolist()}
    return joined


def group_first(
    rest: Sequence[BufferedItem], space: Space, settings: ThemeSettings
) -> tuple[list[list[BufferedItem]], Space]:
    """The groups of a backlog without their misfits, and the space with their usual cohesion."""
    groups = split_groups(rest, group_backlog(stack(rest)))
    likeness = [likeness_to_others(group, space) for group in groups]
    usual = float(np.average([x.mean() for x in likeness], weights=[len(x) for x in likeness]))
    space = replace(space, cohesion=min(settings.cohesion, max(usual, LEAST_USUAL)))
    kept = []
    for group, values in zip(groups, likeness, strict=True):
        cohesion = max(float(values.mean()), space.cohesion)
        pairs = zip(group, values, strict=True)
        kept.append([entry for entry, value in pairs if value >= settings.join * cohesion])
    return kept, space


def group_rest(
    rest: Sequence[BufferedItem], space: Space, settings: ThemeSettings
) -> list[list[BufferedItem]]:
    """Bunches of two and more among what fits no theme."""
    if len(rest) < 2:
        return []
    rows = np.asarray(stack(rest) - find_centre(space), dtype=np.float32)
    bunches = split_groups(rest, group_novelties(rows, likeness=settings.birth * space.cohesion))
    return [bunch for bunch in bunches if len(bunch) > 1]


def absorb(
    themes: Mapping[str, Theme],
    bunches: Sequence[Sequence[BufferedItem]],
    space: Space,
    settings: ThemeSettings,
) -> dict[str, str]:
    """The members of bunches that are part of a known theme, and that theme, both by id.

    The mean of a bunch says more surely than one mention whether it is something new.
    """
    living = [themes[id_] for id_ in sorted(themes) if themes[id_].weight]
    if not living or not bunches:
        return {}
    means = np.stack([stack(bunch).mean(axis=0) for bunch in bunches])
    values = Likeness(living, space).of(means)
    is_like = values.max(axis=1) >= settings.absorb * space.cohesion
    best = values.argmax(axis=1)
    part_of = {n: living[best[n]].id for n in np.flatnonzero(is_like).tolist()}
    return {entry.item.id: theme for n, theme in part_of.items() for entry in bunches[n]}


def is_enough(members: Sequence[BufferedItem], settings: ThemeSettings) -> bool:
    """Whether so many mentions, conversations and accounts make a theme."""
    conversations = {entry.item.conversation or entry.item.id for entry in members}
    accounts = {entry.item.account or entry.item.id for entry in members}
    return (
        len(members) >= settings.min_mentions
        and len(conversations) >= settings.min_conversations
        and len(accounts) >= settings.min_accounts
    )


def split_groups(
    entries: Sequence[BufferedItem], groups: NDArray[np.intp]
) -> list[list[BufferedItem]]:
    """The entries of each group from 0 on."""
    found: dict[int, list[BufferedItem]] = defaultdict(list)
    for entry, group in zip(entries, groups.tolist(), strict=True):
        found[group].append(entry)
    return [members for group, members in sorted(found.items()) if group >= 0]
