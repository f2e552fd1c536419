"""What people decide about themes holds, is recorded, and can be undone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import Conflict, NotFound
from core.vocabulary import LineageEvent
from models.registry import resolve, run_night
from models.theme_changes import (
    Change,
    erase_items,
    hide_theme,
    merge_themes,
    rename_theme,
    split_theme,
    undo,
)
from models.theme_state import BufferedItem, RegistryState, ThemeItem, ThemeStatus

NIGHT = date(2026, 3, 1)
LATER = NIGHT + timedelta(days=1)
D = 32
WORDS = ("invoice", "export", "login")


def make_entries(topic: int, numbers: Sequence[int]) -> list[BufferedItem]:
    """Mentions of a topic with their vectors."""
    point = np.random.default_rng(topic).normal(size=D)
    entries = []
    for n in numbers:
        vector = point + np.random.default_rng(100 * topic + n + 7).normal(0, 0.4, D)
        vector = (vector / np.linalg.norm(vector)).astype(np.float32)
        text = f"The {WORDS[topic]} fails in case {'abcdefghijklmnop'[n]}{n}"
        entries.append(BufferedItem(ThemeItem(f"{topic}-{n}", text, "pain_point"), vector, NIGHT))
    return entries


def add(state: RegistryState, entries: Sequence[BufferedItem], night: date) -> RegistryState:
    """The state after a night of these mentions."""
    vectors = np.stack([entry.vector for entry in entries])
    return run_night(state, [entry.item for entry in entries], vectors, night=night).state


@pytest.fixture(scope="module")
def state() -> RegistryState:
    entries = [entry for topic in range(3) for entry in make_entries(topic, range(6))]
    return add(RegistryState(), entries, NIGHT)


def find(state: RegistryState, topic: int) -> str:
    """The id of the topic's theme."""
    [found] = [t.id for t in state.themes.values() if WORDS[topic] in t.words]
    return found


def look(state: RegistryState) -> list[tuple[object, ...]]:
    """What a reader sees of the themes."""
    return [
        (t.id, t.label, t.status, t.into, t.is_pinned, t.weight, t.total.tobytes())
        for t in state.themes.values()
    ]


def test_a_persons_label_stays(state: RegistryState) -> None:
    theme = find(state, 0)
    change = rename_theme(state, theme, "Billing errors", night=LATER, by="ana")
    [entry] = change.lineage
    assert (entry.event, entry.by) == (LineageEvent.RENAMED, "ana")
    after = add(change.state, make_entries(0, range(6, 12)), LATER)
    assert after.themes[theme].label == "Billing errors"


def test_a_label_in_use_is_refused(state: RegistryState) -> None:
    label = state.themes[find(state, 1)].label
    with pytest.raises(Conflict, match="already called"):
        rename_theme(state, find(state, 0), label.upper(), night=LATER, by="ana")


def test_a_hidden_theme_catches_its_mentions_out_of_sight(state: RegistryState) -> None:
    theme = find(state, 0)
    hidden = hide_theme(state, theme, night=LATER, by="ana").state
    after = add(hidden, make_entries(0, range(6, 9)), LATER)
    assert after.themes[theme].status is ThemeStatus.HIDDEN
    assert after.themes[theme].weight == 9


def test_a_merged_theme_resolves_and_goes_on_catching(state: RegistryState) -> None:
    source, into = find(state, 0), find(state, 1)
    merged = merge_themes(state, source, into, night=LATER, by="ana").state
    assert resolve(merged, source) == into
    [new] = make_entries(0, [9])
    result = run_night(merged, [new.item], new.vector[None], night=LATER)
    assert result.assignments == {"0-9": into}
    assert result.state.themes[into].last_seen == LATER


def test_merges_never_run_in_a_circle(state: RegistryState) -> None:
    a, b, c = (find(state, topic) for topic in range(3))
    merged = merge_themes(state, a, b, night=LATER, by="ana").state
    merged = merge_themes(merged, b, c, night=LATER, by="ana").state
    assert resolve(merged, a) == c
    with pytest.raises(Conflict, match="one already"):
        merge_themes(merged, c, a, night=LATER, by="ana")


def test_a_split_gives_its_part_a_new_id_and_its_mentions(state: RegistryState) -> None:
    theme = find(state, 0)
    part = make_entries(0, [0, 1])
    change = split_theme(state, theme, part, night=LATER, by="ana")
    [gone, born] = change.lineage
    assert (gone.event, born.event) == (LineageEvent.SPLIT, LineageEvent.BORN)
    new = change.state.themes[gone.details["into"]]
    assert (new.weight, change.state.themes[theme].weight) == (2, 4)
    assert gone.details["items"] == "0-0 0-1"
    assert new.label
    assert new.label.casefold() != state.themes[theme].label.casefold()


