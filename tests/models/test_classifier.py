import numpy as np
import pytest

from core.vocabulary import ConversationKind, Role
from models.classifier import Passage, SentenceClassifier
from models.extraction import ARTIFACTS
from models.features import SpokenSentence

TEXTS = ["It costs 900 a month.", "That's too much money for us.", "We're on HubSpot.", "Hm."]


@pytest.fixture(scope="module")
def classifier() -> SentenceClassifier:
    return SentenceClassifier.load(ARTIFACTS)


def _passage(*wanted: int, n: int = 4) -> Passage:
    roles = [Role.REP, Role.CUSTOMER, Role.CUSTOMER, Role.CUSTOMER]
    sentences = [
        SpokenSentence(0, 0, len(text), text, role)
        for text, role in zip(TEXTS[:n], roles, strict=False)
    ]
    return Passage(ConversationKind.CALL, sentences, wanted)


def test_each_wanted_sentence_has_its_logits_and_one_row_a_token(
    classifier: SentenceClassifier,
) -> None:
    first, second = classifier.read(_passage(1, 2))
    assert first.kinds.shape == second.kinds.shape == (3,)
    assert first.types.shape == (33,)
    assert second.values.shape == (len(second.offsets), 11)
    assert second.offsets[-1][1] == len(TEXTS[2])


def test_a_reading_does_not_depend_on_what_is_read_beside_it(
    classifier: SentenceClassifier,
) -> None:
    (alone,) = classifier.read(_passage(1))
    (again,) = classifier.read(_passage(1, n=2))
    together = classifier.read(_passage(1, 2, 3))
    np.testing.assert_array_equal(again.kinds, alone.kinds)
    assert together[0].offsets == alone.offsets


def test_no_sentences_give_no_readings(classifier: SentenceClassifier) -> None:
    assert classifier.read(_passage()) == []
