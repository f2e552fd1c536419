"""What people decide about themes holds through every later night, and is recorded."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import Conflict, Mismatch, NotFound
from core.vocabulary import LineageEvent
from models.registry import resolve, run_night
from models.theme_changes import (
    Change,
    hide_theme,
    merge_themes,
    rename_theme,
    show_theme,
    split_theme,
)
from models.theme_erasure import move_items
from models.theme_state import RegistryState, ThemeStatus
from tests.models.registry_world import (
    LATER,
    NIGHT,
    add,
    find,
    look,
    make_entries,
    make_items,
    make_state,
)

TOLD = {"night": LATER, "by": "ana"}


@pytest.fixture(scope="module")
def state() -> RegistryState:
    return make_state()


def split(state: RegistryState, theme: str, numbers: list[int]) -> Change:
    """Some mentions of the first topic as a part of their own."""
    items = make_items(0, numbers)
    return split_theme(state, theme, items, "The rare cases", n_members=6, **TOLD)


def test_a_persons_label_stays(state: RegistryState) -> None:
    theme = find(state, 0)
    change = rename_theme(state, theme, " Billing  errors ", **TOLD)
    [entry] = change.lineage
    assert (entry.event, entry.by) == (LineageEvent.RENAMED, "ana")
    after = add(change.state, make_entries(0, range(6, 12)))
    assert after.themes[theme].label == "Billing errors"


def test_a_label_in_use_is_refused(state: RegistryState) -> None:
    label = state.themes[find(state, 1)].label
    with pytest.raises(Conflict, match="already called"):
        rename_theme(state, find(state, 0), label.upper(), **TOLD)


def test_a_theme_may_take_the_label_of_its_own_part(state: RegistryState) -> None:
    source, into = find(state, 0), find(state, 1)
    merged = merge_themes(state, source, into, **TOLD).state
    renamed = rename_theme(merged, into, state.themes[source].label, **TOLD).state
    assert renamed.themes[into].label == state.themes[source].label


@pytest.mark.parametrize("label", ["", "  ", "x" * 201])
def test_a_label_is_some_words_and_not_a_page(state: RegistryState, label: str) -> None:
    with pytest.raises(Mismatch, match="characters"):
        rename_theme(state, find(state, 0), label, **TOLD)


def test_a_hidden_theme_catches_its_mentions_out_of_sight(state: RegistryState) -> None:
    theme = find(state, 0)
    hidden = hide_theme(state, theme, **TOLD).state
    after = add(hidden, make_entries(0, range(6, 9)))
    assert after.themes[theme].status is ThemeStatus.HIDDEN
    assert after.themes[theme].weight == 9


def test_a_hidden_theme_stays_hidden_when_nobody_mentions_it_for_long(
    state: RegistryState,
) -> None:
    theme = find(state, 0)
    hidden = hide_theme(state, theme, **TOLD).state
    quiet = run_night(hidden, [], np.zeros((0, 32), np.float32), night=NIGHT + timedelta(days=400))
    assert quiet.state.themes[theme].status is ThemeStatus.HIDDEN


def test_a_hidden_theme_can_be_shown_again(state: RegistryState) -> None:
    theme = find(state, 0)
    hidden = hide_theme(state, theme, **TOLD).state
    with pytest.raises(Conflict, match="hidden already"):
        hide_theme(hidden, theme, **TOLD)
    shown = show_theme(hidden, theme, **TOLD)
    assert look(shown.state) == look(state)
    assert [entry.event for entry in shown.lineage] == [LineageEvent.REVIVED]
    with pytest.raises(Conflict, match="not hidden"):
        show_theme(shown.state, theme, **TOLD)


def test_a_merged_theme_resolves_and_goes_on_catching(state: RegistryState) -> None:
    source, into = find(state, 0), find(state, 1)
    merged = merge_themes(state, source, into, **TOLD).state
    assert resolve(merged, source) == into
    [new] = make_entries(0, [9])
    result = run_night(merged, [new.item], new.vector[None], night=LATER)
    assert result.assignments == {"0-9": source}
    assert result.state.themes[source].status is ThemeStatus.MERGED
    assert result.state.themes[into].last_seen == LATER


def test_a_merge_stands_in_the_lineage_of_both(state: RegistryState) -> None:
    source, into = find(state, 0), find(state, 1)
    lineage = merge_themes(state, source, into, **TOLD).lineage
    assert [(e.theme, e.event) for e in lineage] == [
        (source, LineageEvent.MERGED),
        (into, LineageEvent.MERGED),
    ]


def test_a_retired_theme_revives_when_its_part_is_mentioned(state: RegistryState) -> None:
    source, into = find(state, 0), find(state, 1)
    merged = merge_themes(state, source, into, **TOLD).state
    years_later = LATER + timedelta(days=400)
    quiet = run_night(merged, [], np.zeros((0, 32), np.float32), night=years_later).state
    assert quiet.themes[into].status is ThemeStatus.RETIRED
    after = add(quiet, make_entries(0, [9]), years_later + timedelta(days=1))
    assert after.themes[into].status is ThemeStatus.ACTIVE


def test_merges_never_run_in_a_circle(state: RegistryState) -> None:
    a, b, c = (find(state, topic) for topic in range(3))
    merged = merge_themes(state, a, b, **TOLD).state
    merged = merge_themes(merged, b, c, **TOLD).state
    assert resolve(merged, a) == c
    with pytest.raises(Conflict, match="one already"):
        merge_themes(merged, c, a, **TOLD)


def test_a_theme_that_was_merged_or_retired_takes_no_changes(state: RegistryState) -> None:
    a, b, c = (find(state, topic) for topic in range(3))
    merged = merge_themes(state, a, b, **TOLD).state
    for wish in (
        lambda: rename_theme(merged, a, "New", **TOLD),
        lambda: hide_theme(merged, a, **TOLD),
        lambda: merge_themes(merged, a, c, **TOLD),
        lambda: merge_themes(merged, c, a, **TOLD),
        lambda: split(merged, a, [1]),
    ):
        with pytest.raises(Conflict, match=f"{a} is a part of {b} now"):
            wish()
    old = replace(state.themes[a], status=ThemeStatus.RETIRED)
    retired = replace(state, themes={**state.themes, a: old})
    with pytest.raises(Conflict, match="retired"):
        merge_themes(retired, b, a, **TOLD)


def test_themes_of_two_types_are_never_merged(state: RegistryState) -> None:
    a, b = find(state, 0), find(state, 1)
    other = replace(state.themes[b], type="time")
    mixed = replace(state, themes={**state.themes, b: other})
    with pytest.raises(Mismatch, match="pain_point time"):
        merge_themes(mixed, a, b, **TOLD)


def test_a_part_gets_an_id_at_once_and_its_numbers_when_its_mentions_are_moved(
    state: RegistryState,
) -> None:
    theme = find(state, 0)
    change = split(state, theme, [0, 1])
    [gone, born] = change.lineage
    assert (gone.event, born.event) == (LineageEvent.SPLIT, LineageEvent.BORN)
    part = gone.details["into"]
    assert gone.details["items"] == "0-0 0-1"
    assert (change.state.themes[part].weight, change.state.themes[theme].weight) == (0, 6)
    after = move_items(change.state, {(theme, part): make_entries(0, [0, 1])})
    assert (after.themes[part].weight, after.themes[theme].weight) == (2, 4)
    assert {example.id for example in after.themes[part].examples} == {"0-0", "0-1"}
    assert "0-0" not in {example.id for example in after.themes[theme].examples}
    assert (after.themes[part].label, after.themes[theme].label) == (
        "The rare cases",
        state.themes[theme].label,
    )
    assert after.themes[part].last_seen == NIGHT


def test_a_part_is_not_born_twice(state: RegistryState) -> None:
    """A mention that joins it on the night of the split is no second birth."""
    theme = find(state, 0)
    change = split(state, theme, [0, 1, 2])
    part = change.lineage[1].theme
    moved = move_items(change.state, {(theme, part): make_entries(0, [0, 1, 2])})
    more = make_entries(0, range(6, 12))
    vectors = np.stack([entry.vector for entry in more])
    result = run_night(moved, [entry.item for entry in more], vectors, night=LATER)
    assert result.lineage == ()
    assert {part, theme} >= set(result.assignments.values())


def test_a_part_that_was_put_back_and_split_off_again_is_another(state: RegistryState) -> None:
    theme = find(state, 0)
    first = split(state, theme, [0, 1])
    again = split(first.state, theme, [0, 1])
    assert first.lineage[1].theme != again.lineage[1].theme


@pytest.mark.parametrize("numbers", [[], range(6)])
def test_a_theme_cannot_be_split_into_all_and_nothing(
    state: RegistryState, numbers: list[int]
) -> None:
    with pytest.raises(Mismatch):
        split(state, find(state, 0), numbers)


def test_an_unknown_theme_is_named(state: RegistryState) -> None:
    with pytest.raises(NotFound, match="theme_x"):
        hide_theme(state, "theme_x", **TOLD)


WISHES = st.lists(
    st.tuples(st.sampled_from(["rename", "hide", "show", "merge", "split"]), st.integers(0, 8)),
    max_size=8,
)


def wish_for(state: RegistryState, what: str, number: int) -> Change:
    """One change of one of the themes by a person; some are refused."""
    ids = sorted(state.themes)
    theme, other = ids[number % len(ids)], ids[(number + 1) % len(ids)]
    if what == "rename":
        return rename_theme(state, theme, f"Name {number}", **TOLD)
    if what == "hide":
        return hide_theme(state, theme, **TOLD)
    if what == "show":
        return show_theme(state, theme, **TOLD)
    if what == "split":
        items = make_items(number % 3, [number % 6])
        return split_theme(state, theme, items, f"Part {number}", n_members=6, **TOLD)
    return merge_themes(state, theme, other, **TOLD)


@settings(max_examples=40)
@given(WISHES)
def test_nothing_changes_without_an_entry_and_no_night_undoes_it(
    state: RegistryState, wishes: list[tuple[str, int]]
) -> None:
    after = state
    for what, number in wishes:
        try:
            change = wish_for(after, what, number)
        except (Conflict, Mismatch):
            continue
        told = {entry.theme for entry in change.lineage}
        changed = {a[0] for a in look(change.state)} - {a[0] for a in look(after)}
        before = {row[0]: row for row in look(after)}
        changed |= {row[0] for row in look(change.state) if before.get(row[0]) != row}
        assert changed <= told
        after = change.state
    grown = add(after, [entry for topic in range(3) for entry in make_entries(topic, [6, 7])])
    for id_, theme in after.themes.items():
        later = grown.themes[id_]
        assert (later.label, later.is_pinned, later.into) == (
            theme.label,
            theme.is_pinned,
            theme.into,
        )
        assert later.status is theme.status
        assert resolve(grown, id_) == resolve(after, id_)
