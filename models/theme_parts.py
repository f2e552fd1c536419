"""A label for a part of a theme: `name_part`, from the words of its mentions alone.

A person who splits a theme sees the part at once; its vectors are made on the next night.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from models.theme_changes import list_labels
from models.theme_naming import Surroundings, name_theme
from models.theme_state import Example, RegistryState, Theme, ThemeItem
from models.theme_words import content_words, count_words, gather_background

MOST_ITEMS = 100  # as many tell what a part is about


def name_part(state: RegistryState, theme: Theme, items: Sequence[ThemeItem]) -> str:
    """What those `items` of the theme would be called as a theme of their own."""
    said = sorted(items, key=lambda item: item.id)[:MOST_ITEMS]
    vectors = _count_vectors([item.text for item in said])
    words = count_words(item.text for item in said)
    part = replace(
        theme,
        words=words,
        label="",
        examples=tuple(
            Example(item.id, item.text, vector) for item, vector in zip(said, vectors, strict=True)
        ),
    )
    around = Surroundings(gather_background([theme.words, words]), np.zeros(vectors.shape[1]))
    return name_theme(part, around, list_labels(state)).label


def _count_vectors(texts: Sequence[str]) -> NDArray[np.float32]:
    """Unit vectors `(n, n_words)` of which words each text holds."""
    told = [set(content_words(text)) for text in texts]
    words = sorted(set().union(*told)) or [""]
    rows = np.array([[word in each for word in words] for each in told], dtype=np.float32)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(lengths, 1), dtype=np.float32)
