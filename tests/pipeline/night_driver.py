"""Runs nights in child processes, killing some of them on the way; prints the states they leave.

usage: night_driver.py SOURCE AS_OF HOME DATABASE_URL [POINT …]

A point is `module:function:n`: the process kills itself with SIGKILL at the n-th call of it,
before it does anything, or after it with `module:function:n:after`. For each point the
night is run on a fresh store, killed, and run again. The models and Prefect are imported once, and
each night is a fork.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import shutil
import signal
import sys
import traceback
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

from sqlalchemy import text

from core.logs import configure_logs
from core.settings import load_settings
from core.snapshot import current_id
from core.store import Store
from core.tables import metadata
from pipeline.environment import prepare_environment

NOW = datetime(2026, 11, 1, 3, 0, tzinfo=UTC)
NOT_STATE = {"runs", "locks", "alembic_version"}  # tell how it went, not what is known
NOT_COMPARED = {"run_id", "created_at"}


def main() -> None:
    source, as_of, home, url, *points = sys.argv[1:]
    prepare(home, url)
    results = {"undisturbed": _scenario(source, as_of, home, url, None)}
    for point in points:
        results[point] = _scenario(source, as_of, home, url, point)
    json.dump(results, sys.stdout)


def prepare(home: str, url: str) -> None:
    """Settings for nights in forks, and what each fork then need not load: the models run in one
    thread, which a fork keeps."""
    os.environ.update(FIELDBACK_HOME=home, FIELDBACK_DATABASE_URL=url, FIELDBACK_BATCH_SIZE="5")
    os.environ["FIELDBACK_SUBJECT_KEY"] = "a key for tests"
    os.environ["FIELDBACK_RETRIES"] = "0"
    prepare_environment(load_settings())
    configure_logs(level="WARNING")
    importlib.import_module("pipeline.flow")
    for load in ("get_extractor", "get_encoder", "get_role_model", "get_redactor"):
        getattr(importlib.import_module("pipeline.resources"), load)()


def _scenario(source: str, as_of: str, home: str, url: str, point: str | None) -> dict[str, object]:
    empty(url, home)
    night = partial(_night, source, as_of)
    first = fork(night, point)
    second = fork(night) if point else first
    return {"first": first, "second": second, **read_state(url)}


def fork(act: Callable[[], object], point: str | None = None) -> int:
    """Exit status of a child that acts, or minus the signal that ended it."""
    child = os.fork()
    if child == 0:
        try:
            if point is not None:
                _set_trap(*point.split(":"))
            act()
        except BaseException:  # noqa: BLE001 - a child must tell and end here
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def _night(source: str, as_of: str) -> None:
    from pipeline.flow import run_night

    run_night(load_settings(), [source], as_of=date.fromisoformat(as_of), now=NOW)


def _set_trap(module_name: str, name: str, nth: str, when: str = "before") -> None:
    module, calls = importlib.import_module(module_name), 0
    original = getattr(module, name)

    def trapped(*args: object, **options: object) -> object:
        nonlocal calls
        calls += 1
        is_due = calls == int(nth)
        if is_due and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = original(*args, **options)
        if is_due:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(module, name, trapped)


def empty(url: str, home: str) -> None:
    """Makes the store new, and removes the snapshots."""
    shutil.rmtree(Path(home) / "snapshots", ignore_errors=True)
    store = Store.open(url)
    with store.begin() as conn:
        metadata.drop_all(conn)
        conn.execute(text("DROP TABLE IF EXISTS alembic_version"))
    store.migrate()
    store.close()


def read_state(url: str) -> dict[str, object]:
    """Rows a table and a hash of them all, and the current snapshot."""
    store, digests, rows = Store.open(url), {}, {}
    with store.read() as conn:
        for table in metadata.sorted_tables:
            if table.name in NOT_STATE:
                continue
            columns = [column for column in table.c if column.name not in NOT_COMPARED]
            found = sorted(
                repr(tuple(row)) for row in conn.execute(table.select().with_only_columns(*columns))
            )
            rows[table.name] = len(found)
            digests[table.name] = hashlib.sha256("\n".join(found).encode()).hexdigest()
        statuses = [
            row.status for row in conn.execute(text("SELECT status FROM runs ORDER BY started_at"))
        ]
    store.close()
    return {
        "rows": rows,
        "digests": digests,
        "runs": statuses,
        "snapshot": current_id(load_settings().snapshot_url),
    }


if __name__ == "__main__":
    main()
