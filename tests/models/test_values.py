import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.values import find_value


def _offsets(text: str) -> list[tuple[int, int]]:
    found, start = [], 0
    for word in text.split():
        start = text.index(word, start)
        found.append((start, start + len(word)))
        start += len(word)
    return found


@pytest.mark.parametrize(
    ("text", "logits", "expected"),
    [
        ("We run on SAP today.", [-3, -3, -1, 4, -2], "SAP"),
        ("I'm head of sales.", [-2, 3, 2, 3], "head of sales"),
        ("About forty people, I think.", [2, 3, 3, -2, -2], "About forty people"),
        ("Just paper.", [-2, -1], "paper"),
    ],
)
def test_the_value_is_the_run_of_words_that_speaks_most_for_it(
    text: str, logits: list[float], expected: str
) -> None:
    assert find_value(text, _offsets(text), np.array(logits, dtype=np.float32)) == expected


def test_a_value_never_stops_inside_a_word() -> None:
    text = "We use QuickBooks."
    offsets = [(0, 2), (3, 6), (7, 12), (12, 17)]
    assert find_value(text, offsets, np.array([-2, -2, 3, -3], dtype=np.float32)) == "QuickBooks"


def test_without_tokens_the_whole_sentence_is_the_value() -> None:
    assert find_value("…yes.", [], np.zeros(0, dtype=np.float32)) == "yes"


@given(st.lists(st.floats(-5, 5, width=32), min_size=6, max_size=6))
def test_a_value_always_stands_in_the_sentence(logits: list[float]) -> None:
    text = "So, we're twelve people in Leeds."
    value = find_value(text, _offsets(text), np.array(logits, dtype=np.float32))
    assert value
    assert value in text
