"""The ledger of one run: its lock, kept alive while it works, its counts and its seconds."""

from __future__ import annotations

import os
import socket
import threading
import time
import uuid
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from core.errors import FieldbackError, RunLocked
from core.logs import get_log
from core.settings import Settings
from core.store import Store
from core.store.runs import acquire_lock, finish_run, release_lock, start_run
from pipeline.night import Counts, Night, add_counts
from pipeline.resources import get_store


@dataclass
class Ledger:
    """What a run has done so far; `open_ledger` writes it down at the end, whatever happens."""

    night: Night
    lost_lock: threading.Event
    counts: Counts = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    snapshot: str | None = None

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Times a stage; refuses to begin one without the lock.

        Raises:
            RunLocked: the lock expired and another run may have it.
        """
        if self.lost_lock.is_set():
            raise RunLocked(f"run {self.night.run_id} lost its lock before {name}")
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] += time.perf_counter() - start
            get_log(run=self.night.run_id).debug("stage", stage=name)

    def add(self, counts: Mapping[str, int]) -> None:
        """Adds what a stage or batch did."""
        self.counts = add_counts([self.counts, counts])

    def result(self, snapshot: str) -> dict[str, Any]:
        """What the run did, as plain data."""
        self.snapshot = snapshot
        return {
            "run": self.night.run_id,
            "night": self.night.day.isoformat(),
            "snapshot": snapshot,
            "counts": self.counts,
            "seconds": {name: round(value, 3) for name, value in self.seconds.items()},
        }


@contextmanager
def open_ledger(settings: Settings, *, day: date, now: datetime) -> Iterator[Ledger]:
    """Takes the lock, opens the ledger of a run and closes both at the end.

    Raises:
        RunLocked: another run is at work.
    """
    store = get_store(settings)
    night = Night(f"run_{uuid.uuid4().hex[:20]}", day, now)
    owner = name_owner(night.run_id)
    ledger = Ledger(night, threading.Event())
    with store.begin() as conn:
        acquire_lock(conn, owner=owner, now=_now(), ttl_s=settings.lock_ttl_s, is_dead=is_dead_here)
        start_run(conn, run_id=night.run_id, night=day, now=_now())
    with _heartbeat(store, owner, settings.lock_ttl_s, ledger.lost_lock):
        try:
            yield ledger
        except BaseException as error:
            try:
                _close(store, ledger, owner, "failed", describe(error))
            except SQLAlchemyError as second:  # the first error is the one to tell
                get_log(run=night.run_id).error("ledger", error=type(second).__name__)
            raise
        _close(store, ledger, owner, "completed", None)


@contextmanager
def write_between_nights(settings: Settings, name: str) -> Iterator[Connection]:
    """One transaction that writes while no night is at work; a night that begins waits for it.

    Raises:
        RunLocked: a night is at work.
    """
    owner = name_owner(name)
    with get_store(settings).begin() as conn:
        acquire_lock(conn, owner=owner, now=_now(), ttl_s=settings.lock_ttl_s, is_dead=is_dead_here)
        yield conn
        release_lock(conn, owner=owner)


def name_owner(name: str) -> str:
    """What a lock of this process calls its owner; `is_dead_here` understands it."""
    return f"{name}@{socket.gethostname()}:{os.getpid()}"


def is_dead_here(owner: str) -> bool:
    """True if the owner of a lock was a process of this machine that is gone."""
    _, _, place = owner.partition("@")
    host, _, pid = place.rpartition(":")
    if host != socket.gethostname() or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def describe(error: BaseException) -> str:
    """What to tell of an error: our own message, else its type alone, since a foreign message may
    quote data."""
    return str(error) if isinstance(error, FieldbackError) else type(error).__name__


def _close(store: Store, ledger: Ledger, owner: str, status: str, error: str | None) -> None:
    with store.begin() as conn:
        finish_run(
            conn,
            run_id=ledger.night.run_id,
            status=status,
            now=_now(),
            counts=ledger.counts,
            seconds=ledger.seconds,
            snapshot=ledger.snapshot,
            error=error,
        )
        release_lock(conn, owner=owner)


@contextmanager
def _heartbeat(
    store: Store, owner: str, ttl_s: float, lost_lock: threading.Event
) -> Iterator[None]:
    """Renews the lock from a thread until the context closes."""
    stop = threading.Event()

    def beat() -> None:
        while not stop.wait(ttl_s / 4):
            try:
                with store.begin() as conn:
                    acquire_lock(conn, owner=owner, now=_now(), ttl_s=ttl_s, is_dead=is_dead_here)
            except RunLocked:
                lost_lock.set()
                return
            except SQLAlchemyError as error:  # the next beat tries again
                get_log().warning("lock not renewed", error=type(error).__name__)

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _now() -> datetime:
    return datetime.now(UTC)
