"""Confidence and thresholds, fitted on families that the models have not seen."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from models.decisions import Blend, KindDecision, decide, share_types, typing_features

GATE_RECALL = 0.995
FLOOR = 0.4  # of the threshold


def fit_decision(
    kind: NDArray[np.float32],
    types: NDArray[np.float32],
    has_type: NDArray[np.bool_],
    threshold: float,
) -> KindDecision:
    """The decision from `threshold` on, fitted on held-out logits `(n,)` and `(n, n_types)`.

    `has_type` `(n, n_types)` is the truth. Further types are given where that makes the best F1.
    """
    has_kind = has_type.max(axis=1)
    detection = _fit_blend(kind[:, None], has_kind)
    shares = share_types(types)
    likeliest = np.arange(len(kind)), shares.argmax(axis=1)
    typing = _fit_blend(typing_features(kind, shares)[likeliest], has_type[likeliest])
    grid = np.arange(0.16, 0.52, 0.02)
    draft = KindDecision(detection, threshold, FLOOR * threshold, typing, 1.0)
    scores = [f1(find_types(_with_further(draft, share), kind, types), has_type) for share in grid]
    further = float(np.median(grid[np.array(scores) >= max(scores) - 0.003]))
    return _with_further(draft, further)


def _with_further(draft: KindDecision, share: float) -> KindDecision:
    """The decision with this threshold for further types."""
    return KindDecision(draft.detection, draft.threshold, draft.floor, draft.typing, float(share))


def _fit_blend(features: NDArray[np.float32], truth: NDArray[np.bool_]) -> Blend:
    """A logistic regression of `truth` on the features."""
    model = LogisticRegression(C=1.0, max_iter=1000).fit(features, truth)
    return Blend(tuple(float(w) for w in model.coef_[0]), float(model.intercept_[0]))


def f1(found: NDArray[np.bool_], truth: NDArray[np.bool_]) -> float:
    """F1 over all cells of two arrays of one shape."""
    both = float((found & truth).sum())
    return 2 * both / max(1.0, float(found.sum() + truth.sum()))


def find_types(
    decision: KindDecision, kind: NDArray[np.float32], types: NDArray[np.float32]
) -> NDArray[np.bool_]:
    """Which types each sentence is surely given, `(n, n_types)`."""
    found = np.zeros(types.shape, dtype=np.bool_)
    for row, mentions in zip(found, decide(decision, kind, types), strict=True):
        row[[mention.place for mention in mentions if mention.is_sure]] = True
    return found


def find_gate_threshold(scores: NDArray[np.float32], has: NDArray[np.bool_]) -> float:
    """The gate logit that lets `GATE_RECALL` of the labelled sentences through.

    `scores` `(n,)`; `has` `(n, n_types)` is the truth.
    """
    return float(np.quantile(scores[has.max(axis=1)], 1.0 - GATE_RECALL))
