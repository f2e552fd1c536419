"""How like a mention is to a theme: `Likeness` of vectors to the themes of one scope.

Likeness is the inner product after the scope's mean is subtracted on both sides: what everybody
says counts for nothing. A mention's likeness to a theme is its mean likeness to the members, so a
theme of three and a theme of three thousand are measured alike.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from models.theme_state import BufferedItem, Scope, Space, Theme

PRIOR_MENTIONS = 50  # a mean of few mentions would take their own meaning away
PRIOR_PAIRS = 10  # a theme of few members is thought as cohesive as usual


def stack(entries: Sequence[BufferedItem]) -> NDArray[np.float32]:
    """The vectors of the entries, shape `(n, d)`."""
    return np.stack([entry.vector for entry in entries])


def widen(space: Space, entries: Sequence[BufferedItem]) -> Space:
    """The space with `entries`, in their order, counted into its mean."""
    if not entries:
        return space
    total = space.total + stack(entries).sum(axis=0, dtype=np.float64)
    return Space(total, space.count + len(entries), space.cohesion)


def narrow(space: Space, scope: Scope, erased: Sequence[BufferedItem]) -> Space:
    """The space of `scope` without those of the erased entries that belong to it."""
    own = [entry for entry in erased if entry.item.scope == scope]
    if not own:
        return space
    total = space.total - stack(own).sum(axis=0, dtype=np.float64)
    return Space(total, max(space.count - len(own), 0), space.cohesion)


def find_centre(space: Space) -> NDArray[np.float64]:
    """The direction and strength `(d,)` of what all mentions share."""
    return space.total / (space.count + PRIOR_MENTIONS)


class Likeness:
    """Vectors against the themes of one scope.

    ==================  =================================================================
    `.of(vectors)`      likeness `(n, n_themes)` of unit vectors to the themes
    `.cohesions`        `(n_themes,)`: mean likeness of members among themselves
    `.measured`         `(n_themes,)`: the same, where it is below the usual cohesion too
    `.between()`        `(n_themes, n_themes)`: of two themes' members, as a share of cohesion
    ==================  =================================================================

    The cohesion of a small theme leans on the usual one. None is below the usual one: loose groups
    are mostly noise.
    """

    def __init__(self, themes: Sequence[Theme], space: Space) -> None:
        centre = find_centre(space)
        between, deviations, weights = _compare_members(themes, centre)
        pairs = weights * (weights - 1)
        measured = (between + PRIOR_PAIRS * space.cohesion) / (pairs + PRIOR_PAIRS)
        self.measured = measured
        self.cohesions = np.maximum(measured, space.cohesion)
        self._centre = centre
        self._means = deviations / weights[:, None]

    def of(self, vectors: NDArray[np.float32]) -> NDArray[np.float64]:
        """Likeness `(n, n_themes)` of unit vectors `(n, d)` to the themes."""
        return np.asarray((vectors - self._centre) @ self._means.T, dtype=np.float64)

    def between(self) -> NDArray[np.float64]:
        """Mean likeness of the members of two themes `(n_themes, n_themes)`, as a share of the
        cohesion of both: 1 where a theme's members are as like the other's as each other."""
        cohesion = np.sqrt(np.outer(self.cohesions, self.cohesions))
        return np.asarray(self._means @ self._means.T / cohesion, dtype=np.float64)


def measure_cohesion(themes: Sequence[Theme], space: Space) -> float:
    """Mean likeness of two members of one theme, each theme counted by its members; 0 without."""
    pairs = [theme for theme in themes if theme.weight > 1]
    if not pairs:
        return 0.0
    between, _, weights = _compare_members(pairs, find_centre(space))
    return float(np.average(between / (weights * (weights - 1)), weights=weights))


def _compare_members(
    themes: Sequence[Theme], centre: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Of each theme the likeness summed over all pairs of members `(n_themes,)`, what the members
    deviate from the centre in all `(n_themes, d)`, and their number `(n_themes,)`."""
    weights = np.array([theme.weight for theme in themes], dtype=np.float64)
    totals = np.stack([theme.total for theme in themes])
    deviations = totals - weights[:, None] * centre
    # |x - c|^2 summed over members: the likeness of each to itself, which doesn't count.
    selves = weights * (1 + centre @ centre) - 2 * totals @ centre
    return np.einsum("ij,ij->i", deviations, deviations) - selves, deviations, weights


def likeness_to_others(entries: Sequence[BufferedItem], space: Space) -> NDArray[np.float64]:
    """Each member's mean likeness `(n,)` to the other members; 0 for one alone."""
    if len(entries) < 2:
        return np.zeros(len(entries))
    rows = stack(entries) - find_centre(space)
    own = np.einsum("ij,ij->i", rows, rows)
    return np.asarray((rows @ rows.sum(axis=0) - own) / (len(rows) - 1), dtype=np.float64)
