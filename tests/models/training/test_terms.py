import numpy as np

from models.classifier_terms import gate_terms
from models.training.terms import fit_gate

TEXTS = [
    text
    for word in ("oven", "van", "roof", "desk", "lamp", "fence")
    for text in (f"the {word} is too expensive", f"i like the {word}")
]
HAS_ANY = np.array(["expensive" in text for text in TEXTS])


def test_words_that_go_with_a_label_speak_for_it() -> None:
    gate = fit_gate(TEXTS, HAS_ANY, seed=1)
    assert gate.score(gate_terms("too expensive"))[0] > 0 > gate.score(gate_terms("i like"))[0]


def test_the_gate_is_the_same_each_time() -> None:
    a, b = (fit_gate(TEXTS, HAS_ANY, seed=1) for _ in range(2))
    assert a.vocabulary == b.vocabulary
    np.testing.assert_array_equal(a.weights, b.weights)
