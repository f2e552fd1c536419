"""The registry under another encoder: every id, label and member stays, every vector is made anew.

Vectors of two encoders never meet. A theme's sum is made of its members' texts; of a sample of
them, scaled to all, where there are many or some are not known.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from models.theme_likeness import measure_cohesion
from models.theme_state import RegistryState, Scope, Space, Theme

MOST_TEXTS = 1_000  # of one theme: the mean of more is the same within a hundredth
LEAST_COHESION, MOST_COHESION = 0.05, 0.95


class VectorSource(Protocol):
    """What turns texts into unit vectors `(n, d)`: the encoder, or a small stand-in in tests."""

    id: str

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors of the texts, in their order."""
        ...


def change_encoder(
    state: RegistryState, source: VectorSource, texts: Mapping[str, Sequence[str]]
) -> RegistryState:
    """The state with the vectors of `source`; `texts` of members by the id of their theme."""
    themes = {
        id_: encode_theme(theme, texts.get(id_, ()), source) for id_, theme in state.themes.items()
    }
    return finish_change(state, themes, source)


def encode_theme(theme: Theme, texts: Sequence[str], source: VectorSource) -> Theme:
    """The theme with sum and examples of `source`; without texts the examples stand for all."""
    examples = source.encode([example.text for example in theme.examples] or [theme.label])
    members = source.encode(texts[:MOST_TEXTS]) if texts else examples
    mean = members.mean(axis=0, dtype=np.float64)
    pairs = zip(theme.examples, examples, strict=False)
    return replace(
        theme,
        total=mean * theme.weight,
        examples=tuple(replace(example, vector=vector) for example, vector in pairs),
    )


def finish_change(
    state: RegistryState, themes: Mapping[str, Theme], source: VectorSource
) -> RegistryState:
    """The state with these themes in their new vectors, and with buffer and spaces to fit them."""
    vectors = source.encode([entry.item.text for entry in state.buffer])
    buffer = tuple(
        replace(entry, vector=vector) for entry, vector in zip(state.buffer, vectors, strict=True)
    )
    after = replace(
        state,
        encoder=source.id,
        themes=dict(themes),
        buffer=buffer,
        encoders_before=(*state.encoders_before, state.encoder),
    )
    spaces = {scope: _change_space(scope, state, after) for scope in state.spaces}
    return replace(after, spaces={scope: space for scope, space in spaces.items() if space.count})


def _change_space(scope: Scope, before: RegistryState, after: RegistryState) -> Space:
    """The scope's space: the mean of all that is known, and cohesion as likeness has changed."""
    space = before.spaces[scope]
    old, new = _of_scope(before.themes.values(), scope), _of_scope(after.themes.values(), scope)
    waiting = [entry.vector for entry in after.buffer if entry.item.scope == scope]
    n_known = sum(theme.weight for theme in new) + len(waiting)
    if not n_known:
        return replace(space, count=0)
    total = np.sum([theme.total for theme in new] + waiting, axis=0, dtype=np.float64)
    moved = replace(space, total=np.asarray(total * (space.count / n_known), np.float64))
    then, now = measure_cohesion(old, space), measure_cohesion(new, moved)
    if then <= 0 or now <= 0:
        return moved
    cohesion = float(np.clip(space.cohesion * now / then, LEAST_COHESION, MOST_COHESION))
    return replace(moved, cohesion=cohesion)


def _of_scope(themes: Iterable[Theme], scope: Scope) -> list[Theme]:
    """The themes of one scope."""
    return [theme for theme in themes if theme.scope == scope]
