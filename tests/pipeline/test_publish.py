"""Publishing: swapped in at one step, content in the id, old ones kept by count and age."""

from __future__ import annotations

import errno
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import update

from core.errors import FieldbackError
from core.settings import Settings
from core.snapshot import Scope, current_id, open_current
from core.store import Store
from core.store.erasure import erase_subject
from core.store.publication import correct
from core.store.themes import save_themes
from core.tables import conversations
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


def test_themes_of_other_types_that_say_the_same_are_published_with_a_theme(
    company: Store, settings: Settings, make_theme: Callable[..., dict[str, Any]]
) -> None:
    """Not the hidden one, though it is as near."""
    near, far = (np.eye(8)[n] + np.eye(8)[7] for n in (0, 1))
    keys = ("thm_price", "thm_security", "thm_gossip")
    points = [make_theme(key, weight=10, total=(10 * near).tobytes()) for key in keys]
    odd = make_theme(
        "thm_price", id="thm_far", type="timing", weight=10, total=(10 * far).tobytes()
    )
    with company.begin() as conn:
        save_themes(conn, [*points, odd])
    publish.publish(_night(0), settings)
    rows = open_current(settings.snapshot_url).themes()
    related = {key: row["related"] for key, row in rows.items()}
    assert related["thm_price"] == ["thm_security"]
    assert related["thm_security"] == ["thm_price"]
    assert related["thm_gossip"] == related["thm_far"] == []
    families = {key: row["family"] for key, row in rows.items() if row["family"]}
    assert families == dict.fromkeys(("thm_price", "thm_security"), "thm_price")


def test_old_snapshots_go_when_they_are_beyond_both_number_and_age(
    company: Store, settings: Settings
) -> None:
    few = settings.model_copy(update={"snapshot_keep": 2, "snapshot_keep_days": 3})
    ids = [publish.publish(_night(n), few)[0] for n in range(8)]
    assert [p.name for p in _folders(few)] == ids[-4:]


def test_the_night_after_an_erasure_takes_away_every_snapshot_that_holds_it(
    company: Store, settings: Settings
) -> None:
    for n in range(3):
        publish.publish(_night(n), settings)
    is_call = conversations.c.external_id == "call-03"
    with company.begin() as conn:
        conn.execute(update(conversations).where(is_call).values(rep_id="sub_ana"))
        receipt = erase_subject(conn, "sub_ana", by="Robin", now=NOW + timedelta(days=2, hours=9))
        shrunk = correct(conn, open_current(settings.snapshot_url))
        totals, groups = shrunk.totals(Scope()), shrunk.groups("objection", Scope())
    published, counts = publish.publish(_night(3), settings)
    assert (len(receipt.conversation_ids), counts["n_published_conversations"]) == (1, 23)
    assert [path.name for path in _folders(settings)] == [published]
    after = open_current(settings.snapshot_url)
    assert totals == after.totals(Scope())
    assert groups == [
        replace(group, daily={day - 1: n for day, n in group.daily.items()})
        for group in after.groups("objection", Scope())
    ]
    publish.publish(_night(4), settings)
    assert len(_folders(settings)) == 2


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
