"""Names for themes: `name_themes` labels the new and renews the keywords of all that changed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.labels import choose_label, find_names, flatten
from models.names import is_person_name
from models.theme_state import Theme
from models.theme_words import Background, distinctive_words, gather_background, weigh_words

LEAST_THEMES = 3  # with fewer, a shared direction is the themes' own


@dataclass(frozen=True, slots=True, eq=False)
class Surroundings:
    """What the themes of one scope have in common: their words and their direction `(d,)`."""

    background: Background
    shared: NDArray[np.float64]


def survey(themes: Sequence[Theme]) -> Surroundings:
    """The surroundings that `themes`, all of one scope and at least one, make."""
    mean = np.sum([theme.centroid for theme in themes], axis=0, dtype=np.float64)
    length = float(np.linalg.norm(mean))
    is_known = len(themes) >= LEAST_THEMES and length > 0
    shared = np.asarray(mean / length if is_known else np.zeros_like(mean), dtype=np.float64)
    return Surroundings(gather_background(theme.words for theme in themes), shared)


def name_themes(
    changed: Iterable[Theme], everyone: Mapping[str, Theme], taken: set[str]
) -> list[Theme]:
    """`changed` with their keywords renewed and, where they have none, a label that no other has.

    Args:
        changed: themes of one scope.
        everyone: all themes of that scope as they now are, by id.
        taken: labels in use, of any scope and status, case-folded; the new ones are added.
    """
    around = survey(list(everyone.values()))
    ordered = sorted(changed, key=lambda theme: (-theme.weight, theme.id))
    return [name_theme(theme, around, taken) for theme in ordered]


def name_theme(theme: Theme, around: Surroundings, taken: set[str]) -> Theme:
    """The theme with keywords and, unless it has one, a label; adds the label to `taken`."""
    theme = replace(theme, keywords=distinctive_words(theme.words, around.background))
    if theme.label:
        return theme
    flat = {flatten(label) for label in taken}
    label = _choose(theme, around, flat) or _fall_back(theme, flat)
    taken.add(label.casefold())
    return replace(theme, label=label)


def _choose(theme: Theme, around: Surroundings, taken: Collection[str]) -> str | None:
    """A label from the theme's examples, or None."""
    if not theme.examples:
        return None
    return choose_label(
        [example.text for example in theme.examples],
        np.stack([example.vector for example in theme.examples]),
        shared=around.shared,
        weights=weigh_words(theme.words, around.background),
        taken=taken,
    )


def _fall_back(theme: Theme, taken: Collection[str]) -> str:
    """A label from the distinctive words that name nobody or, failing these, the id."""
    names = find_names([example.text for example in theme.examples])
    words = ", ".join(w for w in theme.keywords if w not in names and not is_person_name(w))
    if words and flatten(words) not in taken:
        return words.capitalize()
    return f"{words.capitalize() or 'Theme'} ({theme.id[-6:]})"
