import numpy as np
import pytest

from core.vocabulary import MentionKind
from models.decisions import LabelLayout, detection_features, type_features
from models.training.calibration import (
    as_cells,
    best_threshold,
    f1,
    find_gate_threshold,
    fit_decision,
)

LAYOUT = LabelLayout(("objection/price", "objection/timing", "objection"))


def test_the_threshold_parts_what_can_be_parted() -> None:
    probabilities = np.array([0.1, 0.2, 0.3, 0.7, 0.8, 0.9], dtype=np.float32)
    assert 0.3 < best_threshold(probabilities, probabilities > 0.5) <= 0.7


def test_f1_counts_cells() -> None:
    assert f1(np.array([True, True, False]), np.array([True, False, True])) == 0.5
    assert f1(np.array([False]), np.array([False])) == 0.0


def test_the_gate_lets_nearly_all_labelled_sentences_through() -> None:
    scores = np.linspace(-1, 1, 1000, dtype=np.float32)
    threshold = find_gate_threshold(scores, scores > 0)
    assert (scores[scores > 0] >= threshold).mean() == pytest.approx(0.995, abs=0.004)


def test_a_fitted_decision_finds_what_the_logits_tell() -> None:
    rng = np.random.default_rng(0)
    truth = np.zeros((400, 3), dtype=np.float32)
    truth[:100, 0] = truth[100:200, 1] = truth[:200, 2] = 1
    logits = (truth * 4 - 2 + rng.normal(0, 1, truth.shape)).astype(np.float32)
    kind = MentionKind.OBJECTION
    decision = fit_decision(logits, logits, truth, LAYOUT, kind)
    found = as_cells(
        decision,
        detection_features(logits, logits, LAYOUT, kind),
        type_features(logits, logits, LAYOUT, kind),
    )
    assert f1(found, truth[:, :2] > 0) > 0.9
