from pathlib import Path

import numpy as np

from core.vocabulary import MentionKind
from models.decisions import (
    Blend,
    KindDecision,
    LabelLayout,
    decide,
    detection_features,
    load_decisions,
    save_decisions,
    type_features,
)

LAYOUT = LabelLayout(("objection/price", "objection/timing", "objection/trust", "objection"))
KIND = MentionKind.OBJECTION
DECISION = KindDecision(
    detection=Blend((1.0, 0.0, 0.0, 0.0), 0.0),
    threshold=0.5,
    typing=Blend((1.0, 0.0, 0.0, 0.0, 0.0), 0.0),
    further_threshold=0.6,
)


def _decide(logits: list[float]) -> list[tuple[int, float]]:
    rows = np.array([logits], dtype=np.float32)
    features = (f(rows, rows * 0, LAYOUT, KIND) for f in (detection_features, type_features))
    return [(found.place, round(found.probability, 2)) for found in decide(DECISION, *features)[0]]


def test_below_the_threshold_nothing_is_said() -> None:
    assert _decide([5, 5, 5, -0.1]) == []


def test_the_likeliest_type_is_given_and_others_that_are_likely_too() -> None:
    assert _decide([0, 3, 1, 1]) == [(1, 0.95), (2, 0.73)]
    assert _decide([-3, -2, -4, 1]) == [(1, 0.12)]


def test_features_tell_how_far_a_type_stands_above_the_others() -> None:
    rows = np.array([[1.0, 4.0, 2.0, 0.0]], dtype=np.float32)
    gaps = type_features(rows, rows, LAYOUT, KIND)[0, :, 4]
    np.testing.assert_allclose(gaps, [-3.0, 2.0, -2.0])


def test_decisions_are_read_back_as_written(tmp_path: Path) -> None:
    path = tmp_path / "mentions.json"
    save_decisions(path, labels=LAYOUT.labels, decisions={KIND: DECISION}, gate_threshold=-1.5)
    assert load_decisions(path) == (LAYOUT, {KIND: DECISION}, -1.5)
