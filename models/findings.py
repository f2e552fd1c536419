"""The marketer's answer: themes of a segment with shares, lift, trend and outcome.

Needs neither spaCy nor scikit-learn, so that the API can use it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from core.snapshot import WEEKS, GroupCounts, Scope, Snapshot, Totals
from models.statistics import (
    Difference,
    Interval,
    dispersion,
    fall_p_value,
    lift_of,
    lift_p_value,
    q_values,
    rate_difference,
    rise_p_value,
    stratified_difference,
    wilson_interval,
)

TREND_P = 0.001
MIN_DEALS = 5  # closed deals with and without, below which no outcome is told


class Direction(StrEnum):
    """Where a theme is going."""

    RISING = "rising"
    FALLING = "falling"
    STEADY = "steady"
    UNKNOWN = "unknown"


class Sort(StrEnum):
    """What comes first."""

    SHARE = "share"
    LIFT = "lift"
    TREND = "trend"
    IMPACT = "impact"


@dataclass(frozen=True, slots=True)
class Trend:
    """Share of the last `recent_days` against that of the `base_days` before them.

    `p_value` is two-sided; `rise_p_value` that of "no more now than before".
    """

    direction: Direction
    recent_days: int
    base_days: int
    recent_share: float | None
    base_share: float | None
    p_value: float
    rise_p_value: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """Win rate of closed deals with and without the theme: an association, not a cause."""

    n_with: int
    n_without: int
    win_rate_with: float
    win_rate_without: float
    difference: Difference
    is_stratified: bool


@dataclass(frozen=True, slots=True)
class Finding:
    """One theme (or type) in a segment, with its figures. `weekly`: the oldest week first."""

    id: str
    type: str
    n_conversations: int
    of_conversations: int
    n_accounts: int
    of_accounts: int
    share: float
    interval: Interval
    lift: float | None
    q_value: float | None
    weekly: tuple[int, ...]
    trend: Trend
    outcome: Outcome | None
    enough_data: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """Findings of a scope, the first by the sort asked for, and what they are drawn from."""

    totals: Totals
    findings: tuple[Finding, ...]


def find_themes(
    snapshot: Snapshot,
    kind: str,
    scope: Scope,
    *,
    by: str = "theme",
    sort: Sort = Sort.SHARE,
    enough: int = 10,
    hidden: frozenset[str] = frozenset(),
) -> Answer:
    """All themes (or types) of a kind in a scope. `enough`: conversations below which figures
    are marked as not enough data."""
    totals = snapshot.totals(scope)
    groups = [g for g in snapshot.groups(kind, scope, by=by) if g.id not in hidden]
    exposure = snapshot.daily_totals(scope)
    q = q_values([_lift_p(group, totals) for group in groups])
    findings = [
        _finding(group, totals, exposure, q_value, has_segment=bool(scope.segments), enough=enough)
        for group, q_value in zip(groups, q, strict=True)
    ]
    return Answer(totals, tuple(sorted(findings, key=_ORDER[sort])))


def find_theme(
    snapshot: Snapshot,
    kind: str,
    scope: Scope,
    theme_id: str,
    *,
    type_: str,
    enough: int = 10,
    hidden: frozenset[str] = frozenset(),
) -> Answer:
    """One theme in a scope, as it stands among all; with zeros where nobody there says it."""
    answer = find_themes(snapshot, kind, scope, enough=enough, hidden=hidden - {theme_id})
    found = [finding for finding in answer.findings if finding.id == theme_id]
    if not found:
        everywhere = snapshot.groups(kind, replace(scope, segments=()))
        n_rest = sum(group.n_conversations for group in everywhere if group.id == theme_id)
        group = GroupCounts(theme_id, type_, 0, 0, n_rest, {}, ())
        exposure = snapshot.daily_totals(scope)
        found = [
            _finding(
                group,
                answer.totals,
                exposure,
                _lift_p(group, answer.totals),
                has_segment=bool(scope.segments),
                enough=enough,
            )
        ]
    return Answer(answer.totals, tuple(found))


def find_trend(daily: Mapping[int, int], exposure: Mapping[int, int]) -> Trend:
    """The trend of daily counts (days back from the as-of day), conversations as exposure.

    Windows: 7 against 28 days for a theme of one a night and more; else 28 against 84 where that
    much history is there, 14 against 28 where it is not.
    """
    recent_days, base_days = _windows(daily, exposure)
    recent_k, recent_n = _sum(daily, 0, recent_days), _sum(exposure, 0, recent_days)
    base_k = _sum(daily, recent_days, recent_days + base_days)
    base_n = _sum(exposure, recent_days, recent_days + base_days)
    weeks = [(start, start + 7) for start in range(recent_days, recent_days + base_days, 7)]
    spread = dispersion([_sum(daily, *w) for w in weeks], [_sum(exposure, *w) for w in weeks])
    rise = rise_p_value(recent_k, recent_n, base_k, base_n, spread=spread)
    fall = fall_p_value(recent_k, recent_n, base_k, base_n, spread=spread)
    return Trend(
        direction=_direction(rise, fall, recent_n, base_n),
        recent_days=recent_days,
        base_days=base_days,
        recent_share=recent_k / recent_n if recent_n else None,
        base_share=base_k / base_n if base_n else None,
        p_value=min(1.0, 2 * min(rise, fall)),
        rise_p_value=rise,
    )


def find_outcome(deals: Sequence[tuple[int, int, int, int]]) -> Outcome | None:
    """Win rates with and without, over strata of (won with, closed with, won without, closed
    without); None where there are too few closed deals to tell."""
    if not deals:
        return None
    tables = np.asarray(deals, dtype=np.int64)
    won, n, other_won, other_n = (int(x) for x in tables.sum(axis=0))
    if min(n, other_n) < MIN_DEALS:
        return None
    stratified = stratified_difference(tables) if len(deals) > 1 else None
    difference = stratified or rate_difference(won, n, other_won, other_n)
    if difference is None:
        return None
    return Outcome(n, other_n, won / n, other_won / other_n, difference, stratified is not None)


def _finding(
    group: GroupCounts,
    totals: Totals,
    exposure: Mapping[int, int],
    q_value: float,
    *,
    has_segment: bool,
    enough: int,
) -> Finding:
    n = totals.n_conversations
    rest = (group.rest_conversations, totals.rest_conversations)
    return Finding(
        id=group.id,
        type=group.type,
        n_conversations=group.n_conversations,
        of_conversations=n,
        n_accounts=group.n_accounts,
        of_accounts=totals.n_accounts,
        share=group.n_conversations / n if n else 0.0,
        interval=wilson_interval(group.n_conversations, n),
        lift=lift_of(group.n_conversations, n, *rest) if has_segment else None,
        q_value=q_value if has_segment and totals.rest_conversations else None,
        weekly=tuple(_sum(group.daily, 7 * w, 7 * w + 7) for w in reversed(range(WEEKS))),
        trend=find_trend(group.daily, exposure),
        outcome=find_outcome(group.deals),
        enough_data=n >= enough,
    )


def _lift_p(group: GroupCounts, totals: Totals) -> float:
    return lift_p_value(
        group.n_conversations,
        totals.n_conversations,
        group.rest_conversations,
        totals.rest_conversations,
    )


def _windows(daily: Mapping[int, int], exposure: Mapping[int, int]) -> tuple[int, int]:
    if _sum(daily, 0, 28) >= 28:
        return 7, 28
    return (28, 84) if max(exposure, default=0) >= 84 else (14, 28)


def _direction(rise: float, fall: float, recent_n: int, base_n: int) -> Direction:
    if not recent_n or not base_n:
        return Direction.UNKNOWN
    if rise < TREND_P:
        return Direction.RISING
    return Direction.FALLING if fall < TREND_P else Direction.STEADY


def _sum(daily: Mapping[int, int], start: int, stop: int) -> int:
    return sum(daily.get(day, 0) for day in range(start, stop))


def _impact(finding: Finding) -> float:
    if finding.outcome is None:
        return 0.0
    return finding.outcome.difference.value * finding.outcome.n_with


def _rise(finding: Finding) -> float:
    rank = {Direction.RISING: 0.0, Direction.FALLING: 2.0}.get(finding.trend.direction, 1.0)
    return rank + finding.trend.rise_p_value / 2


_ORDER = {
    Sort.SHARE: lambda f: (-f.n_conversations, f.id),
    Sort.LIFT: lambda f: (-(f.lift or 0.0), f.id),
    Sort.TREND: lambda f: (_rise(f), -f.n_conversations, f.id),
    Sort.IMPACT: lambda f: (_impact(f), f.id),
}
