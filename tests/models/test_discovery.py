"""Groups are found in vectors without their number being given."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from models.discovery import (
    drop_repeats,
    group_backlog,
    group_novelties,
    own_similarity,
    spread_rows,
)


def scatter(
    n_groups: int, per_group: int, *, seed: int, noise: float = 0.08, d: int = 64
) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
    """Unit vectors around random directions, and the group of each."""
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(n_groups, d))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    groups = np.repeat(np.arange(n_groups), per_group)
    rows = points[groups] + rng.normal(0, noise, (len(groups), d))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows.astype(np.float32), groups


def share_alike(found: NDArray[np.intp], truth: NDArray[np.intp]) -> float:
    """The share of pairs on which two groupings agree."""
    same_found = found[:, None] == found[None, :]
    same_truth = truth[:, None] == truth[None, :]
    return float((same_found == same_truth).mean())


@pytest.mark.parametrize("n_groups", [5, 20, 40])
def test_a_backlog_gives_about_as_many_groups_as_there_are(n_groups: int) -> None:
    vectors, truth = scatter(n_groups, 20, seed=n_groups)
    found = group_backlog(vectors)
    assert n_groups / 2 <= len(set(found.tolist())) <= n_groups * 2
    assert share_alike(found, truth) > 0.95


def test_a_template_that_is_repeated_counts_once() -> None:
    vectors, _ = scatter(6, 15, seed=1)
    repeated = np.vstack([vectors, np.repeat(vectors[:1], 300, axis=0)])
    found = group_backlog(repeated)
    assert len(set(found[len(vectors) :].tolist())) == 1
    assert np.array_equal(found[: len(vectors)], group_backlog(vectors))


def test_bunches_are_found_and_loners_stay_alone() -> None:
    vectors, truth = scatter(3, 4, seed=2)
    loners, _ = scatter(5, 1, seed=3)
    found = group_novelties(np.vstack([vectors, loners]), likeness=0.5)
    assert share_alike(found[:12], truth) == 1
    assert len(set(found.tolist())) == 3 + 5


def test_two_rows_are_too_few_for_a_backlog_to_be_cut() -> None:
    vectors, _ = scatter(2, 1, seed=4)
    assert group_backlog(vectors).tolist() == [0, 1]
    assert group_novelties(vectors[:1], likeness=0.5).tolist() == [0]


def test_repeats_keep_their_places() -> None:
    vectors, _ = scatter(3, 1, seed=5)
    distinct, places = drop_repeats(vectors[[0, 1, 0, 2, 1]])
    assert len(distinct) == 3
    assert np.array_equal(distinct[places], vectors[[0, 1, 0, 2, 1]])


def test_a_row_alone_is_like_nobody() -> None:
    vectors, _ = scatter(2, 2, seed=6)
    similarity = own_similarity(vectors[:3], np.array([0, 0, 1]))
    assert similarity[2] == 0
    assert similarity[0] == pytest.approx(float(vectors[0] @ vectors[1]), abs=1e-5)


def test_spread_rows_are_even_and_never_too_many() -> None:
    assert spread_rows(10, 20).tolist() == list(range(10))
    assert spread_rows(101, 3).tolist() == [0, 50, 100]
