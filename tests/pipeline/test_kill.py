"""A night killed with SIGKILL at any point and run again ends like an undisturbed one."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.pipeline.environment import make_environment
from tests.pipeline.sources import write_source

KILL_POINTS = (
    "pipeline.references:save_crm:1:after",  # inside the transaction of the references
    "pipeline.intake:read_file:7",  # between two batches of files
    "pipeline.intake:save_conversation:8:after",  # inside a batch of files
    "pipeline.extract:save_readings:1:after",  # inside a batch of conversations
    "pipeline.extract:mark_extracted:2:after",  # at the end of one, before its commit
    "pipeline.cluster:save_themes:1:after",  # themes written, mentions not
    "pipeline.suggest:save_suggestions:1:after",  # before the commit
    "pipeline.publish:_put:1",  # tables written, nothing published
    "pipeline.publish:_point_to:1",  # snapshot in place, not current
    "pipeline.ledger:finish_run:1",  # all done, the ledger still open
)


@pytest.mark.flow
def test_a_night_killed_anywhere_and_run_again_ends_like_an_undisturbed_one(
    tmp_path: Path, database_url: str, prefect_api_url: str
) -> None:
    """The states are compared row by row, but for the ledger and the times of writing."""
    source = write_source(tmp_path / "calls")
    results = _drive(source, tmp_path / "home", database_url, prefect_api_url)
    undisturbed = results.pop("undisturbed")
    assert undisturbed["first"] == 0
    assert undisturbed["rows"]["conversations"] == 14
    assert undisturbed["rows"]["mentions"] > 10
    for point, result in results.items():
        assert result["first"] == -9, f"{point} was never reached"
        assert result["second"] == 0, point
        assert result["runs"] == ["crashed", "completed"], point
        assert result["rows"] == undisturbed["rows"], point
        assert result["digests"] == undisturbed["digests"], point
        assert result["snapshot"] == undisturbed["snapshot"], point


def _drive(
    source: Path, home: Path, url: str, prefect_api_url: str
) -> dict[str, dict[str, object]]:
    driver = Path(__file__).with_name("night_driver.py")
    done = subprocess.run(
        [sys.executable, driver, source, "2026-10-31", home, url, *KILL_POINTS],
        capture_output=True,
        text=True,
        env=make_environment(home, PREFECT_API_URL=prefect_api_url),
        timeout=500,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    results: dict[str, dict[str, object]] = json.loads(done.stdout)
    return results