def test_a_theme_cannot_be_split_into_all_and_nothing(state: RegistryState) -> None:
    with pytest.raises(Conflict):
        split_theme(state, find(state, 0), make_entries(0, range(6)), night=LATER, by="ana")
    with pytest.raises(Conflict):
        split_theme(state, find(state, 0), [], night=LATER, by="ana")


def test_an_unknown_theme_is_named(state: RegistryState) -> None:
    with pytest.raises(NotFound, match="theme_x"):
        hide_theme(state, "theme_x", night=LATER, by="ana")


def change_state(state: RegistryState, what: str) -> Change:
    """One change of the state by a person."""
    first, second = find(state, 0), find(state, 1)
    if what == "rename":
        return rename_theme(state, first, "Something else", night=LATER, by="ana")
    if what == "hide":
        return hide_theme(state, second, night=LATER, by="ana")
    if what == "split":
        return split_theme(state, first, make_entries(0, [0, 1]), night=LATER, by="ana")
    return merge_themes(state, first, second, night=LATER, by="ana")


@settings(max_examples=20, deadline=None)
@given(st.lists(st.sampled_from(["rename", "hide", "merge"]), unique=True, min_size=1))
def test_changes_undone_leave_everything_as_it_was(
    state: RegistryState, changes: list[str]
) -> None:
    after, entries = state, []
    for what in changes:
        change = change_state(after, what)
        after = change.state
        entries.append(change.lineage[0])
    for entry in reversed(entries):
        undone = undo(after, entry, night=LATER, by="ben")
        assert undone.lineage[0].by == "ben"
        after = undone.state
    assert look(after) == look(state)


def test_a_split_undone_resolves_to_the_old_id(state: RegistryState) -> None:
    change = change_state(state, "split")
    after = undo(change.state, change.lineage[0], night=LATER, by="ben").state
    assert resolve(after, change.lineage[0].details["into"]) == find(state, 0)


def test_what_no_longer_stands_cannot_be_undone(state: RegistryState) -> None:
    change = change_state(state, "rename")
    later = rename_theme(change.state, find(state, 0), "A third name", night=LATER, by="ana")
    with pytest.raises(Conflict, match="no longer stands"):
        undo(later.state, change.lineage[0], night=LATER, by="ben")


@settings(max_examples=25, deadline=None)
@given(st.sets(st.integers(0, 5), min_size=1, max_size=5))
def test_erasure_leaves_what_the_rest_would_have_made(
    state: RegistryState, numbers: set[int]
) -> None:
    theme_id = find(state, 0)
    gone = make_entries(0, sorted(numbers))
    change = erase_items(state, {theme_id: gone}, night=LATER)
    theme = change.state.themes[theme_id]
    rest = make_entries(0, [n for n in range(6) if n not in numbers])
    mean = np.sum([entry.vector for entry in rest], axis=0)
    assert theme.weight == len(rest)
    np.testing.assert_allclose(theme.centroid, mean / np.linalg.norm(mean), atol=1e-5)
    assert {example.id for example in theme.examples} <= {entry.item.id for entry in rest}
    assert change.state.spaces["pain_point", ""].count == 18 - len(numbers)
    texts = " ".join(entry.item.text for entry in rest)
    assert theme.label in texts or "invoice" in theme.label


def test_a_label_that_only_the_erased_gave_is_replaced_and_recorded(state: RegistryState) -> None:
    theme_id = find(state, 0)
    label = state.themes[theme_id].label
    source = [e for e in make_entries(0, range(6)) if label.casefold() in e.item.text.casefold()]
    change = erase_items(state, {theme_id: source}, night=LATER)
    assert change.state.themes[theme_id].label != label
    [entry] = change.lineage
    assert entry.event is LineageEvent.RENAMED
    assert label not in str(entry)


def test_an_erased_mention_that_waited_is_gone(state: RegistryState) -> None:
    [lonely] = make_entries(2, [11])
    other = BufferedItem(ThemeItem("x", "quite another thing"), -lonely.vector, NIGHT)
    waiting = add(state, [other], LATER)
    assert [entry.item.id for entry in waiting.buffer] == ["x"]
    assert erase_items(waiting, {"": [other]}, night=LATER).state.buffer == ()


def test_a_theme_without_mentions_keeps_its_id_and_nothing_else(state: RegistryState) -> None:
    theme_id = find(state, 0)
    change = erase_items(state, {theme_id: make_entries(0, range(6))}, night=LATER)
    theme = change.state.themes[theme_id]
    assert (theme.weight, theme.examples, dict(theme.words)) == (0, (), {})
    assert "invoice" not in theme.label
    add(change.state, make_entries(0, range(6, 9)), LATER)
