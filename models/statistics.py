"""Intervals and tests for counts of conversations; pure, no text, no tables."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Z_95 = 1.959963984540054
MIN_RHO = 1e-6  # correlation below which a beta-binomial is a binomial, to the last digit computed


@dataclass(frozen=True, slots=True)
class Interval:
    """A 95 % interval."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference of two rates with its 95 % interval."""

    value: float
    interval: Interval


def wilson_interval(k: int, n: int) -> Interval:
    """95 % interval of a share of `k` in `n` (Wilson 1927); 0 to 1 when `n` is 0."""
    if n == 0:
        return Interval(0.0, 1.0)
    centre = (k + Z_95**2 / 2) / (n + Z_95**2)
    half = Z_95 * math.sqrt(k * (n - k) / n + Z_95**2 / 4) / (n + Z_95**2)
    return Interval(max(0.0, centre - half), min(1.0, centre + half))


def lift_of(k: int, n: int, rest_k: int, rest_n: int) -> float | None:
    """Share here over share in the rest; None where the rest has nothing to compare with.

    Half a conversation is added to each cell (Haldane 1956, Anscombe 1956), so that an absence
    elsewhere gives a large but finite lift.
    """
    if n == 0 or rest_n == 0:
        return None
    return ((k + 0.5) / (n + 1)) / ((rest_k + 0.5) / (rest_n + 1))


def lift_p_value(k: int, n: int, rest_k: int, rest_n: int) -> float:
    """Two-sided p of "the share is the same here and in the rest" (Fisher's exact test)."""
    if n == 0 or rest_n == 0:
        return 1.0
    return float(stats.fisher_exact([[k, n - k], [rest_k, rest_n - rest_k]]).pvalue)


def q_values(p_values: Sequence[float]) -> list[float]:
    """p-values adjusted for everything shown together (Benjamini and Hochberg 1995)."""
    if not p_values:
        return []
    return [float(q) for q in stats.false_discovery_control(p_values, method="bh")]


def dispersion(counts: Sequence[int], exposures: Sequence[int]) -> float:
    """Pearson's dispersion of weekly counts under one common rate; at least 1 (binomial)."""
    k, n = np.asarray(counts, float), np.asarray(exposures, float)
    k, n = k[n > 0], n[n > 0]
    rate = k.sum() / n.sum() if n.sum() else 0.0
    if len(k) < 2 or not 0 < rate < 1:
        return 1.0
    chi2 = float(((k - n * rate) ** 2 / (n * rate * (1 - rate))).sum())
    return max(1.0, chi2 / (len(k) - 1))


def rise_p_value(
    recent_k: int, recent_n: int, base_k: int, base_n: int, *, spread: float = 1.0
) -> float:
    """One-sided p of "no more now than before", given all conversations of both windows.

    Conditional on the total, the recent count is binomial in the share of exposure; `spread` (the
    dispersion, 1 for none) widens it to a beta-binomial.
    """
    return _tail(recent_k, recent_k + base_k, recent_n, base_n, spread, upper=True)


def fall_p_value(
    recent_k: int, recent_n: int, base_k: int, base_n: int, *, spread: float = 1.0
) -> float:
    """One-sided p of "no less now than before"; see `rise_p_value`."""
    return _tail(recent_k, recent_k + base_k, recent_n, base_n, spread, upper=False)


def rate_difference(k: int, n: int, other_k: int, other_n: int) -> Difference | None:
    """k/n less other_k/other_n with a 95 % interval (Newcombe 1998, method 10)."""
    if n == 0 or other_n == 0:
        return None
    p, q = k / n, other_k / other_n
    a, b = wilson_interval(k, n), wilson_interval(other_k, other_n)
    low = p - q - math.hypot(p - a.low, b.high - q)
    high = p - q + math.hypot(a.high - p, q - b.low)
    return Difference(p - q, Interval(low, high))


def stratified_difference(tables: NDArray[np.int64]) -> Difference | None:
    """Mantel-Haenszel difference of rates over strata, with Klingenberg's 95 % interval (2014).

    The interval holds the differences that a test with Sato's variance (1989) does not refuse; it
    keeps a width where every deal with is lost and every deal without is won.

    Args:
        tables: shape `(strata, 4)`: successes and total with, successes and total without.
    """
    a, n1, c, n0 = (tables[:, i].astype(float) for i in range(4))
    usable = (n1 > 0) & (n0 > 0)
    a, n1, c, n0 = a[usable], n1[usable], c[usable], n0[usable]
    if not len(a):
        return None
    n = n1 + n0
    weight = float((n1 * n0 / n).sum())
    value = float(((a * n0 - c * n1) / n).sum() / weight)
    p_term = (n1**2 * c - n0**2 * a + n1 * n0 * (n0 - n1) / 2) / n**2
    q_term = (a * (n0 - c) + c * (n1 - a)) / (2 * n)
    centre = value + Z_95**2 * float(p_term.sum()) / weight**2 / 2
    half = math.sqrt(max(0.0, centre**2 - value**2 + Z_95**2 * float(q_term.sum()) / weight**2))
    return Difference(value, Interval(max(-1.0, centre - half), min(1.0, centre + half)))


def _tail(
    recent_k: int, total: int, recent_n: int, base_n: int, spread: float, *, upper: bool
) -> float:
    if total == 0 or recent_n == 0 or base_n == 0:
        return 1.0
    share = recent_n / (recent_n + base_n)
    rho = min(0.99, (spread - 1) / (total - 1)) if total > 1 else 0.0
    if rho < MIN_RHO:
        drawn = stats.binom(total, share)
    else:
        drawn = stats.betabinom(total, share * (1 / rho - 1), (1 - share) * (1 / rho - 1))
    return float(drawn.sf(recent_k - 1) if upper else drawn.cdf(recent_k))
