"""Intervals and tests against published values, exact identities and simulations."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.statistics import (
    Z_95,
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

counts = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
stratum = st.tuples(counts, counts).map(lambda pair: (*pair[0], *pair[1]))


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_intervals_are_those_that_newcombe_published(
    k: int, n: int, low: float, high: float
) -> None:
    """Newcombe 1998, Statistics in Medicine 17:857, table I, method 3."""
    found = wilson_interval(k, n)
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)


def test_a_share_of_nothing_may_be_anything() -> None:
    assert (wilson_interval(0, 0).low, wilson_interval(0, 0).high) == (0, 1)


@given(counts)
def test_a_wilson_interval_holds_the_share_and_mirrors(count: tuple[int, int]) -> None:
    k, n = count
    found, mirrored = wilson_interval(k, n), wilson_interval(n - k, n)
    assert 0 <= found.low <= k / n + 1e-12
    assert k / n - 1e-12 <= found.high <= 1
    assert found.low == pytest.approx(1 - mirrored.high, abs=1e-9)


@pytest.mark.parametrize(
    ("first", "second", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((10, 10), (0, 10), 0.6075, 1.0),
    ],
)
def test_differences_are_those_that_newcombe_published(
    first: tuple[int, int], second: tuple[int, int], low: float, high: float
) -> None:
    """Newcombe 1998, Statistics in Medicine 17:873, table II, method 10."""
    found = rate_difference(*first, *second)
    assert found is not None
    assert (found.interval.low, found.interval.high) == pytest.approx((low, high), abs=5e-5)


@given(counts, counts)
def test_a_difference_turned_round_changes_its_sign(a: tuple[int, int], b: tuple[int, int]) -> None:
    here, there = rate_difference(*a, *b), rate_difference(*b, *a)
    assert here is not None
    assert there is not None
    assert here.value == pytest.approx(-there.value)
    assert here.interval.low == pytest.approx(-there.interval.high)
    assert -1 - 1e-9 <= here.interval.low <= here.value <= here.interval.high <= 1 + 1e-9


def test_a_difference_with_nothing_is_not_told() -> None:
    assert rate_difference(0, 0, 1, 2) is None
    assert rate_difference(1, 2, 0, 0) is None


@pytest.mark.parametrize(
    ("table", "p"),
    [((3, 4, 1, 4), 0.4857), ((1, 10, 11, 14), 0.002759), ((0, 0, 1, 2), 1.0), ((1, 2, 0, 0), 1.0)],
)
def test_fishers_test_gives_the_textbook_values(table: tuple[int, int, int, int], p: float) -> None:
    """The lady tasting tea (Fisher 1935), and 1 of 10 against 11 of 14 men and women who study."""
    assert lift_p_value(*table) == pytest.approx(p, abs=5e-5)


@given(counts, counts)
def test_a_lift_turned_round_is_its_reciprocal(a: tuple[int, int], b: tuple[int, int]) -> None:
    here, there = lift_of(*a, *b), lift_of(*b, *a)
    assert here is not None
    assert there is not None
    assert here * there == pytest.approx(1)
    assert math.isfinite(here)


def test_a_lift_against_nothing_is_not_told() -> None:
    assert lift_of(1, 2, 0, 0) is None
    assert lift_of(0, 0, 1, 2) is None


def test_the_example_of_benjamini_and_hochberg_keeps_its_four_findings() -> None:
    """Benjamini and Hochberg 1995, section 4.1: four of fifteen at a rate of 0.05."""
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240]
    p += [0.4262, 0.5719, 0.6528, 0.7590, 1.0]
    assert [q <= 0.05 for q in q_values(p)] == [True] * 4 + [False] * 11


@given(st.lists(st.floats(0, 1), max_size=30))
def test_q_values_keep_the_order_and_never_fall_below_p(p: list[float]) -> None:
    q = q_values(p)
    assert len(q) == len(p)
    assert all(0 <= low <= high + 1e-12 <= 1 + 1e-9 for low, high in zip(p, q, strict=True))
    ranked = [q[i] for i in sorted(range(len(p)), key=lambda i: p[i])]
    assert all(a <= b + 1e-12 for a, b in pairwise(ranked))


def test_q_values_hold_their_false_discovery_rate_when_nothing_is_there() -> None:
    rng = np.random.default_rng(7)
    alarms = sum(min(q_values(list(rng.random(20)))) < 0.05 for _ in range(1_000))
    assert alarms < 75  # 50 expected, 6.9 its standard deviation


def test_a_stratified_difference_is_mantel_and_haenszels() -> None:
    """By hand: weights 10·20/30 and 30·10/40, differences 0.3 and 0.1."""
    tables = np.array([(6, 10, 6, 20), (12, 30, 3, 10)])
    found = stratified_difference(tables)
    weights = np.array([10 * 20 / 30, 30 * 10 / 40])
    assert found is not None
    assert found.value == pytest.approx((weights * [0.3, 0.1]).sum() / weights.sum())


@given(st.lists(stratum, min_size=1, max_size=5))
def test_the_ends_of_a_stratified_interval_are_just_not_refused(
    strata: list[tuple[int, int, int, int]],
) -> None:
    """The ends solve (value - d)² = z² · variance(d), with Sato's variance (Klingenberg 2014)."""
    found = stratified_difference(np.array(strata))
    assert found is not None
    assert found.interval.low <= found.value + 1e-9
    assert found.value <= found.interval.high + 1e-9
    a, n1, c, n0 = np.array(strata, float).T
    n = n1 + n0
    weight = (n1 * n0 / n).sum()
    p = ((n1**2 * c - n0**2 * a + n1 * n0 * (n0 - n1) / 2) / n**2).sum()
    q = ((a * (n0 - c) + c * (n1 - a)) / (2 * n)).sum()
    for end in (found.interval.low, found.interval.high):
        if abs(end) < 1:
            variance = (end * p + q) / weight**2
            assert (found.value - end) ** 2 == pytest.approx(Z_95**2 * variance, abs=1e-7)


