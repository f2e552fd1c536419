from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.ingest.times import parse_clock, parse_time, to_ms

_UTC = ZoneInfo("UTC")
_LONDON_SUMMER = ZoneInfo("Europe/London")


@pytest.mark.parametrize(
    "text",
    [
        "2026-10-07T14:30:00Z",
        "2026-10-07 14:30",
        "10/07/2026 2:30 PM",
        "Oct 7, 2026 10:30 AM EDT",
        "7 October 2026 14:30 UTC",
        "2026-10-07T16:30:00+02:00",
        "1791383400",
        1791383400000,
    ],
)
def test_the_spellings_of_crm_exports_and_recorders_mean_the_same_moment(text: str | float) -> None:
    assert parse_time(text, _UTC) == datetime(2026, 10, 7, 14, 30, tzinfo=UTC)


def test_a_date_without_a_zone_is_in_the_source_s_zone() -> None:
    assert parse_time("2026-07-01 09:00", _LONDON_SUMMER).hour == 8


def test_a_source_may_say_that_the_day_comes_first() -> None:
    assert parse_time("07/10/2026", _UTC, day_first=True).month == 10


@pytest.mark.parametrize(
    "text", ["not a date", "12", "Tuesday", "March 2026", "2026-13-45", "2026-10-07 25:00",
             "2026-10-07 14:30 XYZ", "9" * 200, "0001-01-01T00:00:00+14:00"]
)  # fmt: skip
def test_a_date_that_is_not_whole_or_not_one_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="unreadable date"):
        parse_time(text, _UTC)


@settings(deadline=None)
@given(st.text(max_size=60) | st.floats())
def test_any_value_is_a_moment_or_a_value_error(value: str | float) -> None:
    with contextlib.suppress(ValueError):
        assert parse_time(value, _UTC).tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [("0:12", 12_000), ("00:01:02.5", 62_500), ("1:02:03,456", 3_723_456), ("0:0:5.32", 5_320)],
)
def test_clock_times_have_two_or_three_parts(text: str, milliseconds: int) -> None:
    assert parse_clock(text) == milliseconds


def test_a_clock_time_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="unreadable time"):
        parse_clock("12")


def test_seconds_come_as_number_text_or_clock() -> None:
    assert [to_ms(value) for value in (1.25, "2", "0:03", None, "")] == [
        1250, 2000, 3000, None, None,
    ]  # fmt: skip


def test_infinite_seconds_are_refused() -> None:
    with pytest.raises(ValueError, match="unreadable time"):
        to_ms(float("inf"))
