"""The order in which people are asked to judge: what teaches the most comes first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Mismatch
from core.store.review import Unjudged
from core.vocabulary import Conversation, ConversationKind, Mention, MentionKind, Role, Turn
from models.review import find_context, find_label, order_queue
from models.taxonomy import load_taxonomy

Made = Callable[..., Mention]


def waiting(mention: Mention, key: str) -> Unjudged:
    return Unjudged(key, "con_1", mention, mention.confidence >= 0.5, None)


@pytest.fixture
def line_up(make_mention: Made) -> Callable[..., list[str]]:
    """The order of mentions given as (type, confidence, statement), as their numbers."""

    def _line_up(*found: tuple[str, float, str], judged: Sequence[Mention] = ()) -> list[str]:
        items = [
            waiting(make_mention(quote, type=type_, confidence=confidence), str(number))
            for number, (type_, confidence, quote) in enumerate(found)
        ]
        return [item.id for item in order_queue(items, judged)]

    return _line_up


def test_what_is_nearest_to_one_half_comes_first_counted_or_not(line_up: Any) -> None:
    found = [("price", 0.9, "Dear."), ("price", 0.35, "Costly."), ("price", 0.55, "Steep.")]
    assert line_up(*found) == ["2", "1", "0"]


def test_types_take_turns(line_up: Any) -> None:
    prices = [("price", 0.5, word) for word in ("Dear.", "Costly.", "Steep.")]
    assert line_up(*prices, ("trust", 0.9, "Who are you?")) == ["0", "3", "1", "2"]


def test_what_says_nearly_the_same_is_asked_once(line_up: Any) -> None:
    found = [
        ("price", 0.5, "That is far too expensive for us."),
        ("price", 0.6, "that is FAR too expensive for us"),
        ("price", 0.7, "That is far too expensive for us now."),
        ("price", 0.8, "Is there a discount for charities?"),
    ]
    assert line_up(*found) == ["0", "3"]


def test_the_same_words_of_another_type_are_another_question(line_up: Any) -> None:
    assert line_up(("price", 0.5, "Too much."), ("trust", 0.6, "Too much.")) == ["0", "1"]


def test_what_was_judged_in_one_conversation_is_not_asked_in_the_next(
    line_up: Any, make_mention: Made
) -> None:
    judged = [make_mention("We can't afford it.")]
    found = [("price", 0.5, "we can't afford it"), ("price", 0.6, "Dear.")]
    assert line_up(*found, judged=judged) == ["1"]


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 1), st.text(max_size=9))), st.randoms()
)
def test_the_order_of_rows_does_not_show(found: list[Any], shuffled: Any) -> None:
    items = [
        waiting(Mention(0, 0, 1, text, MentionKind.OBJECTION, type_, confidence, text), str(n))
        for n, (type_, confidence, text) in enumerate(found)
    ]
    expected = [item.id for item in order_queue(items, ())]
    shuffled.shuffle(items)
    assert [item.id for item in order_queue(items, ())] == expected
    assert len(set(expected)) == len(expected)


def test_the_context_is_what_was_said_just_before(make_mention: Made) -> None:
    turns = (
        Turn("[PERSON]", "One. Two. Three.", Role.REP),
        Turn("[PERSON]", "Four. Five. Six.", Role.CUSTOMER),
    )
    conversation = Conversation("con_1", ConversationKind.CALL, turns)
    before = find_context(conversation, make_mention("Five.", turn=1, start=6, end=11))
    assert [(said.role, said.text) for said in before] == [
        (Role.REP, "Two."),
        (Role.REP, "Three."),
        (Role.CUSTOMER, "Four."),
    ]
    assert find_context(conversation, make_mention("One.")) == []


def test_a_type_that_the_kind_does_not_have_is_refused() -> None:
    taxonomy = load_taxonomy()
    assert find_label(taxonomy, "price", MentionKind.OBJECTION) == ("objection", "price")
    with pytest.raises(Mismatch, match="pain_point has no type 'price'"):
        find_label(taxonomy, "price", MentionKind.PAIN_POINT)
