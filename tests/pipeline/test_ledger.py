"""The lock keeps two runs apart and outlives no owner; the ledger tells how every run ended."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from threading import Event

import pytest
from sqlalchemy import select

from core.errors import FieldbackError, RunLocked
from core.settings import Settings
from core.store import Store
from core.store.runs import Run, acquire_lock, list_runs, start_run
from core.tables import locks
from pipeline.ledger import Ledger, describe, is_dead_here, open_ledger
from pipeline.night import Night

DAY, NOW = date(2026, 10, 31), datetime(2026, 11, 1, 3, tzinfo=UTC)
HOST = socket.gethostname()


@pytest.fixture(scope="module")
def dead_pid() -> int:
    """The id of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def run_empty(settings: Settings) -> None:
    with open_ledger(settings, day=DAY, now=NOW):
        pass


def fail_in_publish(settings: Settings, error: BaseException) -> None:
    with open_ledger(settings, day=DAY, now=NOW) as ledger, ledger.stage("publish"):
        ledger.add({"n_read": 7})
        raise error


def hold_lock(store: Store, owner: str, *, expires_in_s: float = 60) -> None:
    moment = datetime.now(UTC)
    with store.begin() as conn:
        acquire_lock(conn, owner=owner, now=moment, ttl_s=expires_in_s)


def read_runs(store: Store) -> list[Run]:
    """All runs, the oldest first."""
    with store.read() as conn:
        return list_runs(conn, limit=10)[::-1]


def read_lock(store: Store) -> tuple[str, datetime] | None:
    """Owner and expiry of the lock."""
    with store.read() as conn:
        row = conn.execute(select(locks.c.owner, locks.c.expires_at)).one_or_none()
    return None if row is None else (row.owner, row.expires_at)


def test_a_run_notes_what_it_did_and_gives_the_lock_back(store: Store, settings: Settings) -> None:
    with open_ledger(settings, day=DAY, now=NOW) as ledger:
        with ledger.stage("scan"):
            ledger.add({"n_files": 3})
        ledger.add({"n_files": 2, "n_read": 1})
        result = ledger.result("2026-10-31-abc")
    [run] = read_runs(store)
    assert (run.id, run.night, run.status, run.error) == (result["run"], DAY, "completed", None)
    assert run.counts == result["counts"] == {"n_files": 5, "n_read": 1}
    assert run.snapshot == "2026-10-31-abc"
    assert set(run.seconds) == {"scan"}
    assert run.finished_at is not None
    assert read_lock(store) is None


def test_a_second_run_is_refused_while_the_first_is_at_work(
    store: Store, settings: Settings
) -> None:
    with (
        open_ledger(settings, day=DAY, now=NOW),
        pytest.raises(RunLocked, match="is at work"),
        open_ledger(settings, day=DAY, now=NOW),
    ):
        pass
    assert [run.status for run in read_runs(store)] == ["completed"]
    run_empty(settings)


def test_the_lock_of_a_process_that_died_on_this_machine_is_taken_over_at_once(
    store: Store, settings: Settings, dead_pid: int
) -> None:
    hold_lock(store, f"run_dead@{HOST}:{dead_pid}")
    with store.begin() as conn:
        start_run(conn, run_id="run_dead", night=DAY, now=NOW)
    run_empty(settings)
    assert [run.status for run in read_runs(store)] == ["crashed", "completed"]


def test_the_lock_of_another_machine_holds_until_it_expires(
    store: Store, settings: Settings, dead_pid: int
) -> None:
    hold_lock(store, f"run_far@elsewhere:{dead_pid}")
    with pytest.raises(RunLocked, match="run_far@elsewhere"):
        run_empty(settings)
    hold_lock(store, f"run_far@elsewhere:{dead_pid}", expires_in_s=-1)
    run_empty(settings)
    assert [run.status for run in read_runs(store)] == ["completed"]


@pytest.mark.parametrize(
    ("error", "noted"),
    [
        (FieldbackError("cannot publish to /full: No space left"), "cannot publish to /full"),
        (KeyError("Pat Quillan said so"), "KeyError"),
        (KeyboardInterrupt(), "KeyboardInterrupt"),
    ],
)
def test_a_run_that_fails_is_noted_as_failed_and_gives_the_lock_back(
    store: Store, settings: Settings, error: BaseException, noted: str
) -> None:
    with pytest.raises(type(error)):
        fail_in_publish(settings, error)
    [run] = read_runs(store)
    assert (run.status, run.counts) == ("failed", {"n_read": 7})
    assert run.error is not None
    assert run.error.startswith(noted)
    assert "Pat" not in run.error
    assert set(run.seconds) == {"publish"}
    assert read_lock(store) is None


def test_a_run_longer_than_the_lock_s_life_keeps_the_lock(store: Store, settings: Settings) -> None:
    short = settings.model_copy(update={"lock_ttl_s": 0.4})
    with open_ledger(short, day=DAY, now=NOW) as ledger:
        taken = read_lock(store)
        assert not ledger.lost_lock.wait(0.8)
        renewed = read_lock(store)
        with pytest.raises(RunLocked):
            run_empty(settings)
    assert taken is not None
    assert renewed is not None
    assert renewed[0] == taken[0]
    assert renewed[1] > taken[1] + timedelta(seconds=0.4)


def test_a_run_that_lost_its_lock_begins_no_further_stage(store: Store, settings: Settings) -> None:
    """A machine that slept for an hour wakes up while another has taken over."""
    short = settings.model_copy(update={"lock_ttl_s": 0.4})
    with pytest.raises(RunLocked, match="lost its lock before publish"):
        _lose_lock(short, store)
    [run] = read_runs(store)
    assert run.status == "failed"
    lock = read_lock(store)
    assert lock is not None
    assert lock[0] == "run_other@elsewhere:1"


def _lose_lock(settings: Settings, store: Store) -> None:
    with open_ledger(settings, day=DAY, now=NOW) as ledger:
        with store.begin() as conn:
            expires = datetime.now(UTC) + timedelta(minutes=1)
            conn.execute(locks.update().values(owner="run_other@elsewhere:1", expires_at=expires))
        assert ledger.lost_lock.wait(5)
        with ledger.stage("publish"):
            pytest.fail("published without the lock")


def test_a_stage_is_timed_as_often_as_it_runs() -> None:
    ledger = Ledger(Night("run_1", DAY, NOW), Event())
    for _ in range(2):
        with ledger.stage("extract"):
            pass
    assert set(ledger.result("id")["seconds"]) == {"extract"}
    assert ledger.seconds["extract"] > 0


def test_only_a_process_of_this_machine_that_is_gone_is_dead(dead_pid: int) -> None:
    assert is_dead_here(f"run_1@{HOST}:{dead_pid}")
    assert not is_dead_here(f"run_1@{HOST}:{os.getpid()}")
    assert not is_dead_here(f"run_1@{HOST}:1")
    assert not is_dead_here(f"run_1@elsewhere:{dead_pid}")


@pytest.mark.parametrize("owner", ["", "run_1", "run_1@", f"run_1@{HOST}", f"run_1@{HOST}:x", "@:"])
def test_an_owner_that_cannot_be_understood_is_not_declared_dead(owner: str) -> None:
    assert not is_dead_here(owner)


def test_a_foreign_message_is_never_told_since_it_may_quote_data() -> None:
    assert describe(ValueError("Pat Quillan")) == "ValueError"
    assert describe(FieldbackError("calls/1.vtt: empty")) == "calls/1.vtt: empty"
