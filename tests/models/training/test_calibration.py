import numpy as np
import pytest

from models.decisions import decide
from models.training.calibration import (
    f1,
    find_gate_threshold,
    find_types,
    fit_decision,
)


def test_f1_counts_cells() -> None:
    assert f1(np.array([True, True, False]), np.array([True, False, True])) == 0.5
    assert f1(np.array([False]), np.array([False])) == 0.0


def test_the_gate_lets_nearly_all_labelled_sentences_through() -> None:
    scores = np.linspace(-1, 1, 1000, dtype=np.float32)
    threshold = find_gate_threshold(scores, scores[:, None] > 0)
    assert (scores[scores > 0] >= threshold).mean() == pytest.approx(0.995, abs=0.002)


def test_a_fitted_decision_finds_what_the_logits_tell_and_its_confidence_is_a_probability() -> None:
    rng = np.random.default_rng(0)
    truth = np.zeros((2000, 3), dtype=np.bool_)
    truth[:300, 0] = truth[300:600, 1] = truth[600:700, 2] = True
    types = (truth * 3 + rng.normal(0, 1, truth.shape)).astype(np.float32)
    kind = (truth.any(axis=1) * 4 - 2 + rng.normal(0, 1, len(truth))).astype(np.float32)
    decision = fit_decision(kind, types, truth, 0.5)
    assert f1(find_types(decision, kind, types), truth) > 0.85
    found = [
        (mention.probability, truth[i, mention.place])
        for i, mentions in enumerate(decide(decision, kind, types))
        for mention in mentions
        if mention.is_sure
    ]
    told, right = np.array(found).T
    assert told.mean() == pytest.approx(right.mean(), abs=0.05)
