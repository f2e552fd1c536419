"""`fieldback reprocess` on a history that an older model labelled, through Prefect once."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from core.settings import load_settings
from core.store import Store
from pipeline.cli import main
from pipeline.resources import get_extractor
from tests.pipeline.environment import make_environment

Tell = Callable[..., str]


@pytest.fixture
def older(home: Path) -> Path:
    """The home of the small source, whose older model found one price objection less, and one of
    another type."""
    store = Store.open(load_settings().store_url)
    with store.begin() as conn:
        conn.execute(text("UPDATE conversations SET extractor = 'model-0'"))
        first, second = conn.execute(
            text("SELECT id FROM mentions WHERE type = 'price' ORDER BY id LIMIT 2")
        ).scalars()
        conn.execute(text("DELETE FROM suggestion_evidence"))
        conn.execute(text("DELETE FROM mentions WHERE id = :id"), {"id": first})
        conn.execute(text("UPDATE mentions SET type = 'fit' WHERE id = :id"), {"id": second})
    store.close()
    return home


@pytest.fixture
def tell(older: Path, capsys: pytest.CaptureFixture[str]) -> Tell:
    """Runs a command in this process; gives what it prints, on stderr where it fails."""

    def _tell(*arguments: str) -> str:
        with pytest.raises(SystemExit) as ended:
            main(["reprocess", *arguments])
        printed = capsys.readouterr()
        return printed.err if ended.value.code else printed.out

    return _tell


def ask(tell: Tell) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(tell("--compare", "--format", "json"))
    return found


@pytest.mark.flow
def test_the_history_is_relabelled_compared_and_switched(
    older: Path, prefect_api_url: str, tell: Tell
) -> None:
    environment = make_environment(older, PREFECT_API_URL=prefect_api_url)
    command = [sys.executable, "-m", "pipeline", "reprocess"]
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=200, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "re-labelled 14 conversations" in done.stderr
    assert "14 of 14 conversations are re-labelled" in done.stdout
    version = get_extractor().version
    found = ask(tell)
    assert (found["versions"], found["version"]) == ({"model-0": 14}, version)
    assert (found["n_done"], found["n_changed"]) == (14, 2)
    assert found["share_unchanged"] == 1 - 2 / found["n_sentences"]
    changes = {(row["kind"], row["type"]): row for row in found["changes"]}
    price = changes["objection", "price"]["mentions"]
    assert (price["added"], price["removed"], price["new"] - price["old"]) == (2, 0, 2)
    assert changes["objection", "fit"]["mentions"]["removed"] == 1
    assert changes["pain_point", None]["mentions"]["added"] == 0
    examples = {(example["change"], example["type"]) for example in found["examples"]}
    assert examples == {("added", "price"), ("removed", "fit")}
    assert all(example["quote"] for example in found["examples"])
    rows = list(csv.DictReader(io.StringIO(tell("--compare", "--format", "csv"))))
    assert {"kind": "objection", "type": "fit", "mentions_removed": "1"}.items() <= next(
        row for row in rows if row["type"] == "fit"
    ).items()
    assert f"14 conversations are now labelled by version {version}" in tell("--switch")
    assert "nothing to do" in tell("--compare")


def test_before_it_is_relabelled_nothing_is_switched_or_compared(tell: Tell) -> None:
    assert "error: 14 of 14 conversations are not re-labelled yet" in tell("--switch")
    assert ask(tell)["changes"] == []
    assert "0 of 14 conversations are re-labelled" in tell("--compare")
    assert tell("--discard") == "dropped the new labels of 0 conversations\n"


def test_one_thing_at_a_time(tell: Tell) -> None:
    assert "use one of" in tell("--compare", "--switch")
