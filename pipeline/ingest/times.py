"""Dates and clock times of many spellings, as UTC datetimes and milliseconds."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from dateutil import parser

_ZONES_H = {
    "UTC": 0, "GMT": 0, "Z": 0, "WET": 0, "BST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3,
    "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
}  # fmt: skip
_EARLIEST_EPOCH_S = 1e8  # 1973: smaller numbers are no moments of a sales call
_EARLIEST_EPOCH_MS = 1e11  # as seconds this would be the year 5138
_CLOCK = re.compile(r"(?:(\d{1,3}):)?(\d{1,3}):(\d{1,2})(?:[.,](\d{1,9}))?")
# Two defaults that differ in every part: a part that follows the default was not in the text.
_FILLERS = (datetime(2000, 1, 1), datetime(2001, 2, 2))


def parse_time(value: str | float, zone: ZoneInfo, *, day_first: bool = False) -> datetime:
    """The moment that `value` names, in UTC; `zone` holds where the text names none.

    Takes ISO 8601, what CRM exports write (`10/07/2026 2:30 PM EST`), and epoch seconds or
    milliseconds. Raises ValueError where year, month and day are not all given.
    """
    try:
        if isinstance(value, int | float) or re.fullmatch(r"\d{9,13}(\.\d+)?", value.strip()):
            return _parse_epoch(float(value))
        moment = _parse_text(value.strip(), day_first=day_first)
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        raise ValueError("unreadable date") from None  # the cause quotes the text


def _parse_epoch(number: float) -> datetime:
    """The moment of epoch seconds or milliseconds, told apart by their size."""
    if not math.isfinite(number) or number < _EARLIEST_EPOCH_S:
        raise ValueError("too small for an epoch time")
    return datetime.fromtimestamp(number / 1000 if number >= _EARLIEST_EPOCH_MS else number, UTC)


def _parse_text(text: str, *, day_first: bool) -> datetime:
    """The moment a text names, with its time zone if it names one."""
    if len(text) > 100:
        raise ValueError("too long for a date")
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        first, second = (
            parser.parse(text, dayfirst=day_first, default=default, tzinfos=_find_zone)
            for default in _FILLERS
        )
    if first.date() != second.date():
        raise ValueError("the date is not whole")
    return first


def _find_zone(name: str | None, offset_s: int | None) -> tzinfo | None:
    """The time zone of an abbreviation or offset; raises ValueError for one we don't know."""
    if name is None and offset_s is None:
        return None
    if offset_s is not None:
        return timezone(timedelta(seconds=offset_s))
    if name is None or name.upper() not in _ZONES_H:
        raise ValueError("unknown time zone")
    return timezone(timedelta(hours=_ZONES_H[name.upper()]))


def parse_clock(text: str) -> int:
    """Milliseconds of `1:02:03.456`, `2:03` or `00:02:03,456`; raises ValueError for others."""
    match = _CLOCK.fullmatch(text.strip())
    if match is None:
        raise ValueError("unreadable time")
    hours, minutes, seconds, fraction = match.groups()
    whole_s = int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)
    return whole_s * 1000 + int((fraction or "0").ljust(3, "0")[:3])


def to_ms(seconds: float | str | None) -> int | None:
    """Milliseconds of seconds (a number, or text such as `12.5` or `1:02`); None stays None.

    Raises ValueError for what is neither.
    """
    if seconds is None or seconds == "":
        return None
    if isinstance(seconds, str) and ":" in seconds:
        return parse_clock(seconds)
    return round(parse_number(seconds) * 1000)


def parse_number(value: float | str) -> float:
    """A finite number; raises ValueError, which does not quote the value, for anything else."""
    try:
        number = float(value)
    except (ValueError, OverflowError):
        raise ValueError("unreadable time") from None  # the cause quotes the text
    if not math.isfinite(number):
        raise ValueError("unreadable time")
    return number
