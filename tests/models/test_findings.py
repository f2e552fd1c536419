from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from core.snapshot import Scope, Snapshot
from models.findings import (
    Direction,
    Sort,
    find_outcome,
    find_theme,
    find_themes,
    find_trend,
)
from models.statistics import lift_p_value, q_values, wilson_interval

HEALTH = Scope((("industry", "Healthcare"),))
EXPOSURE = dict.fromkeys(range(120), 20)


def test_a_share_is_conversations_with_the_theme_over_all_of_the_segment(
    snapshot: Snapshot,
) -> None:
    answer = find_themes(snapshot, "objection", HEALTH)
    for finding in answer.findings:
        assert finding.of_conversations == 12
        assert finding.share == finding.n_conversations / 12
        assert finding.interval == wilson_interval(finding.n_conversations, 12)
        assert finding.n_accounts <= finding.of_accounts == 3


def test_q_values_are_adjusted_over_everything_shown(snapshot: Snapshot) -> None:
    answer = find_themes(snapshot, "objection", HEALTH, hidden=frozenset({"thm_gossip"}))
    everywhere = {g.id: g.n_conversations for g in snapshot.groups("objection", Scope())}
    p = [
        lift_p_value(f.n_conversations, 12, everywhere[f.id] - f.n_conversations, 12)
        for f in answer.findings
    ]
    assert [f.q_value for f in answer.findings] == pytest.approx(q_values(p))


def test_without_a_segment_there_is_no_rest_to_compare_with(snapshot: Snapshot) -> None:
    for finding in find_themes(snapshot, "objection", Scope()).findings:
        assert (finding.lift, finding.q_value) == (None, None)


def test_hidden_themes_are_left_out(snapshot: Snapshot) -> None:
    shown = {f.id for f in find_themes(snapshot, "objection", Scope()).findings}
    hidden = frozenset({"thm_gossip"})
    left = {f.id for f in find_themes(snapshot, "objection", Scope(), hidden=hidden).findings}
    assert shown - left == hidden


@pytest.mark.parametrize("sort", list(Sort))
def test_every_sort_shows_the_same_findings(snapshot: Snapshot, sort: Sort) -> None:
    found = find_themes(snapshot, "objection", HEALTH, sort=sort).findings
    assert {f.id for f in found} == {
        f.id for f in find_themes(snapshot, "objection", HEALTH).findings
    }


def test_sorts_put_first_what_they_say(snapshot: Snapshot) -> None:
    shares = [f.share for f in find_themes(snapshot, "objection", HEALTH).findings]
    assert shares == sorted(shares, reverse=True)
    lifts = [
        f.lift or 0 for f in find_themes(snapshot, "objection", HEALTH, sort=Sort.LIFT).findings
    ]
    assert lifts == sorted(lifts, reverse=True)
    first = find_themes(snapshot, "objection", Scope(), sort=Sort.IMPACT).findings[0]
    assert first.id == "thm_price"


def test_enough_data_is_said_of_the_segment(snapshot: Snapshot) -> None:
    assert all(
        f.enough_data for f in find_themes(snapshot, "objection", HEALTH, enough=12).findings
    )
    less = find_themes(snapshot, "objection", HEALTH, enough=13).findings
    assert not any(f.enough_data for f in less)


def test_the_weekly_series_holds_the_latest_thirteen_weeks(snapshot: Snapshot) -> None:
    [price] = [
        f for f in find_themes(snapshot, "objection", Scope()).findings if f.id == "thm_price"
    ]
    assert len(price.weekly) == 13
    daily = next(g.daily for g in snapshot.groups("objection", Scope()) if g.id == "thm_price")
    assert sum(price.weekly) == sum(n for day, n in daily.items() if day < 91)


def test_one_theme_is_as_it_stands_among_all(snapshot: Snapshot) -> None:
    for finding in find_themes(snapshot, "objection", HEALTH).findings:
        alone = find_theme(snapshot, "objection", HEALTH, finding.id, type_=finding.type)
        assert alone.findings == (finding,)


