"""Themes keep their identity from night to night."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from core.vocabulary import LineageEvent
from models.registry import resolve, run_night
from models.theme_files import save_registry
from models.theme_state import (
    NightResult,
    RegistryState,
    ThemeItem,
    ThemeSettings,
    ThemeStatus,
)

NIGHT = date(2026, 3, 1)
D = 48
TOPICS = ("invoice amount", "slow export", "missing login", "training staff", "data hosting")


def make_item(topic: int, number: int, *, kind: str = "objection") -> ThemeItem:
    """An item of a topic; each has a conversation and an account of its own."""
    text = f"the {TOPICS[topic]} trouble number {'abcdefghij'[number % 10]}{number}"
    return ThemeItem(f"{kind}-{topic}-{number:03d}", text, kind)


def vectors_of(items: Sequence[ThemeItem]) -> NDArray[np.float32]:
    """Unit vectors `(n, d)`: an item's own noise around the direction of its topic."""
    rows = []
    for item in items:
        topic = int(item.id.split("-")[1])
        point = np.random.default_rng(topic).normal(size=D)
        noise = np.random.default_rng(sum(item.id.encode()) + 1_000 * topic).normal(0, 0.45, D)
        rows.append((point + noise) / np.linalg.norm(point + noise))
    return np.array(rows, dtype=np.float32).reshape(len(items), D)


def run(
    state: RegistryState, items: Sequence[ThemeItem], night: int = 0, **kwargs: int
) -> NightResult:
    """A night of these items."""
    return run_night(
        state,
        items,
        vectors_of(items),
        night=NIGHT + timedelta(days=night),
        settings=ThemeSettings(**kwargs),
    )


def first_night(n_topics: int = 3, per_topic: int = 5) -> NightResult:
    """A night on which `n_topics` themes are born."""
    items = [make_item(topic, n) for topic in range(n_topics) for n in range(per_topic)]
    return run(RegistryState(), items)


def test_alike_mentions_are_born_as_themes() -> None:
    result = first_night()
    assert len(result.state.themes) == 3
    assert {entry.event for entry in result.lineage} == {LineageEvent.BORN}
    homes = result.assignments
    for topic in range(3):
        assert len({homes[f"objection-{topic}-{n:03d}"] for n in range(5)}) == 1


def test_a_later_mention_joins_its_theme() -> None:
    first = first_night()
    second = run(first.state, [make_item(1, 40)], night=1)
    assert second.assignments["objection-1-040"] == first.assignments["objection-1-000"]
    theme = second.state.themes[first.assignments["objection-1-000"] or ""]
    assert theme.weight == 6
    assert theme.last_seen == NIGHT + timedelta(days=1)
    assert second.lineage == ()


def test_what_is_new_waits_until_there_is_enough_of_it() -> None:
    state = first_night().state
    second = run(state, [make_item(4, 0), make_item(4, 1)], night=1)
    assert second.assignments == {"objection-4-000": None, "objection-4-001": None}
    third = run(second.state, [make_item(4, 2)], night=2)
    assert len({third.assignments[f"objection-4-{n:03d}"] for n in range(3)} - {None}) == 1
    assert third.state.buffer == ()


def test_one_talkative_conversation_or_account_makes_no_theme() -> None:
    items = [make_item(0, n) for n in range(6)]
    same_call = [ThemeItem(i.id, i.text, i.kind, None, "call") for i in items]
    same_account = [ThemeItem(i.id, i.text, i.kind, None, i.id, "acme") for i in items]
    for chatter in (same_call, same_account):
        assert run(RegistryState(), chatter).state.themes == {}


def test_what_waited_too_long_goes() -> None:
    state = run(RegistryState(), [make_item(0, 0)]).state
    assert len(run(state, [], night=27).state.buffer) == 1
    assert run(state, [], night=28).state.buffer == ()


def test_kinds_and_types_never_share_a_theme() -> None:
    items = [make_item(0, n, kind=kind) for kind in ("objection", "pain_point") for n in range(4)]
    themes = run(RegistryState(), items).state.themes.values()
    assert sorted(theme.kind for theme in themes) == ["objection", "pain_point"]


