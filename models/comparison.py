"""What differs between two segments: shares side by side, their ratio and a test.

Needs neither spaCy nor scikit-learn, so that the API can use it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from core.snapshot import GroupCounts, Scope, Snapshot, Totals
from models.statistics import Interval, lift_of, lift_p_value, q_values, wilson_interval


@dataclass(frozen=True, slots=True)
class Side:
    """How often a theme occurs in one of the two segments."""

    n_conversations: int
    of_conversations: int
    n_accounts: int
    share: float
    interval: Interval


@dataclass(frozen=True, slots=True)
class Contrast:
    """One theme (or type) in both segments. `ratio`: share in a over share in b, as a lift."""

    id: str
    type: str
    a: Side
    b: Side
    ratio: float | None
    q_value: float | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two segments side by side; `n_both` conversations belong to both of them."""

    a: Totals
    b: Totals
    n_both: int
    contrasts: tuple[Contrast, ...]
    enough_data: bool


def compare_segments(
    snapshot: Snapshot,
    kind: str,
    a: Scope,
    b: Scope,
    *,
    by: str = "theme",
    enough: int = 10,
    hidden: frozenset[str] = frozenset(),
) -> Comparison:
    """What differs between two segments, the surest difference first.

    Where conversations belong to both, the two are no separate samples: q-values are then None.
    """
    totals_a, totals_b = snapshot.totals(a), snapshot.totals(b)
    in_a = {group.id: group for group in snapshot.groups(kind, a, by=by)}
    in_b = {group.id: group for group in snapshot.groups(kind, b, by=by)}
    n_both = _count_both(snapshot, a, b)
    contrasts = [
        _contrast(group, _side(in_a.get(key), totals_a), _side(in_b.get(key), totals_b))
        for key, group in sorted((in_a | in_b).items())
        if key not in hidden
    ]
    if not n_both:
        contrasts = _with_q_values(contrasts)
    return Comparison(
        a=totals_a,
        b=totals_b,
        n_both=n_both,
        contrasts=tuple(sorted(contrasts, key=_by_surprise)),
        enough_data=min(totals_a.n_conversations, totals_b.n_conversations) >= enough,
    )


def intersect_scopes(a: Scope, b: Scope) -> Scope | None:
    """The scope of what belongs to both; None where a dimension leaves no value in common.

    A conversation has one value of a dimension at most.
    """
    values_a, values_b = _values(a), _values(b)
    segments: list[tuple[str, str]] = []
    for dimension in sorted(values_a.keys() | values_b.keys()):
        here, there = values_a.get(dimension), values_b.get(dimension)
        common = here & there if here and there else here or there or frozenset()
        if not common:
            return None
        segments += [(dimension, value) for value in sorted(common)]
    return replace(a, segments=tuple(segments))


def _count_both(snapshot: Snapshot, a: Scope, b: Scope) -> int:
    both = intersect_scopes(a, b)
    return 0 if both is None else snapshot.totals(both).n_conversations


def _values(scope: Scope) -> Mapping[str, frozenset[str]]:
    """Dimension -> its values in lower case, as the snapshot compares them."""
    found: dict[str, frozenset[str]] = {}
    for dimension, value in scope.segments:
        found[dimension] = found.get(dimension, frozenset()) | {value.lower()}
    return found


def _contrast(group: GroupCounts, a: Side, b: Side) -> Contrast:
    ratio = lift_of(a.n_conversations, a.of_conversations, b.n_conversations, b.of_conversations)
    return Contrast(group.id, group.type, a, b, ratio, None)


def _side(group: GroupCounts | None, totals: Totals) -> Side:
    k, n = (group.n_conversations if group else 0), totals.n_conversations
    return Side(
        n_conversations=k,
        of_conversations=n,
        n_accounts=group.n_accounts if group else 0,
        share=k / n if n else 0.0,
        interval=wilson_interval(k, n),
    )


def _with_q_values(contrasts: list[Contrast]) -> list[Contrast]:
    q = q_values([_p_value(contrast) for contrast in contrasts])
    return [replace(row, q_value=q_value) for row, q_value in zip(contrasts, q, strict=True)]


def _p_value(contrast: Contrast) -> float:
    a, b = contrast.a, contrast.b
    return lift_p_value(
        a.n_conversations, a.of_conversations, b.n_conversations, b.of_conversations
    )


def _by_surprise(contrast: Contrast) -> tuple[float, float, str]:
    difference = abs(contrast.a.share - contrast.b.share)
    return (1.0 if contrast.q_value is None else contrast.q_value, -difference, contrast.id)
