"""Blends and thresholds, fitted on families that the models have not seen."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from core.vocabulary import MentionKind
from models.decisions import (
    Blend,
    KindDecision,
    LabelLayout,
    decide,
    detection_features,
    type_features,
)

GATE_RECALL = 0.995


def fit_decision(
    network: NDArray[np.float32],
    terms: NDArray[np.float32],
    targets: NDArray[np.float32],
    layout: LabelLayout,
    kind: MentionKind,
) -> KindDecision:
    """The kind's decision that gives the best F1 on these held-out logits `(n, n_labels)`."""
    detection = detection_features(network, terms, layout, kind)
    typing = type_features(network, terms, layout, kind)
    has_kind = targets[:, layout.kind_place(kind)] > 0
    has_type = targets[:, layout.type_places(kind)] > 0
    detecting = _fit_blend(detection, has_kind)
    threshold = best_threshold(detecting.probability(detection), has_kind)
    kind_blend = _fit_blend(typing.reshape(-1, typing.shape[-1]), has_type.reshape(-1))
    draft = KindDecision(detecting, threshold, kind_blend, 1.0)
    further = _best_further(draft, detection, typing, has_type)
    return KindDecision(detecting, threshold, kind_blend, further)


def _fit_blend(features: NDArray[np.float32], truth: NDArray[np.bool_]) -> Blend:
    """A logistic regression of `truth` on the features."""
    model = LogisticRegression(C=1.0, max_iter=1000).fit(features, truth)
    return Blend(tuple(float(w) for w in model.coef_[0]), float(model.intercept_[0]))


def best_threshold(probabilities: NDArray[np.float32], truth: NDArray[np.bool_]) -> float:
    """The threshold with the best F1, the middle of those within half a point of it."""
    grid = np.arange(0.1, 0.9, 0.01)
    scores = np.array([f1(probabilities >= t, truth) for t in grid])
    return float(np.median(grid[scores >= scores.max() - 0.005]))


def f1(found: NDArray[np.bool_], truth: NDArray[np.bool_]) -> float:
    """F1 over all cells of two arrays of one shape."""
    both = float((found & truth).sum())
    return 2 * both / max(1.0, float(found.sum() + truth.sum()))


def _best_further(
    draft: KindDecision,
    detection: NDArray[np.float32],
    typing: NDArray[np.float32],
    has_type: NDArray[np.bool_],
) -> float:
    """The threshold for further types with the best F1 over types."""
    grid = np.arange(0.2, 0.8, 0.02)
    scores = []
    for threshold in grid:
        tried = KindDecision(draft.detection, draft.threshold, draft.typing, float(threshold))
        found = as_cells(tried, detection, typing)
        scores.append(f1(found, has_type))
    return float(np.median(grid[np.array(scores) >= max(scores) - 0.003]))


def as_cells(
    decision: KindDecision, detection: NDArray[np.float32], typing: NDArray[np.float32]
) -> NDArray[np.bool_]:
    """Which types each sentence is given, `(n, n_types)`."""
    found = np.zeros(typing.shape[:2], dtype=np.bool_)
    for row, mentions in zip(found, decide(decision, detection, typing), strict=True):
        row[[mention.place for mention in mentions]] = True
    return found


def find_gate_threshold(scores: NDArray[np.float32], has_any: NDArray[np.bool_]) -> float:
    """The gate logit that lets `GATE_RECALL` of the labelled sentences through."""
    return float(np.quantile(scores[has_any], 1.0 - GATE_RECALL))
