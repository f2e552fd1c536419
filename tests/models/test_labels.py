"""A theme is called by a short statement of one of its members."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.labels import choose_label, find_names, trim_statement
from models.theme_words import (
    content_words,
    count_words,
    distinctive_words,
    gather_background,
    uncount_words,
)

PLAIN = np.zeros(3)


def choose(texts: list[str], taken: set[str] | None = None) -> str | None:
    vectors = np.eye(3, dtype=np.float32)[np.zeros(len(texts), dtype=int)]
    weights = {word: 1.0 for text in texts for word in content_words(text)}
    return choose_label(texts, vectors, shared=PLAIN, weights=weights, taken=taken or set())


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("the onboarding takes too long.", "The onboarding takes too long"),
        ("Um, yeah, so the onboarding takes too long", "The onboarding takes too long"),
        ("You know, I mean, the setup is painful", "The setup is painful"),
        ("Does it work offline?", "Does it work offline?"),
    ],
)
def test_a_short_statement_is_kept_without_its_filler(text: str, label: str) -> None:
    assert trim_statement(text, {}) == label


def test_a_long_statement_gives_its_most_telling_clause() -> None:
    text = (
        "I had a look at it with my team over the weekend, and the monthly invoice is too high, "
        "but maybe we could talk about it again at some later point in the year"
    )
    label = trim_statement(text, {"invoice": 2.0, "high": 1.0})
    assert label == "The monthly invoice is too high"


@pytest.mark.parametrize("text", ["um, yeah, okay", "So it is what it is", "[NAME] [EMAIL]", ""])
def test_filler_and_tags_give_no_label(text: str) -> None:
    assert trim_statement(text, {}) is None


def test_a_statement_with_a_tag_is_not_a_label() -> None:
    assert trim_statement("call [NAME] about the invoice", {}) is None


def test_a_label_that_is_taken_is_not_given_again() -> None:
    texts = ["The invoice is wrong", "Our invoice was wrong twice"]
    assert choose(texts, {"the invoice is wrong"}) == "Our invoice was wrong twice"
    assert choose(texts[:1], {"the invoice is wrong"}) is None


def test_a_statement_that_names_somebody_is_passed_over() -> None:
    texts = ["We asked Marjorie for the budget", "There is no budget left", "The budget is gone"]
    assert find_names(texts) == {"Marjorie"}
    assert choose(texts) == "There is no budget left"


def test_the_statement_nearest_to_the_centre_is_chosen() -> None:
    texts = ["The budget is frozen", "No budget this year", "Ask again about budget in spring"]
    vectors = np.array([[1, 0.6, 0], [1, 0, 0], [1, -0.7, 0.2]], dtype=np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    assert choose_label(texts, vectors, shared=PLAIN, weights={}, taken=()) == texts[1]


@given(st.text(max_size=300))
def test_a_label_is_two_to_twelve_words_of_the_text(text: str) -> None:
    label = trim_statement(text, {})
    if label is not None:
        assert 2 <= len(label.split()) <= 12
        assert content_words(label)


def test_distinctive_words_are_those_of_this_theme() -> None:
    price = count_words(["the price went up", "price too high for the plan"])
    setup = count_words(["setup of the plan", "the plan needs setup"])
    background = gather_background([price, setup])
    assert distinctive_words(price, background)[0] == "price"
    assert "plan" not in distinctive_words(price, background)


def test_words_are_taken_back_as_they_were_counted() -> None:
    known = count_words(["slow reports", "slow exports"])
    assert uncount_words(["slow exports"], known) == {"reports": 1, "slow": 1}


def test_tags_and_grammar_are_no_content() -> None:
    assert content_words("Well, [NAME] it’s the INVOICE and a fee") == ("fee", "invoice")
