"""The flow through Prefect: as the plain stages, however it runs; and it leaves no process behind.

What the stages do is tested without Prefect; here is only what Prefect adds.
"""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from core.settings import Settings
from core.snapshot import current_id
from core.store import Store
from core.tables import metadata
from tests.pipeline.environment import make_environment
from tests.pipeline.night_driver import NOT_COMPARED, NOT_STATE
from tests.pipeline.plain_night import run_plain_night
from tests.pipeline.processes import find_processes, wait_until
from tests.pipeline.sources import write_source

pytestmark = [
    pytest.mark.flow,
    pytest.mark.skipif(not Path("/proc").is_dir(), reason="processes are looked for in /proc"),
]

KEY = "a key for tests"
FIELDBACK = [sys.executable, "-m", "pipeline"]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_source(tmp_path_factory.mktemp("flow") / "calls")


@pytest.fixture(scope="module")
def driven(
    source: Path, tmp_path_factory: pytest.TempPathFactory, prefect_api_url: str
) -> tuple[Path, dict[str, Any]]:
    """Where the nights of `flow_driver` left their homes, and what they did."""
    home = tmp_path_factory.mktemp("driven")
    environment = make_environment(
        home,
        FIELDBACK_SUBJECT_KEY=KEY,
        FIELDBACK_BATCH_SIZE="5",
        PREFECT_API_URL=prefect_api_url,
    )
    driver = Path(__file__).with_name("flow_driver.py")
    done = subprocess.run(
        [sys.executable, driver, source, home],
        capture_output=True,
        text=True,
        env=environment,
        timeout=400,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return home, json.loads(done.stdout)


@pytest.mark.parametrize("runner", ["threads", "processes"])
def test_every_task_runner_gives_the_state_of_the_plain_stages(
    runner: str, driven: tuple[Path, dict[str, Any]], source: Path, tmp_path: Path
) -> None:
    plain = Settings(_env_file=None, home=tmp_path, subject_key=KEY, batch_size=5)
    store = Store.open(plain.store_url)
    store.migrate()
    counts = run_plain_night(plain, source)
    home, results = driven
    ran = Settings(_env_file=None, home=home / runner)
    assert results[runner]["counts"] == counts
    assert read_state(ran) == read_state(plain)
    assert current_id(ran.snapshot_url) == current_id(plain.snapshot_url)
    assert results[runner]["snapshot"] == current_id(plain.snapshot_url)


def test_missed_nights_are_run_in_order_each_as_of_its_own_day(
    driven: tuple[Path, dict[str, Any]],
) -> None:
    """The calls are of one a day: each night finds its own, and leaves the later ones."""
    nights = driven[1]["missed"]
    assert [night["night"] for night in nights] == [f"2026-10-{day}" for day in range(20, 24)]
    assert [night["counts"]["n_new"] for night in nights] == [11, 1, 1, 1]
    assert [night["counts"]["n_deferred"] for night in nights] == [3, 2, 1, 0]
    snapshots = [night["snapshot"][:10] for night in nights]
    assert snapshots == [night["night"] for night in nights]


def test_a_schedule_whose_catching_up_fails_is_served_all_the_same(
    driven: tuple[Path, dict[str, Any]],
) -> None:
    """Another run holds the lock, so that none of the missed nights can begin."""
    home, results = driven
    assert results["served"] == ["nightly"]
    with closing(sqlite3.connect(home / "missed" / "fieldback.db")) as conn:
        assert conn.execute("SELECT max(night) FROM runs").fetchone() == ("2026-10-23",)


def test_a_run_that_is_killed_leaves_no_process_and_the_next_run_ends_the_work(
    source: Path, tmp_path: Path
) -> None:
    """With worker processes, which nobody could end but themselves."""
    home = tmp_path / "home"
    environment = make_environment(home, FIELDBACK_TASK_RUNNER="processes")
    command = [*FIELDBACK, "run", str(source), "--as-of", "2026-10-31"]
    with start(command, environment) as process:
        assert wait_until(lambda: len(find_processes(home)) > 2, timeout_s=300)
        process.kill()
        process.wait(timeout=10)
        assert wait_until(lambda: not find_processes(home), timeout_s=30), "workers live on"
    environment["FIELDBACK_TASK_RUNNER"] = "threads"
    again = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=200, check=False
    )
    assert again.returncode == 0, again.stderr[-3000:]
    assert "published 14 conversations" in again.stdout
    assert "quarantined 0" in again.stdout
    assert read_statuses(home) == ["crashed", "completed"]


def test_the_schedule_runs_the_night_and_stops_on_sigterm_with_all_its_processes(
    source: Path, tmp_path: Path
) -> None:
    """In any folder; stopped while a night is at work, which is noted as failed."""
    home = tmp_path / "home"
    environment = make_environment(home, FIELDBACK_SOURCES=str(source))
    command = [*FIELDBACK, "schedule", "--cron", "* * * * *"]
    with start(command, environment, cwd=tmp_path) as process:
        is_running = wait_until(lambda: "running" in read_statuses(home), timeout_s=400)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=200) == 0
        assert is_running, "nothing was run"
    assert wait_until(lambda: not find_processes(home), timeout_s=30)
    assert read_statuses(home)[0] in {"failed", "completed"}


@contextmanager
def start(
    command: list[str], environment: dict[str, str], *, cwd: Path | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A command that is at work; whatever of it is left in the end is killed."""
    with subprocess.Popen(
        command,
        env=environment,
        cwd=cwd,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            yield process
        finally:
            for pid in find_processes(Path(environment["FIELDBACK_HOME"])):
                os.kill(pid, signal.SIGKILL)


def read_statuses(home: Path) -> list[str]:
    """How each run stands, the oldest first; nothing before there is a database."""
    try:
        with closing(sqlite3.connect(f"file:{home}/fieldback.db?mode=ro", uri=True)) as conn:
            rows = conn.execute("SELECT status FROM runs ORDER BY started_at").fetchall()
    except sqlite3.OperationalError:
        return []
    return [status for (status,) in rows]


def read_state(settings: Settings) -> dict[str, list[str]]:
    """All rows a table, but for the ledger and what tells only when a row was written."""
    store, state = Store.open(settings.store_url), {}
    with store.read() as conn:
        for table in metadata.sorted_tables:
            columns = [column for column in table.c if column.name not in NOT_COMPARED]
            if table.name not in NOT_STATE:
                rows = conn.execute(select(*columns)).all()
                state[table.name] = sorted(repr(tuple(row)) for row in rows)
    store.close()
    return state
