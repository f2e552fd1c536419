"""Publishing: swapped in at one step, content in the id, old ones kept by count and age."""

from __future__ import annotations

import errno
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.errors import FieldbackError
from core.settings import Settings
from core.snapshot import current_id, open_current
from core.store import Store
from pipeline import publish
from pipeline.night import Night
from tests.pipeline.plain_night import NOW


def test_a_night_that_changes_nothing_publishes_nothing(company: Store, settings: Settings) -> None:
    first, counts = publish.publish(_night(0), settings)
    second, _ = publish.publish(_night(0), settings)
    assert first == second
    assert counts["n_published_conversations"] == 24
    assert [p.name for p in _folders(settings)] == [first]


def test_a_full_disk_fails_the_run_and_keeps_the_last_snapshot(
    company: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, _ = publish.publish(_night(0), settings)

    def fail(*_args: Any, **_options: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(publish.pq.ParquetWriter, "write_table", fail)
    with pytest.raises(FieldbackError, match="No space left on device"):
        publish.publish(_night(1), settings)
    assert current_id(settings.snapshot_url) == kept
    assert open_current(settings.snapshot_url).as_of == _night(0).day


def test_a_reader_that_opened_a_snapshot_keeps_it_while_another_is_swapped_in(
    company: Store, settings: Settings
) -> None:
    publish.publish(_night(0), settings)
    before = open_current(settings.snapshot_url)
    n = len(before.themes())
    publish.publish(_night(1), settings)
    assert len(before.themes()) == n
    assert open_current(settings.snapshot_url).id != before.id


def test_old_snapshots_go_when_they_are_beyond_both_number_and_age(
    company: Store, settings: Settings
) -> None:
    few = settings.model_copy(update={"snapshot_keep": 2, "snapshot_keep_days": 3})
    ids = [publish.publish(_night(n), few)[0] for n in range(8)]
    assert [p.name for p in _folders(few)] == ids[-4:]


def test_snapshots_can_live_in_any_file_system(company: Store, settings: Settings) -> None:
    elsewhere = settings.model_copy(update={"snapshots": "memory://bucket/snapshots"})
    published, _ = publish.publish(_night(0), elsewhere)
    assert current_id("memory://bucket/snapshots") == published
    assert len(open_current("memory://bucket/snapshots").themes()) == 5


def _night(n: int) -> Night:
    return Night("run_1", date(2026, 11, 20) + timedelta(days=n), NOW + timedelta(days=n))


def _folders(settings: Settings) -> list[Path]:
    root = Path(settings.snapshot_url)
    return sorted(path for path in root.iterdir() if path.is_dir())
