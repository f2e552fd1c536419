"""What people changed can be taken back, and that too is recorded."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import Conflict
from core.vocabulary import AUTOMATIC, LineageEvent
from models.registry import resolve
from models.theme_changes import (
    Change,
    hide_theme,
    merge_themes,
    rename_theme,
    show_theme,
    split_theme,
)
from models.theme_state import LineageEntry, RegistryState
from models.theme_undo import find_last, undo
from tests.models.registry_world import LATER, find, look, make_items, make_state

TOLD = {"night": LATER, "by": "ana"}
UNDONE = {"night": LATER, "by": "ben"}


@pytest.fixture(scope="module")
def state() -> RegistryState:
    return make_state()


def change_state(state: RegistryState, what: str) -> Change:
    """One change of the state by a person."""
    first, second = find(state, 0), find(state, 1)
    if what == "rename":
        return rename_theme(state, first, "Something else", **TOLD)
    if what == "rename again":
        return rename_theme(state, first, "A third name", **TOLD)
    if what == "hide":
        return hide_theme(state, second, **TOLD)
    if what == "split":
        items = make_items(0, [0, 1])
        return split_theme(state, first, items, "The rare cases", n_members=6, **TOLD)
    return merge_themes(state, first, second, **TOLD)


@settings(max_examples=30)
@given(st.permutations(["rename", "rename again", "hide", "merge"]), st.integers(1, 4))
def test_changes_undone_leave_everything_as_it_was(
    state: RegistryState, order: list[str], n: int
) -> None:
    after, entries = state, []
    for what in order[:n]:
        try:
            change = change_state(after, what)
        except Conflict:  # what was merged takes no other change
            continue
        after = change.state
        entries.append(change.lineage[0])
    for entry in reversed(entries):
        undone = undo(after, entry, **UNDONE)
        assert {told.by for told in undone.lineage} == {"ben"}
        after = undone.state
    assert look(after) == look(state)


@pytest.mark.parametrize("what", ["rename", "hide", "merge", "split"])
def test_an_undo_can_be_undone(state: RegistryState, what: str) -> None:
    change = change_state(state, what)
    undone = undo(change.state, change.lineage[0], **UNDONE)
    again = undo(undone.state, undone.lineage[0], **UNDONE)
    assert look(again.state) == look(change.state)


def test_a_merge_can_be_undone_from_either_side(state: RegistryState) -> None:
    change = change_state(state, "merge")
    for entry in change.lineage:
        assert look(undo(change.state, entry, **UNDONE).state) == look(state)


def test_an_undone_merge_tells_both_and_is_a_split_of_the_one(state: RegistryState) -> None:
    change = change_state(state, "merge")
    lineage = undo(change.state, change.lineage[0], **UNDONE).lineage
    assert [(entry.theme, entry.event) for entry in lineage] == [
        (find(state, 1), LineageEvent.SPLIT),
        (find(state, 0), LineageEvent.REVIVED),
    ]


def test_a_split_undone_resolves_to_the_old_id(state: RegistryState) -> None:
    change = change_state(state, "split")
    after = undo(change.state, change.lineage[0], **UNDONE).state
    assert resolve(after, change.lineage[0].details["into"]) == find(state, 0)


def test_a_split_whose_parts_were_merged_the_other_way_round_is_done_with(
    state: RegistryState,
) -> None:
    change = change_state(state, "split")
    theme, part = find(state, 0), change.lineage[1].theme
    merged = merge_themes(change.state, theme, part, **TOLD).state
    with pytest.raises(Conflict, match="no longer stands"):
        undo(merged, change.lineage[0], **UNDONE)


def test_a_theme_shown_again_can_be_hidden_by_an_undo(state: RegistryState) -> None:
    hidden = change_state(state, "hide").state
    shown = show_theme(hidden, find(state, 1), **TOLD)
    assert look(undo(shown.state, shown.lineage[0], **UNDONE).state) == look(hidden)


def test_what_no_longer_stands_cannot_be_undone(state: RegistryState) -> None:
    change = change_state(state, "rename")
    later = change_state(change.state, "rename again")
    with pytest.raises(Conflict, match="no longer stands"):
        undo(later.state, change.lineage[0], **UNDONE)


def test_a_birth_cannot_be_undone(state: RegistryState) -> None:
    born = LineageEntry(find(state, 0), LineageEvent.BORN, LATER, "six alike")
    with pytest.raises(Conflict, match="cannot be undone"):
        undo(state, born, **UNDONE)


def test_a_label_that_another_theme_took_meanwhile_does_not_come_back(
    state: RegistryState,
) -> None:
    change = change_state(state, "rename")
    label = state.themes[find(state, 0)].label
    taken = rename_theme(change.state, find(state, 1), label, **TOLD).state
    with pytest.raises(Conflict, match="already called"):
        undo(taken, change.lineage[0], **UNDONE)


def test_undoing_again_goes_further_back(state: RegistryState) -> None:
    theme = find(state, 0)
    first = change_state(state, "rename")
    second = change_state(first.state, "rename again")
    entries = [replace(first.lineage[0], id="1"), replace(second.lineage[0], id="2")]
    after, undone = second.state, []
    for _ in range(2):
        entry = find_last(after, entries)
        undone.append(entry.id)
        change = undo(after, entry, **UNDONE)
        after, entries = change.state, [*entries, *change.lineage]
    assert undone == ["2", "1"]
    assert after.themes[theme].label == state.themes[theme].label
    with pytest.raises(Conflict, match="nothing is left"):
        find_last(after, entries)


def test_what_happened_by_itself_is_not_undone_but_for_merges_and_splits(
    state: RegistryState,
) -> None:
    merged = merge_themes(state, find(state, 0), find(state, 1), night=LATER, by=AUTOMATIC)
    assert find_last(merged.state, merged.lineage[:1]) is merged.lineage[0]
    hidden = hide_theme(state, find(state, 0), night=LATER, by=AUTOMATIC)
    with pytest.raises(Conflict, match="nothing is left"):
        find_last(hidden.state, hidden.lineage)
