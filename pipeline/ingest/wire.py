"""Field types that recorders' JSON exports share; a wrong value is a pydantic error."""

from __future__ import annotations

import math
from typing import Annotated

from pydantic import BeforeValidator

from pipeline.ingest.times import to_ms


def _read_seconds(value: object) -> int | None:
    """Milliseconds of seconds."""
    if value is not None and not isinstance(value, str | int | float):
        raise ValueError("is no time in seconds")
    return to_ms(value)


def _read_milliseconds(value: object) -> int | None:
    """Whole milliseconds."""
    if value is None:
        return None
    if not isinstance(value, str | int | float) or not math.isfinite(float(value)):
        raise ValueError("is no time in milliseconds")
    return round(float(value))


def _read_label(value: object) -> object:
    """A speaker's label or id as text; nobody as nothing."""
    if value is None:
        return ""
    return str(value) if isinstance(value, int | float) else value


Seconds = Annotated[int | None, BeforeValidator(_read_seconds)]
"""Given in seconds (12.5, `"12.5"`, `"0:12"`), held in milliseconds."""

Milliseconds = Annotated[int | None, BeforeValidator(_read_milliseconds)]
"""Given and held in milliseconds."""

Label = Annotated[str, BeforeValidator(_read_label)]
"""A speaker's label or an id, which recorders write as number or text."""
