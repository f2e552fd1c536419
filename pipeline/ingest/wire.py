"""Field types that recorders' JSON exports share; a wrong value is a pydantic error."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator

from pipeline.ingest.times import parse_number, to_ms

_MAX_MS = 2**53  # what a JSON number holds exactly


def _read_seconds(value: object) -> int | None:
    """Milliseconds of seconds."""
    if value is not None and not isinstance(value, str | int | float):
        raise ValueError("is no time in seconds")
    return _drop_implausible(to_ms(value))


def _read_milliseconds(value: object) -> int | None:
    """Whole milliseconds."""
    if value is None:
        return None
    if not isinstance(value, str | int | float):
        raise ValueError("is no time in milliseconds")
    return _drop_implausible(round(parse_number(value)))


def _drop_implausible(time_ms: int | None) -> int | None:
    """The time, or None where it is negative or larger than any recording's."""
    return time_ms if time_ms is not None and 0 <= time_ms <= _MAX_MS else None


def _read_label(value: object) -> object:
    """A speaker's label or id as text; nobody as nothing."""
    if value is None:
        return ""
    return str(value) if isinstance(value, int | float) else value


Seconds = Annotated[int | None, BeforeValidator(_read_seconds)]
"""Given in seconds (12.5, `"12.5"`, `"0:12"`), held in milliseconds; None for nonsense."""

Milliseconds = Annotated[int | None, BeforeValidator(_read_milliseconds)]
"""Given and held in milliseconds; None for nonsense."""

Label = Annotated[str, BeforeValidator(_read_label)]
"""A speaker's label or an id, which recorders write as number or text."""