@pytest.mark.parametrize(
    "scope", [Scope((("industry", "Retail"),)), Scope((("industry", "Mining"),))]
)
def test_a_theme_that_nobody_there_has_counts_zero(snapshot: Snapshot, scope: Scope) -> None:
    answer = find_theme(snapshot, "objection", scope, "thm_security", type_="security")
    [finding] = answer.findings
    assert (finding.n_conversations, finding.share, finding.outcome) == (0, 0, None)
    assert sum(finding.weekly) == 0


def test_a_doubling_is_seen_and_so_is_a_halving() -> None:
    rising = {day: 8 if day < 7 else 3 for day in range(112)}
    assert find_trend(rising, EXPOSURE).direction is Direction.RISING
    falling = {day: 2 if day < 7 else 8 for day in range(112)}
    assert find_trend(falling, EXPOSURE).direction is Direction.FALLING


def test_a_busier_month_alone_is_no_trend() -> None:
    busy = {day: 60 if day < 28 else 20 for day in range(112)}
    daily = {day: n // 10 for day, n in busy.items()}
    assert find_trend(daily, busy).direction is Direction.STEADY


def test_windows_follow_how_much_is_known() -> None:
    often = find_trend(dict.fromkeys(range(112), 1), EXPOSURE)
    assert (often.recent_days, often.base_days) == (7, 28)
    seldom = find_trend({3: 1, 40: 1}, EXPOSURE)
    assert (seldom.recent_days, seldom.base_days) == (28, 84)
    young = find_trend({3: 1}, dict.fromkeys(range(40), 5))
    assert (young.recent_days, young.base_days) == (14, 28)


def test_without_conversations_in_both_windows_no_direction_is_told() -> None:
    assert find_trend({}, {}).direction is Direction.UNKNOWN
    trend = find_trend({0: 1}, {0: 3})
    assert (trend.direction, trend.base_share) == (Direction.UNKNOWN, None)


@pytest.mark.parametrize("rate", [0.01, 0.05, 0.3])
def test_steady_themes_seldom_raise_an_alarm(rate: float) -> None:
    rng = np.random.default_rng(2026)
    alarms = 0
    for counts in rng.binomial(20, rate, (400, 120)):
        daily = {day: int(n) for day, n in enumerate(counts) if n}
        alarms += find_trend(daily, EXPOSURE).direction is not Direction.STEADY
    assert alarms <= 6  # 0.8 expected at two tails of one in a thousand


def test_bursts_from_week_to_week_raise_hardly_more() -> None:
    rng = np.random.default_rng(2027)
    alarms = 0
    for weeks in np.clip(rng.normal(0.1, 0.05, (300, 18)), 0.01, 0.5):
        counts = rng.binomial(20, np.repeat(weeks, 7)[:120])
        daily = {day: int(n) for day, n in enumerate(counts) if n}
        alarms += find_trend(daily, EXPOSURE).direction is not Direction.STEADY
    assert alarms <= 15


def test_an_outcome_needs_closed_deals_on_both_sides() -> None:
    assert find_outcome(()) is None
    assert find_outcome(((4, 4, 9, 20),)) is None
    assert find_outcome(((4, 9, 3, 4),)) is None
    outcome = find_outcome(((2, 10, 12, 20),))
    assert outcome is not None
    assert (outcome.n_with, outcome.n_without, outcome.is_stratified) == (10, 20, False)
    assert outcome.difference.value == pytest.approx(-0.4)


def test_strata_undo_a_difference_that_is_of_the_industries_alone() -> None:
    """Simpson: within both industries the theme makes no difference."""
    outcome = find_outcome(((8, 40, 2, 10), (8, 10, 32, 40)))
    assert outcome is not None
    assert outcome.is_stratified
    assert outcome.win_rate_with < outcome.win_rate_without
    assert outcome.difference.value == pytest.approx(0)


def test_rising_themes_come_before_steady_and_falling_ones(snapshot: Snapshot) -> None:
    found = find_themes(snapshot, "objection", Scope(), sort=Sort.TREND).findings
    rank = {Direction.RISING: 0, Direction.STEADY: 1, Direction.UNKNOWN: 1, Direction.FALLING: 2}
    assert all(rank[a.trend.direction] <= rank[b.trend.direction] for a, b in pairwise(found))
