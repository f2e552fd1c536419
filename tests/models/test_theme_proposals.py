"""Merges and splits are proposed where the mentions speak for them, and never against people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.vocabulary import ProposalAction
from models.theme_changes import hide_theme, merge_themes
from models.theme_likeness import Likeness
from models.theme_members import found_theme
from models.theme_proposals import (
    MERGE_FROM,
    SPLIT_UP_TO,
    Proposal,
    is_changed_much,
    is_sure,
    pick_suspects,
    propose_merges,
    propose_split,
)
from models.theme_state import (
    BufferedItem,
    RegistryState,
    Space,
    Theme,
    ThemeSettings,
    ThemeStatus,
)
from tests.models.registry_world import LATER, NIGHT, SPACE, D, make_entries

EMPTY = Space(np.zeros(D), 0, 0.35)


def make_theme(topic: int, numbers: Sequence[int], label: str) -> Theme:
    """A theme of these mentions."""
    return replace(found_theme(make_entries(topic, numbers), NIGHT), label=label)


def make_registry(*themes: Theme) -> RegistryState:
    """A registry of these themes."""
    return RegistryState("", {theme.id: theme for theme in themes}, spaces={SPACE: EMPTY})


@pytest.fixture
def twins() -> RegistryState:
    """Two themes of one topic, five and four mentions, and one of another."""
    return make_registry(
        make_theme(0, range(5), "The large one"),
        make_theme(0, range(5, 9), "The small one"),
        make_theme(1, range(5), "Another"),
    )


def named(state: RegistryState, label: str) -> str:
    [found] = [theme.id for theme in state.themes.values() if theme.label == label]
    return found


def test_two_themes_of_one_meaning_are_proposed_as_one(twins: RegistryState) -> None:
    [proposal] = propose_merges(twins, [])
    assert proposal.action is ProposalAction.MERGE
    assert (proposal.theme, proposal.other) == (
        named(twins, "The small one"),
        named(twins, "The large one"),
    )
    assert proposal.likeness >= MERGE_FROM
    assert proposal.n_mentions == 9
    assert set(proposal.words) == {"invoice", "fails", "case"}
    assert [len(group) for group in proposal.groups] == [4, 5]


def test_what_people_took_apart_is_not_proposed_again(twins: RegistryState) -> None:
    pair = (named(twins, "The small one"), named(twins, "The large one"))
    assert propose_merges(twins, [pair]) == []
    assert propose_merges(twins, [pair[::-1]]) == []


def test_taken_apart_holds_for_what_the_two_were_merged_into(twins: RegistryState) -> None:
    small, large = named(twins, "The small one"), named(twins, "The large one")
    third = make_theme(0, range(9, 14), "A third")
    state = make_registry(*twins.themes.values(), third)
    merged = merge_themes(state, large, third.id, night=LATER, by="ana").state
    assert propose_merges(merged, [(small, large)]) == []
    assert len(propose_merges(merged, [])) == 1


def test_themes_out_of_sight_are_left_alone(twins: RegistryState) -> None:
    small = named(twins, "The small one")
    hidden = hide_theme(twins, small, night=LATER, by="ana").state
    assert propose_merges(hidden, []) == []
    old = replace(twins.themes[small], status=ThemeStatus.RETIRED)
    assert propose_merges(replace(twins, themes={**twins.themes, small: old}), []) == []


def mix(*parts: tuple[int, int]) -> list[BufferedItem]:
    """So many mentions of each topic, in the order of their ids."""
    entries = [entry for topic, n in parts for entry in make_entries(topic, range(n))]
    return sorted(entries, key=lambda entry: entry.item.id)


def test_two_meanings_in_one_theme_are_proposed_as_two() -> None:
    members = mix((0, 6), (1, 4))
    theme = found_theme(members, NIGHT)
    proposal = propose_split(theme, members, EMPTY, ThemeSettings())
    assert proposal is not None
    assert [sorted(group) for group in proposal.groups] == [
        [f"0-{n}" for n in range(6)],
        [f"1-{n}" for n in range(4)],
    ]
    assert (proposal.theme, proposal.n_mentions) == (theme.id, 10)
    assert proposal.likeness <= SPLIT_UP_TO


def test_three_meanings_are_three_groups() -> None:
    members = mix((0, 6), (1, 5), (2, 4))
    proposal = propose_split(found_theme(members, NIGHT), members, EMPTY, ThemeSettings())
    assert proposal is not None
    assert [len(group) for group in proposal.groups] == [6, 5, 4]


def test_one_meaning_is_of_one_piece() -> None:
    members = mix((0, 14))
    assert propose_split(found_theme(members, NIGHT), members, EMPTY, ThemeSettings()) is None


def test_a_part_must_be_enough_for_a_theme() -> None:
    few = mix((0, 8), (1, 2))
    assert propose_split(found_theme(few, NIGHT), few, EMPTY, ThemeSettings()) is None
    one_call = [
        replace(entry, item=replace(entry.item, conversation="one call"))
        if entry.item.id.startswith("1")
        else entry
        for entry in mix((0, 6), (1, 4))
    ]
    assert propose_split(found_theme(one_call, NIGHT), one_call, EMPTY, ThemeSettings()) is None


@given(st.permutations(range(10)))
def test_the_order_of_mentions_does_not_show(order: list[int]) -> None:
    members = mix((0, 6), (1, 4))
    theme = found_theme(members, NIGHT)
    shuffled = sorted((members[n] for n in order), key=lambda entry: entry.item.id)
    first = propose_split(theme, members, EMPTY, ThemeSettings())
    assert first == propose_split(theme, shuffled, EMPTY, ThemeSettings())


def test_the_loosest_are_examined_first_and_again_when_they_have_grown() -> None:
    tight, loose = make_theme(0, range(6), "Tight"), found_theme(mix((1, 3), (2, 3)), NIGHT)
    state, both = make_registry(tight, loose), [tight.id, loose.id]
    assert pick_suspects(state, both, {}, most=1) == [loose.id]
    assert pick_suspects(state, [tight.id], {}, most=1) == [tight.id]
    assert pick_suspects(state, both, {loose.id: 5, tight.id: 4}, most=9) == [tight.id]


def make_proposal(action: ProposalAction, likeness: float, n_shown: int = 10) -> Proposal:
    groups = (tuple(f"m{n}" for n in range(n_shown)),)
    return Proposal("prp", action, "a", "b", likeness, 10, groups)


@pytest.mark.parametrize(
    ("action", "likeness", "expected"),
    [
        (ProposalAction.MERGE, 0.95, True),
        (ProposalAction.MERGE, 0.9499, False),
        (ProposalAction.SPLIT, 0.0, True),
        (ProposalAction.SPLIT, 0.0001, False),
    ],
)
def test_nobody_is_asked_only_above_the_threshold(
    action: ProposalAction, likeness: float, expected: bool
) -> None:
    proposal = make_proposal(action, likeness)
    assert is_sure(proposal, merge_from=0.95, split_up_to=0.0) is expected


def test_a_split_that_shows_a_sample_is_never_done_unasked() -> None:
    proposal = make_proposal(ProposalAction.SPLIT, -0.5, n_shown=9)
    assert not is_sure(proposal, merge_from=0.95, split_up_to=0.0)


@pytest.mark.parametrize(
    ("action", "now", "expected"),
    [
        (ProposalAction.MERGE, (0.80, 10), False),
        (ProposalAction.MERGE, (0.89, 19), False),
        (ProposalAction.MERGE, (0.90, 10), True),
        (ProposalAction.MERGE, (0.76, 20), True),
        (ProposalAction.SPLIT, (0.71, 19), False),
        (ProposalAction.SPLIT, (0.70, 10), True),
        (ProposalAction.SPLIT, (0.95, 10), False),
    ],
)
def test_what_was_declined_comes_back_when_much_more_speaks_for_it(
    action: ProposalAction, now: tuple[float, int], expected: bool
) -> None:
    assert is_changed_much(action, (0.80, 10), now) is expected


def test_likeness_is_one_within_a_theme_and_none_between_strangers() -> None:
    themes = [make_theme(0, range(7), "a"), make_theme(0, range(7, 14), "b")]
    stranger = make_theme(1, range(7), "c")
    between = Likeness([*themes, stranger], EMPTY).between()
    assert between[0, 1] == pytest.approx(1, abs=0.15)
    assert abs(between[0, 2]) < 0.4
