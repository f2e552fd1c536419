"""What members make of a theme: `found_theme`, `add_members` and `remove_members`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import date

import numpy as np

from core.vocabulary import make_id
from models.theme_state import BufferedItem, Example, Theme
from models.theme_words import count_words, uncount_words
from models.variants import make_wording

N_EXAMPLES = 8


def found_theme(members: Sequence[BufferedItem], night: date) -> Theme:
    """A theme of these members, without a label yet; its id follows from them and the night."""
    first = members[0].item
    founders = sorted(entry.item.id for entry in members)
    empty = Theme(
        id=make_id("theme", first.kind, first.type, night.isoformat(), *founders),
        kind=first.kind,
        type=first.type,
        total=np.zeros(len(members[0].vector)),
        weight=0,
        words={},
        label="",
        keywords=(),
        examples=(),
        born=night,
        last_seen=night,
    )
    return add_members(empty, members, night)


def add_members(theme: Theme, members: Sequence[BufferedItem], night: date) -> Theme:
    """The theme with `members` more, summed in the order of their ids."""
    ordered = sorted(members, key=lambda entry: entry.item.id)
    total = theme.total + np.sum([entry.vector for entry in ordered], axis=0, dtype=np.float64)
    grown = replace(
        theme,
        total=total,
        weight=theme.weight + len(ordered),
        words=count_words((entry.item.text for entry in ordered), theme.words),
        last_seen=max(theme.last_seen, night),
    )
    more = (Example(entry.item.id, entry.item.text, entry.vector) for entry in ordered)
    return replace(grown, examples=choose_examples(grown, (*theme.examples, *more)))


def remove_members(theme: Theme, members: Sequence[BufferedItem]) -> Theme:
    """The theme without `members`: weight, centroid, words and examples follow."""
    ordered = sorted(members, key=lambda entry: entry.item.id)
    gone = {entry.item.id for entry in ordered}
    weight = max(theme.weight - len(ordered), 0)
    total = theme.total - np.sum([entry.vector for entry in ordered], axis=0, dtype=np.float64)
    return replace(
        theme,
        total=total if weight else np.zeros_like(theme.total),
        weight=weight,
        words=uncount_words((entry.item.text for entry in ordered), theme.words) if weight else {},
        examples=without(theme.examples, gone),
    )


def without(examples: Iterable[Example], ids: Collection[str]) -> tuple[Example, ...]:
    """The examples whose ids are not among `ids`."""
    return tuple(example for example in examples if example.id not in ids)


def choose_examples(theme: Theme, candidates: Sequence[Example]) -> tuple[Example, ...]:
    """The members nearest to the centroid, each wording once, nearest first."""
    centroid = theme.centroid
    cosines = np.round(np.stack([each.vector for each in candidates]) @ centroid, 6)
    ranked = sorted(zip(cosines, candidates, strict=True), key=lambda pair: (-pair[0], pair[1].id))
    wordings: dict[str, Example] = {}
    for _, example in ranked:
        wordings.setdefault(make_wording(example.text), example)
        if len(wordings) == N_EXAMPLES:
            break
    return tuple(wordings.values())
