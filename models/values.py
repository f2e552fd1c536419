"""Values of persona traits: the verbatim piece of the sentence that says it."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_EDGES = ' \t.,;:!?"“”()…*-–—'
_LEADING = re.compile(
    r"^(?:(?:um+|uh+|so|well|like|just|really|actually|basically|honestly|that|to|is|are|was|be)\s+)+",
    re.IGNORECASE,
)


def find_value(text: str, offsets: Sequence[tuple[int, int]], logits: NDArray[np.float32]) -> str:
    """The piece of `text` with the greatest sum of token logits `(t,)`, cut to whole words."""
    if not len(logits):
        return text.strip(_EDGES)
    first, last = _best_range(logits)
    start, end = offsets[first][0], offsets[last][1]
    while start > 0 and _is_inside_word(text, start):
        start -= 1
    while end < len(text) and _is_inside_word(text, end):
        end += 1
    return _tidy(text[start:end]) or text[start:end]


def _best_range(logits: NDArray[np.float32]) -> tuple[int, int]:
    """The first and last place of the range with the greatest sum (Kadane's algorithm)."""
    best, best_range, total, start = -np.inf, (0, 0), 0.0, 0
    for i, logit in enumerate(logits.tolist()):
        if total <= 0.0:
            total, start = 0.0, i
        total += logit
        if total > best:
            best, best_range = total, (start, i)
    return best_range


def _is_inside_word(text: str, place: int) -> bool:
    """Whether a cut before `place` would go through a word or a tag."""
    return bool(re.match(r"[\w'’\]]", text[place])) and bool(re.match(r"[\w'’\[]", text[place - 1]))


def _tidy(value: str) -> str:
    """The value without marks at its ends and without fillers before it."""
    return _LEADING.sub("", value.strip(_EDGES), count=1)
