import numpy as np
import pytest

from models.classifier import SentenceClassifier
from models.extraction import ARTIFACTS

TEXTS = ["That's too much money for us.", "We're on HubSpot.", "Hm.", "Call me in March, will you?"]
CONTEXTS = ["call rep: It costs 900 a month.", "call", "call rep: Right?", "note"]


@pytest.fixture(scope="module")
def classifier() -> SentenceClassifier:
    return SentenceClassifier.load(ARTIFACTS)


def test_each_sentence_has_its_logits_and_one_row_a_token(classifier: SentenceClassifier) -> None:
    readings = classifier.read(TEXTS, CONTEXTS)
    assert len(readings) == 4
    assert all(reading.logits.shape == (36,) for reading in readings)
    for text, reading in zip(TEXTS, readings, strict=True):
        assert reading.token_logits.shape == (len(reading.offsets), 11)
        assert reading.offsets[-1][1] == len(text)


def test_a_reading_does_not_depend_on_what_stands_beside_it(classifier: SentenceClassifier) -> None:
    together = classifier.read(TEXTS * 3, CONTEXTS * 3)
    for i, reading in enumerate(together):
        alone = classifier.read([TEXTS[i % 4]], [CONTEXTS[i % 4]])[0]
        np.testing.assert_allclose(reading.logits, alone.logits, atol=1e-4)


def test_no_sentences_give_no_readings(classifier: SentenceClassifier) -> None:
    assert classifier.read([], []) == []
