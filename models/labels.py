"""What a theme is called: `choose_label` picks one member's statement and trims it.

The statement nearest to the theme's centre wins, after the direction that all themes share has been
projected out: that direction is what everybody says, not what this theme says.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from models.theme_words import FILLERS, FUNCTION_WORDS, TAG, content_words

MAX_LABEL_WORDS = 12
MIN_LABEL_WORDS = 2
CLAUSE_END = re.compile(r"(?<=[.!?;])\s+|\s+[-–—]+\s+|,\s+")
EDGES = " \t\n.,;:!…-–—\"“”'"
OPENERS = FILLERS | frozenset(
    ("and", "but", "or", "because", "like", "honestly", "actually", "look", "also", "plus", "then")
)
OPENING_PHRASE = re.compile(r"(?:you know|i mean|i guess|kind of|sort of)\b[,\s]*", re.IGNORECASE)


def choose_label(
    texts: Sequence[str],
    vectors: NDArray[np.float32],
    *,
    shared: NDArray[np.float64],
    weights: Mapping[str, float],
    taken: Collection[str],
) -> str | None:
    """The best label among members' texts, at most 12 words; None where no member gives one.

    Args:
        texts: the members' statements.
        vectors: their unit vectors `(n, d)`.
        shared: the direction `(d,)` that all themes of the scope share; zeros where unknown.
        weights: how distinctive each word is for this theme.
        taken: labels in use, case-folded.
    """
    names = find_names(texts)
    for row in np.argsort(-centrality(vectors, shared), kind="stable"):
        label = trim_statement(texts[row], weights)
        if label and label.casefold() not in taken and not names & set(label.split()):
            return label
    return None


def centrality(vectors: NDArray[np.float32], shared: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each row's cosine to the mean row `(n,)`, the `shared` direction projected out."""
    rest = vectors - np.outer(vectors @ shared, shared)
    rest /= np.maximum(np.linalg.norm(rest, axis=1, keepdims=True), 1e-9)
    mean = rest.mean(axis=0)
    return np.asarray(rest @ mean / max(float(np.linalg.norm(mean)), 1e-9), dtype=np.float64)


def trim_statement(text: str, weights: Mapping[str, float]) -> str | None:
    """The telling clause of `text` as a label of 2 to 12 words, or None where it has none.

    Whole if it is short; else the run of clauses with the most distinctive words.
    """
    candidates = [" ".join(words) for words in cut_runs(split_clauses(text))]
    telling = [run for run in candidates if content_words(run) and not TAG.search(run)]
    if not telling:
        return None
    best = max(telling, key=lambda run: sum(weights.get(word, 0) for word in content_words(run)))
    return polish(best)


def split_clauses(text: str) -> list[list[str]]:
    """The clauses of `text` as lists of words, without the fillers that open them."""
    split = ([w for w in clause.split() if w.strip(EDGES)] for clause in CLAUSE_END.split(text))
    clauses = (drop_openers(words) for words in split)
    return [clause for clause in clauses if clause]


def drop_openers(words: list[str]) -> list[str]:
    """`words` without fillers, conjunctions and empty phrases at the start."""
    while words and words[0].strip(",.!?…").lower() in OPENERS:
        words = words[1:]
    rest = OPENING_PHRASE.sub("", " ".join(words), count=1) if _opens_empty(words) else None
    return words if rest is None else drop_openers(rest.split())


def _opens_empty(words: Sequence[str]) -> bool:
    """Whether the words start with an empty phrase."""
    return OPENING_PHRASE.match(" ".join(words)) is not None


def cut_runs(clauses: Sequence[Sequence[str]]) -> Iterator[list[str]]:
    """Every run of neighbouring clauses, longest first, that has 2 to 12 words.

    A clause that is longer than 12 words gives its windows of 12.
    """
    for length in range(len(clauses), 0, -1):
        for start in range(len(clauses) - length + 1):
            run = [word for clause in clauses[start : start + length] for word in clause]
            if MIN_LABEL_WORDS <= len(run) <= MAX_LABEL_WORDS:
                yield run
    for clause in clauses:
        if len(clause) > MAX_LABEL_WORDS:
            yield from _windows(clause)


def _windows(words: Sequence[str]) -> Iterator[list[str]]:
    """All runs of 12 words that do not end on a word which wants another one after it."""
    for start in range(len(words) - MAX_LABEL_WORDS + 1):
        window = list(words[start : start + MAX_LABEL_WORDS])
        while len(window) > MIN_LABEL_WORDS and window[-1].lower() in FUNCTION_WORDS:
            window.pop()
        yield window


def polish(run: str) -> str:
    """`run` with a capital first letter and no punctuation around it but a question mark."""
    bare = run.strip(EDGES)
    return bare[:1].upper() + bare[1:]


def find_names(texts: Sequence[str]) -> set[str]:
    """Capitalised words inside sentences that fewer than half of the texts hold: likely names."""
    capitalised: dict[str, set[int]] = {}
    for row, text in enumerate(texts):
        for before, word in pairwise(text.split()):
            bare = word.strip(".,;:!?\"'()")
            if bare[1:2].islower() and bare[0].isupper() and before[-1:] not in ".!?:":
                capitalised.setdefault(bare, set()).add(row)
    return {word for word, rows in capitalised.items() if 2 * len(rows) < len(texts)}
