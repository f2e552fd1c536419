import numpy as np

from models.classifier_terms import gate_terms, reading_terms
from models.corpus import parse_corpus
from models.training.examples import Example, list_examples
from models.training.terms import fit_gate, fit_reading


def _examples() -> list[Example]:
    lines = ["@ id=a family=f register=chat industry=x product=y buyer=company"]
    for word in ("oven", "van", "roof", "desk", "lamp", "fence"):
        lines += [f"C the {word} is too expensive ## o:price", f"C i like the {word}"]
    return list_examples(parse_corpus(lines))


def _targets(examples: list[Example]) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    return np.array([[float(bool(e.labels))] for e in examples], dtype=np.float32)


def test_words_that_go_with_a_label_speak_for_it() -> None:
    examples = _examples()
    model = fit_reading(examples, _targets(examples), seed=1)
    dear, fine = (model.score(reading_terms(t, "call"))[0] for t in ("too expensive", "i like it"))
    assert dear > 0 > fine


def test_the_gate_is_the_same_each_time() -> None:
    examples = _examples()
    a, b = (fit_gate(examples, _targets(examples), seed=1) for _ in range(2))
    assert a.vocabulary == b.vocabulary
    np.testing.assert_array_equal(a.weights, b.weights)
    assert a.score(gate_terms("too expensive"))[0] > a.score(gate_terms("i like"))[0]
