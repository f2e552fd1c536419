from pathlib import Path

import numpy as np

from models.classifier_terms import TermClassifier, gate_terms, list_words


def _classifier() -> TermClassifier:
    return TermClassifier(
        vocabulary={"dear": 0, "too dear": 1, "hello": 2},
        idf=np.array([1.0, 2.0, 1.0], dtype=np.float32),
        weights=np.array([[2.0, 0.0], [1.0, 0.0], [-3.0, 1.0]], dtype=np.float32),
        bias=np.array([-1.0, 0.5], dtype=np.float32),
    )


def test_words_are_lower_case_figures_are_alike_and_telling_marks_stay() -> None:
    assert list_words("Isn’t 4,500 A LOT?") == ["isn't", "0", "0", "a", "lot", "?"]


def test_a_text_scores_by_its_terms_scaled_to_length_one() -> None:
    logits = _classifier().score(gate_terms("too dear"))
    scaled = np.array([1.0, 2.0]) / np.sqrt(5.0)
    np.testing.assert_allclose(logits, [scaled @ [2.0, 1.0] - 1.0, 0.5], rtol=1e-5)


def test_a_text_without_known_terms_scores_the_bias() -> None:
    np.testing.assert_allclose(_classifier().score(gate_terms("xyz")), [-1.0, 0.5])


def test_what_is_saved_is_what_is_loaded(tmp_path: Path) -> None:
    _classifier().save(tmp_path / "terms.npz")
    loaded = TermClassifier.load(tmp_path / "terms.npz")
    terms = list(gate_terms("hello dear"))
    np.testing.assert_allclose(loaded.score(terms), _classifier().score(terms), rtol=1e-3)
    assert loaded.vocabulary == _classifier().vocabulary
