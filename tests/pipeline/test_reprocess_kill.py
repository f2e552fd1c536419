"""Re-labelling killed with SIGKILL goes on where it stood and ends like an undisturbed one."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.pipeline.environment import make_environment
from tests.pipeline.sources import write_source

# point -> conversations, of 14 in batches of 5, that were laid aside when the kill came
KILL_POINTS = {
    "pipeline.reprocess:save_relabelled:2": 5,  # between two batches
    "pipeline.reprocess:save_relabelled:3:after": 10,  # inside a batch
    "pipeline.reprocess:save_readings:1:after": 14,  # half switched
    "pipeline.reprocess:discard_relabelled:2:after": 14,  # before the switch's commit
}


@pytest.mark.flow
def test_a_history_relabelled_in_two_goes_is_as_one_relabelled_in_one(
    tmp_path: Path, database_url: str, prefect_api_url: str
) -> None:
    """The states are compared row by row, but for the ledger and the times of writing."""
    source = write_source(tmp_path / "calls")
    results = _drive(source, tmp_path / "home", database_url, prefect_api_url)
    undisturbed = results.pop("undisturbed")
    assert (undisturbed["statuses"], undisturbed["n_relabelled"]) == ([0, 0], 14)
    assert undisturbed["rows"]["mentions"] > 10
    assert undisturbed["rows"]["relabelled_conversations"] == 0
    assert undisturbed["rows"]["relabelled_mentions"] == 0
    for point, result in results.items():
        assert result["statuses"] == [0, -9, 0], point
        assert result["n_kept"] == KILL_POINTS[point], point
        assert result["n_relabelled"] == 14 - KILL_POINTS[point], point
        assert result["rows"] == undisturbed["rows"], point
        assert result["digests"] == undisturbed["digests"], point


def _drive(source: Path, home: Path, url: str, prefect_api_url: str) -> dict[str, dict[str, Any]]:
    home.mkdir()
    driver = Path(__file__).with_name("reprocess_driver.py")
    done = subprocess.run(
        [sys.executable, driver, source, home, url, *KILL_POINTS],
        capture_output=True,
        text=True,
        env=make_environment(home, PREFECT_API_URL=prefect_api_url),
        timeout=500,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    results: dict[str, dict[str, Any]] = json.loads(done.stdout)
    return results
