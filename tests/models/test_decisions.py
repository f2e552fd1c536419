from pathlib import Path

import numpy as np
import pytest

from core.vocabulary import MentionKind
from models.decisions import (
    Blend,
    Decisions,
    KindDecision,
    LabelLayout,
    decide,
    load_decisions,
    save_decisions,
    share_types,
)

KIND = MentionKind.OBJECTION
LAYOUT = LabelLayout(
    ("objection/price", "objection/timing", "objection/fit", "pain_point/time", "pain_point/cost")
)
DECISION = KindDecision(
    detection=Blend((1.0,), 0.0),
    threshold=0.5,
    floor=0.2,
    typing=Blend((1.0, 1.0), 0.0),
    further_threshold=0.3,
)


def _decide(kind: float, types: list[float]) -> list[tuple[int, bool]]:
    rows = np.array([kind], dtype=np.float32), np.array([types], dtype=np.float32)
    return [(found.place, found.is_sure) for found in decide(DECISION, *rows)[0]]


def test_below_the_floor_nothing_is_said_and_below_the_threshold_it_is_asked() -> None:
    assert _decide(-2.0, [5, 0, 0]) == []
    assert _decide(-0.5, [5, 0, 0]) == [(0, False)]
    assert _decide(0.5, [5, 0, 0]) == [(0, True)]


def test_the_likeliest_type_is_given_and_others_whose_share_is_large() -> None:
    assert _decide(1, [0, 3, 0]) == [(1, True)]
    assert _decide(1, [-9, 2, 2.1]) == [(2, True), (1, True)]


def test_confidence_grows_with_the_kind_and_with_the_types_share() -> None:
    def confidence(kind: float, types: list[float]) -> float:
        rows = np.array([kind], dtype=np.float32), np.array([types], dtype=np.float32)
        return decide(DECISION, *rows)[0][0].probability

    assert confidence(1, [3, 0, 0]) < confidence(2, [3, 0, 0])
    assert confidence(1, [1, 0, 0]) < confidence(1, [3, 0, 0])


def test_shares_of_types_sum_to_one() -> None:
    shares = share_types(np.array([[1.0, 2.0, 3.0], [90.0, 0.0, -90.0]], dtype=np.float32))
    np.testing.assert_allclose(shares.sum(axis=1), 1.0, rtol=1e-6)
    assert shares[1, 0] == pytest.approx(1.0)


def test_the_layout_knows_kinds_and_the_places_of_their_types() -> None:
    assert LAYOUT.kinds == (MentionKind.OBJECTION, MentionKind.PAIN_POINT)
    assert LAYOUT.places(MentionKind.PAIN_POINT) == slice(3, 5)
    assert LAYOUT.names(MentionKind.PAIN_POINT) == ("time", "cost")


def test_decisions_are_read_back_as_written(tmp_path: Path) -> None:
    path = tmp_path / "mentions.json"
    decisions = Decisions(LAYOUT, {KIND: DECISION}, -1.5, ("a", "b"), ("b",))
    save_decisions(path, decisions)
    assert load_decisions(path) == decisions
