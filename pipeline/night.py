"""What the stages of one night share: its name, its clock and its counts."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

Counts = dict[str, int]
"""What a stage did: `n_…` -> how many. Small, so that it may cross from task to flow."""

Progress = Callable[[str, int, int], None]
"""Told a stage, how many of its batches are done, and how many there are."""

CLOCK_SLACK = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Night:
    """One execution of the nightly flow: its run, the day that it is as of, and now."""

    run_id: str
    day: date
    now: datetime

    @property
    def end(self) -> datetime:
        """The first moment that is not of this night any more."""
        return datetime.combine(self.day + timedelta(days=1), time(), UTC)

    def is_later(self, moment: datetime | None) -> bool:
        """True if the moment belongs to a later night than this."""
        return moment is not None and moment >= self.end

    def is_future(self, moment: datetime | None) -> bool:
        """True if the moment has not come yet, a day's difference between clocks allowed."""
        return moment is not None and moment > self.now + CLOCK_SLACK


def normalise_sources(sources: Sequence[str]) -> list[str]:
    """Local paths made absolute, so that a source is the same from every folder."""
    return [url if "://" in url else os.path.abspath(url) for url in sources]  # noqa: PTH100 - pathlib keeps `..`


def add_counts(parts: Iterable[Mapping[str, int]]) -> Counts:
    """The sum of counts, name by name."""
    total: Counter[str] = Counter()
    for part in parts:
        total.update(part)
    return dict(total)