def test_a_theme_long_unseen_retires_and_revives() -> None:
    state = first_night(1).state
    quiet = run(state, [], night=200)
    assert [entry.event for entry in quiet.lineage] == [LineageEvent.RETIRED]
    again = run(quiet.state, [make_item(0, 30)], night=201)
    assert [entry.event for entry in again.lineage] == [LineageEvent.REVIVED]
    [theme] = again.state.themes.values()
    assert theme.status is ThemeStatus.ACTIVE


def test_an_item_that_waits_is_not_taken_twice() -> None:
    item = make_item(0, 0)
    state = run(RegistryState(), [item]).state
    again = run(state, [item, item], night=1).state
    assert len(again.buffer) == 1
    assert again.spaces["objection", ""].count == 1


def test_no_two_themes_share_a_label() -> None:
    twins = [
        ThemeItem(f"objection-{topic}-{n:03d}", "the invoice is wrong", "objection")
        for topic in range(4)
        for n in range(4)
    ]
    labels = [theme.label.casefold() for theme in run(RegistryState(), twins).state.themes.values()]
    assert len(labels) == len(set(labels)) == 4


def test_a_backlog_is_grouped_at_once() -> None:
    items = [make_item(topic, n) for topic in range(5) for n in range(50)]
    result = run(RegistryState(), items, backlog_size=100)
    assert 5 <= len(result.state.themes) <= 10
    assert sum(theme is None for theme in result.assignments.values()) < 50


def test_an_unknown_id_resolves_to_nothing() -> None:
    assert resolve(first_night().state, "theme_unknown") is None


@settings(max_examples=20, deadline=None)
@given(st.data())
def test_the_order_within_a_night_changes_nothing(data: st.DataObject) -> None:
    items = [make_item(topic, n) for topic in range(4) for n in range(5)]
    shuffled = data.draw(st.permutations(items))
    assert freeze(run(RegistryState(), shuffled)) == freeze(run(RegistryState(), items))


NIGHTS = st.lists(
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 40)), max_size=12), min_size=2, max_size=5
)


def play(nights: Sequence[Sequence[tuple[int, int]]]) -> list[NightResult]:
    """The results of nights one after the other; an item is given on its first night only."""
    state, seen, results = RegistryState(), set(), []
    for number, keys in enumerate(nights):
        items = [make_item(*key) for key in dict.fromkeys(keys) if key not in seen]
        seen |= set(keys)
        results.append(run(state, items, night=number))
        state = results[-1].state
    return results


@settings(max_examples=25, deadline=None)
@given(NIGHTS)
def test_the_same_nights_give_the_same_state(nights: list[list[tuple[int, int]]]) -> None:
    assert [freeze(r) for r in play(nights)] == [freeze(r) for r in play(nights)]


@settings(max_examples=25, deadline=None)
@given(NIGHTS)
def test_no_theme_changes_without_an_entry(nights: list[list[tuple[int, int]]]) -> None:
    """Assignments are history: later nights give a theme to what waited, and touch nothing else."""
    homes: dict[str, str] = {}
    known: dict[str, str] = {}
    for result in play(nights):
        for item, theme in result.assignments.items():
            assert item not in homes
            if theme:
                homes[item] = theme
        events = {entry.theme for entry in result.lineage}
        for theme in result.state.themes.values():
            assert known.get(theme.id) == theme.label or theme.id in events
        known = {theme.id: theme.label for theme in result.state.themes.values()}
        assert set(homes.values()) <= set(known)
        assert sum(theme.weight for theme in result.state.themes.values()) == len(homes)


def freeze(result: NightResult) -> object:
    """All that a night gave, bit for bit, as something that compares."""
    themes = [
        (t.id, t.label, t.weight, t.total.tobytes(), t.keywords, tuple(e.id for e in t.examples))
        for t in result.state.themes.values()
    ]
    buffer = [(entry.item.id, entry.vector.tobytes()) for entry in result.state.buffer]
    spaces = [(k, s.total.tobytes(), s.count, s.cohesion) for k, s in result.state.spaces.items()]
    return themes, buffer, spaces, result.lineage, dict(result.assignments)


def test_the_state_grows_with_themes_and_not_with_history(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    state = first_night().state
    sizes = []
    for night in (1, 2):
        more = [make_item(topic, 100 * night + n) for topic in range(3) for n in range(100)]
        state = run(state, more, night=night).state
        folder = tmp_path_factory.mktemp("state")
        save_registry(folder, state, {})
        sizes.append(sum(path.stat().st_size for path in folder.iterdir()))
    assert sizes[1] < 1.2 * sizes[0]
