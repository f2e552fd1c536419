"""Runs and quarantine on the wire."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from api.schemas.base import Schema


class Run(Schema):
    """One execution of the nightly flow."""

    id: str
    night: date
    status: str
    started_at: datetime
    finished_at: datetime | None
    counts: Mapping[str, int]
    seconds: Mapping[str, float]
    snapshot: str | None
    error: str | None


class RunList(Schema):
    """Runs, the latest first."""

    items: Sequence[Run]
    next_cursor: str | None


class QuarantineEntry(Schema):
    """Input that could not be used, with its reason and place."""

    id: str
    source: str
    path: str
    line: int | None
    reason: str
    kind: str
    run_id: str
    created_at: datetime


class QuarantineList(Schema):
    """What is in quarantine, the latest first."""

    items: Sequence[QuarantineEntry]
    n_entries: int
    next_cursor: str | None


class Health(Schema):
    """The process lives."""

    status: str


class Readiness(Schema):
    """The server can answer; `snapshot` is what it answers from."""

    status: str
    snapshot: str
