"""What is erased leaves nothing behind in a theme."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.vocabulary import LineageEvent
from models.registry import run_night
from models.theme_changes import rename_theme, split_theme
from models.theme_erasure import erase_items, forget_words, is_said, move_items, owes_label
from models.theme_state import BufferedItem, RegistryState, ThemeItem
from models.theme_words import content_words
from tests.models.registry_world import (
    LATER,
    NIGHT,
    SPACE,
    add,
    find,
    make_entries,
    make_items,
    make_state,
)

TOLD = {"night": LATER, "by": "ana"}


@pytest.fixture(scope="module")
def state() -> RegistryState:
    return make_state()


@settings(max_examples=25)
@given(st.sets(st.integers(0, 5), min_size=1, max_size=5))
def test_erasure_leaves_what_the_rest_would_have_made(
    state: RegistryState, numbers: set[int]
) -> None:
    theme_id = find(state, 0)
    rest = make_entries(0, [n for n in range(6) if n not in numbers])
    gone = {theme_id: make_entries(0, sorted(numbers))}
    change = erase_items(state, gone, night=LATER, others={theme_id: rest})
    theme = change.state.themes[theme_id]
    mean = np.sum([entry.vector for entry in rest], axis=0)
    assert theme.weight == len(rest)
    np.testing.assert_allclose(theme.centroid, mean / np.linalg.norm(mean), atol=1e-5)
    assert {example.id for example in theme.examples} == {entry.item.id for entry in rest}
    assert set(theme.words) == {w for entry in rest for w in content_words(entry.item.text)}
    assert change.state.spaces[SPACE].count == 18 - len(numbers)
    texts = " ".join(entry.item.text for entry in rest)
    assert theme.label in texts or "invoice" in theme.label.casefold()


@settings(max_examples=25)
@given(st.sets(st.integers(6, 11), min_size=1))
def test_a_mention_that_came_and_was_erased_might_never_have_been(
    state: RegistryState, numbers: set[int]
) -> None:
    """Numbers, words, examples and labels are those of a registry that never saw it."""
    theme_id = find(state, 0)
    guests = make_entries(0, sorted(numbers))
    grown = add(state, guests)
    joined = {theme_id: [e for e in guests if e.item.id not in {b.item.id for b in grown.buffer}]}
    waiting = {"": list(grown.buffer)}
    others = {theme_id: make_entries(0, range(6))}
    after = erase_items(grown, joined | waiting, night=LATER, others=others).state
    was, now = state.themes[theme_id], after.themes[theme_id]
    np.testing.assert_allclose(now.total, was.total, atol=1e-5)
    np.testing.assert_allclose(after.spaces[SPACE].total, state.spaces[SPACE].total, atol=1e-4)
    assert (now.weight, now.words, now.label) == (was.weight, was.words, was.label)
    assert [e.id for e in now.examples] == [e.id for e in was.examples]
    assert after.spaces[SPACE].count == state.spaces[SPACE].count
    assert after.buffer == state.buffer


def test_a_label_that_only_the_erased_gave_is_replaced_and_recorded(state: RegistryState) -> None:
    theme_id = find(state, 0)
    label = state.themes[theme_id].label
    source = [e for e in make_entries(0, range(6)) if is_said(label, e.item.text)]
    change = erase_items(state, {theme_id: source}, night=LATER)
    assert change.state.themes[theme_id].label != label
    [entry] = change.lineage
    assert entry.event is LineageEvent.RENAMED
    assert label not in str(entry)


def test_a_label_of_words_that_nobody_left_says_is_replaced(state: RegistryState) -> None:
    """A label of keywords stands in nobody's text as a whole."""
    theme_id = find(state, 0)
    theme = replace(state.themes[theme_id], label="Invoice, a0, b1")
    [gone] = make_entries(0, [1])
    left = erase_items(
        replace(state, themes={**state.themes, theme_id: theme}), {theme_id: [gone]}, night=LATER
    )
    assert "b1" not in left.state.themes[theme_id].label.casefold()


def test_a_persons_label_stays_though_the_erased_said_it(state: RegistryState) -> None:
    theme_id = find(state, 0)
    [entry] = make_entries(0, [3])
    named = rename_theme(state, theme_id, entry.item.text, **TOLD).state
    change = erase_items(named, {theme_id: [entry]}, night=LATER)
    assert change.state.themes[theme_id].label == entry.item.text
    assert change.lineage == ()


def test_an_erased_mention_that_waited_is_gone(state: RegistryState) -> None:
    [lonely] = make_entries(2, [11])
    other = BufferedItem(ThemeItem("x", "quite another thing", "pain_point"), -lonely.vector, NIGHT)
    waiting = add(state, [other])
    assert [entry.item.id for entry in waiting.buffer] == ["x"]
    after = erase_items(waiting, {"": [other]}, night=LATER).state
    assert after.buffer == ()
    assert after.spaces[SPACE].count == 18


def test_a_theme_without_mentions_keeps_its_id_and_nothing_else(state: RegistryState) -> None:
    theme_id = find(state, 0)
    change = erase_items(state, {theme_id: make_entries(0, range(6))}, night=LATER)
    theme = change.state.themes[theme_id]
    assert (theme.weight, theme.examples, dict(theme.words), theme.keywords) == (0, (), {}, ())
    assert "invoice" not in theme.label.casefold()
    more = make_entries(0, range(6, 9))
    vectors = np.stack([entry.vector for entry in more])
    run_night(change.state, [entry.item for entry in more], vectors, night=LATER)


def test_a_theme_forgets_the_label_that_a_part_took_along(state: RegistryState) -> None:
    """The one who gave the label was split off before the erasure."""
    theme_id = find(state, 0)
    label = state.themes[theme_id].label
    giver = [n for n in range(6) if is_said(label, make_items(0, [n])[0].text)]
    change = split_theme(
        state, theme_id, make_items(0, giver), "A part", n_members=6, night=LATER, by="ana"
    )
    part = change.lineage[1].theme
    moved = move_items(change.state, {(theme_id, part): make_entries(0, giver)})
    assert moved.themes[theme_id].label == label
    gone = {part: make_entries(0, giver)}
    after = erase_items(moved, gone, night=LATER, kin={theme_id}).state
    assert not is_said(after.themes[theme_id].label, make_items(0, giver)[0].text)


def test_lineage_forgets_the_labels_of_the_erased_and_keeps_those_of_people(
    state: RegistryState,
) -> None:
    theme_id = find(state, 0)
    label = state.themes[theme_id].label
    change = rename_theme(state, theme_id, "Billing errors", **TOLD)
    [entry] = change.lineage
    cleared = forget_words(entry, [f"Well, {label}, you know", "Billing errors all day"])
    assert cleared.details == {**entry.details, "from": ""}
    assert forget_words(entry, ["quite another thing"]) is entry


@pytest.mark.parametrize(
    ("label", "text", "expected"),
    [
        ("Too dear for us", "Honestly it's too dear, for us.", True),
        ("Too dear for us", "For us it is too dear.", False),
        ("Too dear", "A toot, dear me!", False),
    ],
)
def test_a_label_is_said_in_a_text_that_has_its_words_in_order(
    label: str, text: str, expected: bool
) -> None:
    assert is_said(label, text) is expected


def test_a_label_that_somebody_left_says_too_is_nobodys(state: RegistryState) -> None:
    theme = state.themes[find(state, 0)]
    common = replace(theme, label="The invoice fails")
    assert not owes_label(common, make_entries(0, [9]))
