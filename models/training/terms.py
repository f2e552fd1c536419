"""Trains the gate: a linear model over words that says whether a sentence is read at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from models.classifier_terms import TermClassifier, gate_terms

MIN_COUNT = 2
STRENGTH = 3.0


def fit_gate(texts: Sequence[str], has_any: NDArray[np.bool_], *, seed: int) -> TermClassifier:
    """One logit: whether the sentence has any label, `has_any` `(n,)`."""
    analyse: Callable[[Iterable[str]], Iterable[str]] = list
    vectorizer = TfidfVectorizer(analyzer=analyse, min_df=MIN_COUNT, sublinear_tf=True)
    rows = vectorizer.fit_transform([list(gate_terms(text)) for text in texts])
    model = LogisticRegression(C=STRENGTH, solver="liblinear", random_state=seed)
    model.fit(rows, has_any)
    return TermClassifier(
        vocabulary={str(term): int(i) for term, i in vectorizer.vocabulary_.items()},
        idf=vectorizer.idf_.astype(np.float32),
        weights=model.coef_.T.astype(np.float32),
        bias=model.intercept_.astype(np.float32),
    )
