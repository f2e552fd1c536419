"""What the role model reads in a sentence, and between two sentences.

Words alone and in pairs, lower-cased, without what betrays the product or the recording: names,
figures, punctuation other than question marks. Topics are shared by both sides of a call; manners
of speaking are not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer

_TAG = re.compile(r"\[[A-Za-z_ 0-9]+\]")
_TOKEN = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?|\?")


def _words(line: str) -> frozenset[str]:
    """The words of a line."""
    return frozenset(line.split())


_BACKCHANNELS = _words(
    "yeah yes yep yup no nope right okay ok sure exactly correct great perfect absolutely"
    " definitely gotcha understood thanks true hmm mhm well so alright all good sounds fair"
)
N_GAP_FEATURES = 13


def read_tokens(sentence: str) -> list[str]:
    """The words and question marks of a sentence, lower-cased; tags are `xname`."""
    return _TOKEN.findall(_TAG.sub(" xname ", sentence).lower().replace("’", "'"))


def make_vectorizer(vocabulary: Mapping[str, int] | None = None) -> TfidfVectorizer:
    """The vectoriser of single words and pairs, unfitted unless it is given its vocabulary."""
    return TfidfVectorizer(
        analyzer=list_terms, vocabulary=vocabulary, min_df=2, sublinear_tf=True, dtype=np.float64
    )


def list_terms(sentence: str) -> list[str]:
    """The single words and pairs of a sentence, and how it opens."""
    tokens = read_tokens(sentence)
    pairs = [f"{first} {second}" for first, second in pairwise(tokens)]
    return [*tokens, *pairs, *(f"^{token}" for token in tokens[:1])]


def describe_gaps(sentences: Sequence[str]) -> NDArray[np.float64]:
    """Signs of a change of speaker between neighbours, shape `(len(sentences) - 1, 13)`."""
    tokens = [read_tokens(sentence) for sentence in sentences]
    rows = [
        _describe_gap(before, after, tokens[at], tokens[at + 1])
        for at, (before, after) in enumerate(pairwise(sentences))
    ]
    return np.array(rows, dtype=np.float64).reshape(len(rows), N_GAP_FEATURES)


def _describe_gap(
    before: str, after: str, tokens_before: list[str], tokens_after: list[str]
) -> list[float]:
    """The signs for one pair of neighbours."""
    n_before, n_after = len(tokens_before), len(tokens_after)
    opens = tokens_after[0] if tokens_after else ""
    asks_before, asks_after = before.endswith("?"), "?" in after
    return [
        asks_before,
        asks_after,
        asks_before and not asks_after,
        asks_before and asks_after,
        n_before <= 2,
        3 <= n_before <= 5,
        n_after <= 2,
        3 <= n_after <= 5,
        min(n_before, 40) / 40,
        min(n_after, 40) / 40,
        opens in _BACKCHANNELS,
        bool(tokens_before) and tokens_before[0] in _BACKCHANNELS,
        opens in {"and", "but", "because", "then", "plus", "also"},
    ]
