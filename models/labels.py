"""What a theme is called: `choose_label` picks one member's statement and trims it.

A statement is good when it is near the theme's centre, after the direction that all themes share
has been projected out (that direction is what everybody says, not what this theme says), holds the
words that set the theme apart, and can stand alone.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from models.label_clauses import Candidate, find_candidates
from models.names import is_person_name, is_product
from models.theme_words import TAG, content_words

TITLE_WORDS = 4  # from so many on, a text may capitalise words that are no names
SHORT_TEXT = 4  # words; where most texts are so short they are values, and one word is a label
N_TELLING = 4  # a label that holds as many of the theme's distinctive words tells all of it
TELLING = 0.35
CUT, PART, UNCLEAR, SHORT, LONG, LIST, NUMBER = 0.5, 0.1, 0.2, 0.15, 0.03, 0.1, 0.06
VALUE_WORD = 0.04
VALUE_TAIL = re.compile(r"(?:\s+(?:of|for|by|with|from|at|about|to|in|on|next))+$", re.IGNORECASE)

_MARKS = ".,;:!?…\"“”‘’'()[]"
_CENSORED = re.compile(r"(?<!\w)(?:[xX*#_]{2,}|\S*[@\[\]{}<>|_]\S*)|https?:", re.IGNORECASE)
_UNCLEAR_START = re.compile(
    r"(?:if|which|who|whose|although|though|unless|until|till|than|whether|while|whereas|since|as|to|of"
    r"|it|its|it's|it'd|it'll|this|that|that's|they|they're|they'll|these|those|he|she|he's|she's|him"
    r"|her|them)\b(?!\?$)",
    re.IGNORECASE,
)
_EMPTY = frozenset(
    """absolutely awesome believe bit correct cool course definitely dunno exactly fair fine gimme
    glad gonna good gotcha gotta great guess guy guys happy hear hold hope idea interesting
    kidding kind know maybe mean minute moment nice nope obviously perfect pretty probably
    problem second sec sense sir sorry sound sounds stuff suppose talk tell thank totally
    true understand wait wanna welcome whatever wonderful wow""".split()  # noqa: SIM905 sixty words read better so
)
_CALENDAR = frozenset(
    """monday tuesday wednesday thursday friday saturday sunday january february march april may
    june july august september october november december christmas easter thanksgiving
    halloween ramadan jan feb mar apr jun jul aug sep sept oct nov dec mon tue wed thu fri
    english german french spanish american british european""".split()  # noqa: SIM905 as above
)


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
        taken: labels in use, as `flatten` makes them.
    """
    names = find_names(texts)
    are_values = bool(np.median([len(text.split()) for text in texts]) <= SHORT_TEXT)
    found: list[tuple[float, str]] = []
    for text, nearness in zip(texts, centrality(vectors, shared).tolist(), strict=True):
        for candidate in find_candidates(text):
            label = VALUE_TAIL.sub("", candidate.text) if are_values else candidate.text
            if is_label(label, names, 1 if are_values else 2) and flatten(label) not in taken:
                score = nearness + rate(candidate, weights, is_value=are_values)
                found.append((round(score, 6), label))
    return min(found, key=lambda pair: (-pair[0], pair[1]))[1] if found else None


@lru_cache(maxsize=1 << 16)
def flatten(label: str) -> str:
    """`label` without case and punctuation: labels that differ in these alone are one."""
    return " ".join("".join(c if c.isalnum() else " " for c in label.casefold()).split())


def centrality(vectors: NDArray[np.float32], shared: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each row's cosine to the mean row `(n,)`, the `shared` direction projected out."""
    rest = vectors - np.outer(vectors @ shared, shared)
    rest /= np.maximum(np.linalg.norm(rest, axis=1, keepdims=True), 1e-9)
    mean = rest.mean(axis=0)
    return np.asarray(rest @ mean / max(float(np.linalg.norm(mean)), 1e-9), dtype=np.float64)


def is_label(text: str, names: Collection[str] = (), least: int = 2) -> bool:
    """Whether a candidate says something, has `least` words and holds neither tag nor name."""
    words = text.split()
    return (
        len(words) >= least
        and any(word not in _EMPTY for word in content_words(text))
        and not TAG.search(text)
        and not _CENSORED.search(text)
        and not any(_is_name(word, names) for word in words)
    )


def rate(candidate: Candidate, weights: Mapping[str, float], *, is_value: bool = False) -> float:
    """How well a candidate tells the theme apart, less what keeps it from standing alone."""
    n_words = len(candidate.text.split())
    most = sum(sorted(weights.values(), reverse=True)[:N_TELLING]) or 1
    telling = sum(weights.get(word, 0) for word in content_words(candidate.text))
    worth = TELLING * min(telling / most, 1) - CUT * candidate.is_cut
    if is_value:
        return worth - VALUE_WORD * n_words
    return (
        worth
        - PART * (not candidate.is_whole)
        - UNCLEAR * (_UNCLEAR_START.match(candidate.text) is not None)
        - SHORT * max(0, 4 - n_words) / 2
        - LONG * max(0, n_words - 8)
        - LIST * max(0, candidate.text.count(",") - 1)
        - NUMBER * any(character.isdigit() for character in candidate.text)
    )


def find_names(texts: Sequence[str]) -> set[str]:
    """Words, in lower case, that are capitalised inside sentences of few of the texts.

    What half of them say, and two at least, is their subject; days, months and products that we
    know are no names, and a text that capitalises most of its words tells nothing.
    """
    capitalised: set[str] = set()
    for text in texts:
        words = text.split()
        inside = [_bare(word) for before, word in pairwise(words) if before[-1:] not in ".!?:"]
        names = [word.lower() for word in inside if _is_capital(word)]
        if len(words) < TITLE_WORDS or 2 * len(names) < len(words):
            capitalised.update(names)
    held = Counter(word for text in texts for word in {_bare(w).lower() for w in text.split()})
    few = max(2, len(texts) / 2)
    return {word for word in capitalised if held[word] < few and not _is_known(word)}


def _is_name(word: str, names: Collection[str]) -> bool:
    """Whether a word, as it stands in a text, names somebody."""
    bare = _bare(word).lower()
    return bare in names or is_person_name(bare)


def _is_capital(word: str) -> bool:
    """Whether a word is written as names are: `Ada` and `McKay`, not `I`, `GDPR` or `CEOs`."""
    return word[:1].isupper() and word[1:2].islower()


def _is_known(word: str) -> bool:
    """Whether a word is written with a capital though it names nobody."""
    return word in _CALENDAR or is_product(word)


def _bare(word: str) -> str:
    """A word without marks around it and without a possessive ending."""
    return word.strip(_MARKS).removesuffix("'s").removesuffix("’s")
