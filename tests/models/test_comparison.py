from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.snapshot import Scope, Snapshot
from models.comparison import compare_segments, intersect_scopes
from models.statistics import lift_p_value, q_values

HEALTH, RETAIL = Scope((("industry", "Healthcare"),)), Scope((("industry", "Retail"),))
segments = st.lists(
    st.tuples(st.sampled_from(["industry", "region"]), st.sampled_from(["A", "b", "C"])), max_size=4
)


def test_shares_stand_side_by_side_with_their_ratio_and_test(snapshot: Snapshot) -> None:
    found = compare_segments(snapshot, "objection", HEALTH, RETAIL)
    assert (found.a.n_conversations, found.b.n_conversations, found.n_both) == (12, 12, 0)
    security = found.contrasts[0]
    assert security.id == "thm_security"
    assert (security.a.share, security.b.share) == (0.5, 0)
    assert security.ratio == pytest.approx(13)
    p = [lift_p_value(c.a.n_conversations, 12, c.b.n_conversations, 12) for c in found.contrasts]
    assert [c.q_value for c in found.contrasts] == pytest.approx(q_values(p))


def test_the_surest_difference_comes_first(snapshot: Snapshot) -> None:
    found = compare_segments(snapshot, "objection", HEALTH, RETAIL)
    q = [contrast.q_value for contrast in found.contrasts]
    assert q == sorted(q, key=lambda value: value or 0)


def test_conversations_of_both_segments_forbid_a_test(snapshot: Snapshot) -> None:
    lost = Scope((("outcome", "lost"),))
    found = compare_segments(snapshot, "objection", HEALTH, lost)
    assert found.n_both == 6
    assert {contrast.q_value for contrast in found.contrasts} == {None}


def test_a_segment_compared_with_itself_shows_no_difference(snapshot: Snapshot) -> None:
    found = compare_segments(snapshot, "objection", HEALTH, HEALTH)
    assert found.n_both == 12
    assert all(contrast.a == contrast.b for contrast in found.contrasts)


def test_hidden_themes_are_left_out_and_types_may_be_compared(snapshot: Snapshot) -> None:
    hidden = frozenset({"thm_gossip"})
    themes = compare_segments(snapshot, "objection", HEALTH, RETAIL, hidden=hidden)
    assert "thm_gossip" not in {contrast.id for contrast in themes.contrasts}
    types = compare_segments(snapshot, "objection", HEALTH, RETAIL, by="type")
    assert "objection/security" in {contrast.id for contrast in types.contrasts}


@pytest.mark.parametrize(("enough", "said"), [(12, True), (13, False)])
def test_both_segments_must_hold_enough(snapshot: Snapshot, enough: int, said: bool) -> None:
    found = compare_segments(snapshot, "objection", HEALTH, RETAIL, enough=enough)
    assert found.enough_data is said


def test_an_empty_segment_is_compared_without_error(snapshot: Snapshot) -> None:
    found = compare_segments(snapshot, "objection", HEALTH, Scope((("industry", "Mining"),)))
    assert all(contrast.b.share == 0 and contrast.ratio is None for contrast in found.contrasts)


@given(a=segments, b=segments, industry=st.sampled_from("abcd"), region=st.sampled_from("abcd"))
def test_an_intersection_holds_what_both_hold(
    a: list[tuple[str, str]], b: list[tuple[str, str]], industry: str, region: str
) -> None:
    values = {"industry": industry, "region": region}

    def holds(scope: Scope) -> bool:
        wanted: dict[str, set[str]] = {}
        for dimension, value in scope.segments:
            wanted.setdefault(dimension, set()).add(value.lower())
        return all(values[dimension] in allowed for dimension, allowed in wanted.items())

    first, second = Scope(tuple(a)), Scope(tuple(b))
    both = intersect_scopes(first, second)
    assert (both is not None and holds(both)) == (holds(first) and holds(second))
