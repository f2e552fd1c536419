from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.night import Night, add_counts

DAY, NOW = date(2026, 10, 31), datetime(2026, 11, 1, 3, tzinfo=UTC)
NIGHT = Night("run_1", DAY, NOW)
COUNTS = st.dictionaries(st.sampled_from(["n_read", "n_new", "n_themes"]), st.integers(0, 50))


def test_a_night_ends_at_the_midnight_after_its_day_in_utc() -> None:
    assert NIGHT.end == datetime(2026, 11, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "is_later"),
    [
        (None, False),
        (datetime(2026, 10, 31, 23, 59, 59, tzinfo=UTC), False),
        (datetime(2026, 11, 1, tzinfo=UTC), True),
        (datetime(2026, 10, 31, 20, tzinfo=timezone(timedelta(hours=-6))), True),
    ],
)
def test_what_starts_after_its_day_belongs_to_a_later_night(
    moment: datetime | None, is_later: bool
) -> None:
    assert NIGHT.is_later(moment) is is_later


def test_clocks_may_differ_by_a_day_before_a_date_counts_as_the_future() -> None:
    assert not NIGHT.is_future(None)
    assert not NIGHT.is_future(NOW + timedelta(days=1))
    assert NIGHT.is_future(NOW + timedelta(days=1, seconds=1))


@given(st.lists(COUNTS, max_size=5))
def test_counts_add_up_name_by_name_in_any_order(parts: list[dict[str, int]]) -> None:
    total = add_counts(parts)
    assert total == add_counts(reversed(parts))
    assert sum(total.values()) == sum(sum(part.values()) for part in parts)
    assert set(total) == {name for part in parts for name in part}


def test_a_count_of_nothing_is_kept() -> None:
    assert add_counts([{"n_quarantined": 0}, {"n_quarantined": 0}]) == {"n_quarantined": 0}
