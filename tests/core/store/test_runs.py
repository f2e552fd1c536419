from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from core.errors import RunLocked
from core.store import Store
from core.store.runs import (
    acquire_lock,
    count_runs,
    finish_run,
    last_completed_at,
    last_completed_night,
    list_runs,
    read_run,
    release_lock,
    start_run,
)

NIGHT = date(2026, 11, 20)
NOW = datetime(2026, 11, 21, 2, tzinfo=UTC)


def _finish(store: Store, run_id: str, status: str, now: datetime) -> None:
    with store.begin() as conn:
        finish_run(conn, run_id=run_id, status=status, now=now, counts={"n": 1}, seconds={})


def test_a_run_is_told_from_start_to_end(store: Store) -> None:
    with store.begin() as conn:
        start_run(conn, run_id="run_1", night=NIGHT, now=NOW)
        run = read_run(conn, "run_1")
        assert run is not None
        assert run.status == "running"
    _finish(store, "run_1", "completed", NOW + timedelta(minutes=3))
    with store.read() as conn:
        run = read_run(conn, "run_1")
        assert run is not None
        assert run.finished_at == NOW + timedelta(minutes=3)
        assert run.counts == {"n": 1}
        assert last_completed_night(conn) == NIGHT
        assert last_completed_at(conn) == run.finished_at
        assert read_run(conn, "run_2") is None


def test_a_run_that_never_ended_is_marked_as_crashed_by_the_next(store: Store) -> None:
    with store.begin() as conn:
        start_run(conn, run_id="run_1", night=NIGHT, now=NOW)
    with store.begin() as conn:
        start_run(conn, run_id="run_2", night=NIGHT, now=NOW + timedelta(hours=1))
        assert [(run.id, run.status) for run in list_runs(conn, limit=9)] == [
            ("run_2", "running"),
            ("run_1", "crashed"),
        ]
        assert count_runs(conn) == {"running": 1, "crashed": 1}
        assert last_completed_night(conn) is None
        assert last_completed_at(conn) is None


def test_a_failed_run_is_no_completed_night(store: Store) -> None:
    with store.begin() as conn:
        start_run(conn, run_id="run_1", night=NIGHT, now=NOW)
    _finish(store, "run_1", "failed", NOW)
    with store.read() as conn:
        assert last_completed_night(conn) is None


def _take(store: Store, owner: str, *, after_s: float = 0, dead: tuple[str, ...] = ()) -> None:
    with store.begin() as conn:
        acquire_lock(
            conn,
            owner=owner,
            now=NOW + timedelta(seconds=after_s),
            ttl_s=60,
            is_dead=dead.__contains__,
        )


def test_a_lock_that_is_held_is_not_given_to_another(store: Store) -> None:
    _take(store, "run_1")
    with pytest.raises(RunLocked, match="run_1 is at work"):
        _take(store, "run_2", after_s=59)


def test_a_lock_may_be_renewed_by_its_owner(store: Store) -> None:
    _take(store, "run_1")
    _take(store, "run_1", after_s=50)
    with pytest.raises(RunLocked):
        _take(store, "run_2", after_s=100)


def test_a_lock_that_expired_is_taken_over(store: Store) -> None:
    _take(store, "run_1")
    _take(store, "run_2", after_s=60)
    with pytest.raises(RunLocked, match="run_2"):
        _take(store, "run_1", after_s=61)


def test_the_lock_of_a_dead_owner_is_taken_over_at_once(store: Store) -> None:
    _take(store, "run_1")
    with pytest.raises(RunLocked):
        _take(store, "run_2", dead=("run_0",))
    _take(store, "run_2", dead=("run_1",))
    with pytest.raises(RunLocked, match="run_2"):
        _take(store, "run_3", after_s=1)


def test_only_the_owner_gives_a_lock_back(store: Store) -> None:
    _take(store, "run_1")
    with store.begin() as conn:
        release_lock(conn, owner="run_2")
    with pytest.raises(RunLocked):
        _take(store, "run_2")
    with store.begin() as conn:
        release_lock(conn, owner="run_1")
    _take(store, "run_2")
