"""A theme is called by a short statement of one of its members."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.label_clauses import find_candidates, polish
from models.labels import choose_label, find_names, flatten, is_label
from models.names import is_person_name
from models.theme_naming import name_themes
from models.theme_state import Example, Theme
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
        ("the price is too high for us, honestly", "The price is too high for us"),
        ("because of the long contract we can't sign", "The long contract we can't sign"),
        ("we won't sign it (not this year) and", "We won't sign it (not this year)"),
        ('they said "it is too dear for a school', "They said it is too dear for a school"),
        ("no, i'd rather keep what i have", "I'd rather keep what I have"),
        ("No contract is worth that", "No contract is worth that"),
        ("So many tools already", "So many tools already"),
        ("I look after the porters", "I look after the porters"),
        ("I don't think so", "I don't think so"),
    ],
)
def test_a_statement_is_kept_without_what_surrounds_it(text: str, label: str) -> None:
    assert polish(text) == label


def test_a_long_statement_gives_its_most_telling_clause() -> None:
    text = (
        "I had a look at it with my team over the weekend, and the monthly invoice is too high, "
        "but maybe we could talk about it again at some later point in the year"
    )
    vectors = np.eye(3, dtype=np.float32)[:1]
    weights = {"invoice": 2.0, "high": 1.0}
    label = choose_label([text], vectors, shared=PLAIN, weights=weights, taken=())
    assert label == "The monthly invoice is too high"


def test_a_clause_that_is_too_long_is_the_last_choice() -> None:
    long = "We can't tell tonight how many of the aides are on the early shift tomorrow in all six"
    assert choose([long]) == "We can't tell tonight how many of the aides"
    assert choose([long, "Nobody sees who works tomorrow"]) == "Nobody sees who works tomorrow"


@pytest.mark.parametrize(
    "text",
    [
        "um, yeah, okay",
        "So it is what it is",
        "Sounds good, thank you",
        "Hold on a second",
        "[NAME] [EMAIL]",
        "call [NAME] about the invoice",
        "<UNK> the invoice",
        "the invoice for xxxx",
        "",
    ],
)
def test_filler_and_tags_give_no_label(text: str) -> None:
    assert choose([text, text]) is None


def test_a_label_that_is_taken_is_not_given_again() -> None:
    texts = ["The invoice is wrong", "Our invoice was wrong twice"]
    assert choose(texts, {"the invoice is wrong"}) == "Our invoice was wrong twice"
    assert choose(texts[:1], {"the invoice is wrong"}) is None
    assert choose(["The invoice is wrong!"], {flatten("The invoice, is wrong.")}) is None


def test_a_statement_that_names_somebody_is_passed_over() -> None:
    texts = ["We asked Marjorie for the budget", "There is no budget left", "The budget is gone"]
    assert find_names(texts) == {"marjorie"}
    assert choose(texts) == "There is no budget left"


@pytest.mark.parametrize("text", ["Priya wants a lower price", "ask priya about the price"])
def test_a_first_name_is_known_wherever_it_stands(text: str) -> None:
    assert choose([text]) is None


def test_what_half_of_them_name_is_their_subject() -> None:
    texts = ["We are on Zorbex for now", "Our rota runs on Zorbex", "Nothing beats paper"]
    assert find_names(texts) == set()


def test_days_and_known_products_are_no_names() -> None:
    texts = ["We pay in November", "It has to work with Salesforce", "We met Gorringes there"]
    assert find_names(texts) == {"gorringes"}


def test_values_may_be_one_word_and_lose_a_loose_end() -> None:
    assert choose(["Excel", "in Excel", "Excel"]) == "Excel"
    assert choose(["operations manager for", "operations manager for"]) == "Operations manager"


def test_the_statement_nearest_to_the_centre_is_chosen() -> None:
    texts = ["The budget is frozen now", "No budget for this year", "Ask again about budget soon"]
    vectors = np.array([[1, 0.6, 0], [1, 0, 0], [1, -0.7, 0.2]], dtype=np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    assert choose_label(texts, vectors, shared=PLAIN, weights={}, taken=()) == texts[1]


PIECES = st.sampled_from(
    """and but because so or if that which um well you know, i mean, the our price contract invoice
    is too high wrong for us ( ) [ ] " “ ” ' 'cause please [PERSON] [EMAIL] Priya priya
    Marjorie . ? ! , ; … - — i i'd can't November Excel 40 $ % and, because, ok okay right,
    thanks as than""".split()  # noqa: SIM905 shorter
)
SPEECH = st.lists(PIECES, max_size=40).map(" ".join)
DANGLING = frozenset(
    """and but or nor because 'cause cos if as than while although though unless until since whether
    which whose the a an my our your their""".split()  # noqa: SIM905 as above
)
OPENING = frozenset(("and", "but", "or", "because", "um", "well", "so", "okay", "ok", "plus"))


@given(st.lists(SPEECH | st.text(max_size=120), min_size=1, max_size=4))
def test_a_label_keeps_the_rules_whatever_is_said(texts: list[str]) -> None:
    """At most 12 words of one member, balanced, no conjunction at an end, no tag, no name."""
    label = choose(texts)
    if label is None:
        return
    words = [word.strip(".,;:!?\"“”()[]{}'’").lower() for word in label.split()]
    assert 1 <= len(words) <= 12
    assert is_label(label, (), 1)
    assert words[-1] not in DANGLING
    assert words[0] not in OPENING
    for opening, closing in ("()", "[]", "{}", "“”"):
        assert label.count(opening) == label.count(closing)
    assert label.count('"') % 2 == 0
    assert not any(is_person_name(word) for word in words)
    assert "PERSON" not in label
    assert "EMAIL" not in label
    assert label == label.strip()
    assert label[0] == label[0].upper()


@given(SPEECH)
def test_polishing_twice_changes_nothing(text: str) -> None:
    assert polish(polish(text)) == polish(text)


@given(SPEECH)
def test_a_candidate_is_cut_from_the_text(text: str) -> None:
    said = flatten(text)
    for candidate in find_candidates(text):
        assert flatten(candidate.text).split()[0] in said.split()
        assert len(candidate.text.split()) <= 12


def make_theme(number: int, texts: list[str], *, kind: str = "objection") -> Theme:
    vectors = np.random.default_rng(number).normal(size=(len(texts), 3)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    rows = enumerate(zip(texts, vectors, strict=True))
    return Theme(
        id=f"theme_{number:020x}",
        kind=kind,
        type="price",
        total=vectors.sum(axis=0, dtype=np.float64),
        weight=len(texts),
        words=count_words(texts),
        label="",
        keywords=(),
        examples=tuple(Example(f"m{number}-{n}", text, vector) for n, (text, vector) in rows),
        born=date(2026, 11, 1),
        last_seen=date(2026, 11, 1),
    )


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(SPEECH, min_size=1, max_size=3), min_size=2, max_size=5), SPEECH)
def test_no_two_themes_bear_one_label(groups: list[list[str]], used: str) -> None:
    """Nor one that is in use elsewhere, whatever the kind, case and punctuation."""
    themes = [make_theme(number, texts) for number, texts in enumerate(groups)]
    taken = {used.casefold()}
    named = name_themes(themes, {theme.id: theme for theme in themes}, taken)
    labels = [flatten(theme.label) for theme in named]
    assert len({*labels, flatten(used)}) == len(labels) + 1
    assert all(theme.label for theme in named)
    assert not any(is_person_name(word) for label in labels for word in label.split())


def test_a_theme_that_has_a_label_keeps_it() -> None:
    theme = replace(make_theme(1, ["The invoice is wrong"]), label="Wrong invoices")
    [named] = name_themes([theme], {theme.id: theme}, set())
    assert named.label == "Wrong invoices"
    assert named.keywords


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