def test_a_stratified_interval_keeps_a_width_where_all_with_it_are_lost() -> None:
    found = stratified_difference(np.array([(0, 6, 6, 6), (0, 4, 4, 4)]))
    assert found is not None
    assert found.value == -1
    assert found.interval.low == pytest.approx(-1)
    assert -0.9 < found.interval.high < 0


def test_a_stratified_interval_covers_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(11)
    n1, n0, base = np.array([8, 15, 30]), np.array([20, 12, 40]), np.array([0.2, 0.4, 0.5])
    covered = 0
    for _ in range(2_000):
        a, c = rng.binomial(n1, base + 0.15), rng.binomial(n0, base)
        found = stratified_difference(np.column_stack([a, n1, c, n0]))
        assert found is not None
        covered += found.interval.low <= 0.15 <= found.interval.high
    assert 0.935 < covered / 2_000 < 0.97


def test_strata_with_one_side_alone_say_nothing() -> None:
    assert stratified_difference(np.array([(1, 2, 0, 0), (0, 0, 1, 2)])) is None
    alone = stratified_difference(np.array([(3, 4, 1, 4), (1, 2, 0, 0)]))
    assert alone is not None
    assert alone.value == pytest.approx(0.5)


def test_counts_of_one_common_rate_are_not_overdispersed_on_average() -> None:
    rng = np.random.default_rng(5)
    exposures = [40] * 12
    spreads = [dispersion(list(rng.binomial(40, 0.2, 12)), exposures) for _ in range(400)]
    assert min(spreads) >= 1
    assert 1.0 < float(np.mean(spreads)) < 1.3
    rates = np.clip(rng.normal(0.2, 0.12, (400, 12)), 0.01, 0.9)
    assert np.mean([dispersion(list(rng.binomial(40, r)), exposures) for r in rates]) > 2


@pytest.mark.parametrize(("k", "n"), [([], []), ([1], [4]), ([0, 0], [5, 5]), ([3, 1], [0, 4])])
def test_dispersion_of_too_little_is_one(k: list[int], n: list[int]) -> None:
    assert dispersion(k, n) == 1


def test_a_rise_without_spread_is_the_binomial_tail() -> None:
    """Of 10, all in a window of half the exposure: (1/2)^10."""
    assert rise_p_value(10, 50, 0, 50) == pytest.approx(2**-10)
    assert fall_p_value(0, 50, 10, 50) == pytest.approx(2**-10)
    assert rise_p_value(0, 0, 3, 9) == 1
    assert fall_p_value(0, 5, 0, 9) == 1


@given(counts, counts, st.floats(1, 5))
def test_spread_makes_a_rise_less_sure(
    recent: tuple[int, int], base: tuple[int, int], spread: float
) -> None:
    sure = rise_p_value(*recent, *base)
    spread_out = rise_p_value(*recent, *base, spread=spread)
    assert 0 <= spread_out <= 1
    if sure < 0.01:
        assert spread_out >= sure * 0.99 - 1e-12  # sums of tails round to 0


@pytest.mark.parametrize("test", [rise_p_value, fall_p_value])
def test_a_trend_is_seen_in_nothing_no_more_often_than_it_says(test: object) -> None:
    rng = np.random.default_rng(3)
    recent, base = rng.binomial(100, 0.1, 1_500), rng.binomial(400, 0.1, 1_500)
    p = [test(int(a), 100, int(b), 400) for a, b in zip(recent, base, strict=True)]  # type: ignore[operator]
    assert np.mean(np.array(p) < 0.05) < 0.065
    assert np.mean(np.array(p) < 0.001) < 0.004
