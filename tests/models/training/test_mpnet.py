import pytest

pytest.importorskip("torch", reason="torch is for training only")

from models.training.mpnet import BUCKETS, FARTHEST, find_buckets


def test_near_places_have_buckets_of_their_own_and_far_ones_share() -> None:
    buckets = find_buckets(2 * FARTHEST)
    assert buckets[0, 0] == 0
    assert len({int(buckets[9, j]) for j in range(2, 17)}) == 15
    assert buckets[0, 60] == buckets[0, 61]
    assert buckets[0, FARTHEST] == buckets[0, -1] == BUCKETS - 1
    assert buckets.max() == BUCKETS - 1


def test_before_and_after_are_told_apart() -> None:
    buckets = find_buckets(40)
    ahead, behind = buckets[3, 8], buckets[8, 3]
    assert ahead == behind + BUCKETS // 2
