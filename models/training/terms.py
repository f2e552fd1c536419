"""Trains the linear models over terms."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from models.classifier_terms import TermClassifier, gate_terms, reading_terms
from models.training.examples import Example


def fit_reading(
    examples: Sequence[Example], targets: NDArray[np.float32], *, seed: int
) -> TermClassifier:
    """A logit for each label, from words, letters and context; `targets` `(n, n_labels)`."""
    documents = [list(reading_terms(e.text, e.context)) for e in examples]
    return _fit(documents, targets, min_count=3, strength=6.0, seed=seed)


def fit_gate(
    examples: Sequence[Example], targets: NDArray[np.float32], *, seed: int
) -> TermClassifier:
    """One logit: whether the sentence has any label."""
    documents = [list(gate_terms(e.text)) for e in examples]
    has_any = targets.max(axis=1, keepdims=True)
    return _fit(documents, has_any, min_count=2, strength=3.0, seed=seed)


def _fit(
    documents: Sequence[Sequence[str]],
    targets: NDArray[np.float32],
    *,
    min_count: int,
    strength: float,
    seed: int,
) -> TermClassifier:
    """One logistic regression a column of `targets`."""
    analyse: Callable[[Iterable[str]], Iterable[str]] = list
    vectorizer = TfidfVectorizer(analyzer=analyse, min_df=min_count, sublinear_tf=True)
    rows = vectorizer.fit_transform(documents)
    models = [
        LogisticRegression(C=strength, solver="liblinear", random_state=seed).fit(
            rows, column > 0.5
        )
        for column in targets.T
    ]
    return TermClassifier(
        vocabulary={str(term): int(i) for term, i in vectorizer.vocabulary_.items()},
        idf=vectorizer.idf_.astype(np.float32),
        weights=np.stack([m.coef_[0] for m in models], axis=1).astype(np.float32),
        bias=np.array([m.intercept_[0] for m in models], dtype=np.float32),
    )
