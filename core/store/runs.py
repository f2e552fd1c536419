"""The ledger of nights, and the lock that keeps two runs apart."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, or_, select, update

from core.errors import RunLocked
from core.store.database import upsert
from core.tables import locks, runs

NIGHTLY = "nightly"


@dataclass(frozen=True, slots=True)
class Run:
    """One execution of the nightly flow. `status`: running, completed, failed or crashed."""

    id: str
    night: date
    status: str
    started_at: datetime
    finished_at: datetime | None
    counts: Mapping[str, int]
    seconds: Mapping[str, float]
    snapshot: str | None
    error: str | None


def start_run(conn: Connection, *, run_id: str, night: date, now: datetime) -> None:
    """Opens the ledger for a run; runs that never ended are marked as crashed."""
    conn.execute(
        update(runs).where(runs.c.status == "running").values(status="crashed", finished_at=now)
    )
    conn.execute(
        insert(runs).values(
            id=run_id, night=night, status="running", started_at=now, counts={}, seconds={}
        )
    )


def finish_run(
    conn: Connection,
    *,
    run_id: str,
    status: str,
    now: datetime,
    counts: Mapping[str, int],
    seconds: Mapping[str, float],
    snapshot: str | None = None,
    error: str | None = None,
) -> None:
    """Closes the ledger of a run with what it did."""
    conn.execute(
        update(runs)
        .where(runs.c.id == run_id)
        .values(
            status=status,
            finished_at=now,
            counts=dict(counts),
            seconds=dict(seconds),
            snapshot=snapshot,
            error=error,
        )
    )


def read_run(conn: Connection, run_id: str) -> Run | None:
    """The run of this id."""
    row = conn.execute(select(runs).where(runs.c.id == run_id)).one_or_none()
    return None if row is None else _run(row)


def list_runs(conn: Connection, *, limit: int, offset: int = 0) -> list[Run]:
    """Runs, the latest first."""
    query = select(runs).order_by(runs.c.started_at.desc(), runs.c.id).limit(limit).offset(offset)
    return [_run(row) for row in conn.execute(query)]


def last_completed_night(conn: Connection) -> date | None:
    """The latest night that a run completed."""
    night: date | None = conn.execute(
        select(func.max(runs.c.night)).where(runs.c.status == "completed")
    ).scalar_one()
    return night


def last_completed_at(conn: Connection) -> datetime | None:
    """When the latest completed run ended."""
    query = (
        select(runs.c.finished_at)
        .where(runs.c.status == "completed")
        .order_by(runs.c.finished_at.desc())
        .limit(1)
    )
    moment: datetime | None = conn.execute(query).scalar_one_or_none()
    return moment


def count_runs(conn: Connection) -> dict[str, int]:
    """Status -> how many runs."""
    query = select(runs.c.status, func.count()).group_by(runs.c.status)
    return {row[0]: row[1] for row in conn.execute(query)}


def acquire_lock(
    conn: Connection,
    *,
    owner: str,
    now: datetime,
    ttl_s: float,
    is_dead: Callable[[str], bool] = lambda _owner: False,
) -> None:
    """Takes the nightly lock, or renews it; `is_dead` tells of an owner that cannot come back.

    Raises:
        RunLocked: another run holds it and it has not expired.
    """
    expires = now + timedelta(seconds=ttl_s)
    taken = conn.execute(
        update(locks)
        .where(locks.c.name == NIGHTLY, or_(locks.c.owner == owner, locks.c.expires_at <= now))
        .values(owner=owner, expires_at=expires)
    )
    if taken.rowcount:
        return
    held = conn.execute(select(locks).where(locks.c.name == NIGHTLY)).one_or_none()
    if held is not None and not is_dead(held.owner):
        raise RunLocked(
            f"run {held.owner} is at work; its lock expires at {held.expires_at:%H:%M:%S} UTC"
        )
    # Of two that come here at once one finds the other's row, or none of its dead owner's.
    if held is not None:
        conn.execute(delete(locks).where(locks.c.name == NIGHTLY, locks.c.owner == held.owner))
    row = {"name": NIGHTLY, "owner": owner, "expires_at": expires}
    upsert(conn, locks, [row], keep=list(row))
    now_held = conn.execute(select(locks.c.owner).where(locks.c.name == NIGHTLY)).scalar_one()
    if now_held != owner:
        raise RunLocked(f"run {now_held} has just begun")


def release_lock(conn: Connection, *, owner: str) -> None:
    """Gives the nightly lock back, if `owner` holds it."""
    conn.execute(delete(locks).where(locks.c.name == NIGHTLY, locks.c.owner == owner))


def _run(row: Row[Any]) -> Run:
    return Run(**row._mapping)
