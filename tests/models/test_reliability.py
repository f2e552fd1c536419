import pytest

from core.vocabulary import Mention, MentionKind
from models.corpus import Label
from models.evaluation import GoldSentence, JudgedSentence
from models.reliability import (
    expected_calibration_error,
    judge_confidence,
    precision_by_band,
    precision_from,
)


def test_a_mention_is_right_when_kind_and_type_are() -> None:
    gold = GoldSentence("c", "s", 0, 0, 5, "x", (Label(MentionKind.OBJECTION, "price"),))
    mentions = [
        Mention(0, 0, 5, "x", MentionKind.OBJECTION, kind, confidence, "x")
        for kind, confidence in (("price", 0.9), ("trust", 0.4))
    ]
    assert judge_confidence([JudgedSentence(gold, tuple(mentions))]) == [(0.9, True), (0.4, False)]


def test_the_calibration_error_is_the_mean_gap_between_confidence_and_precision() -> None:
    pairs = [(0.9, True)] * 9 + [(0.9, False)] + [(0.2, True)] * 5 + [(0.2, False)] * 5
    assert expected_calibration_error(pairs) == pytest.approx(0.5 * 0.0 + 0.5 * 0.3)
    assert expected_calibration_error([]) == 0.0


def test_bands_tell_count_mean_confidence_and_precision() -> None:
    pairs = [(1.0, True), (0.95, False), (0.11, False)]
    bands = precision_by_band(pairs)
    assert [(low, n) for low, n, _, _ in bands] == [(0.1, 1), (0.9, 2)]
    assert bands[1][2] == pytest.approx(0.975)
    assert bands[1][3] == 0.5


def test_precision_of_the_surest_counts_from_the_given_confidence() -> None:
    assert precision_from([(0.9, True), (0.95, False), (0.5, False)], 0.9) == (2, 0.5)
    assert precision_from([(0.5, True)], 0.9) == (0, 0.0)
