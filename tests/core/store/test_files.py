from __future__ import annotations

from datetime import UTC, datetime, timedelta

from core.errors import MalformedRecord, UnknownFormat
from core.store import Store
from core.store.files import (
    count_quarantine,
    list_quarantine,
    read_content_hash,
    read_fingerprints,
    save_file,
    save_quarantine,
)

NOW = datetime(2026, 11, 21, 2, tzinfo=UTC)


def _put(store: Store, lines: list[int], *, run: str = "run_1", hours: int = 0) -> int:
    problems = [MalformedRecord("no text", path="notes.csv", line=line) for line in lines]
    with store.begin() as conn:
        return save_quarantine(
            conn,
            source="crm",
            path="notes.csv",
            problems=problems,
            run_id=run,
            now=NOW + timedelta(hours=hours),
        )


def test_a_file_read_again_is_known_by_its_fingerprint(store: Store) -> None:
    row = {
        "source": "crm",
        "path": "a.vtt",
        "fingerprint": "12-34",
        "content_hash": "0" * 64,
        "status": "read",
        "format": "webvtt",
        "n_conversations": 1,
        "run_id": "run_1",
    }
    with store.begin() as conn:
        save_file(conn, **row)
        save_file(conn, **{**row, "fingerprint": "12-35"})
        assert read_fingerprints(conn, "crm") == {"a.vtt": "12-35"}
        assert read_fingerprints(conn, "other") == {}
        assert read_content_hash(conn, source="crm", path="a.vtt") == "0" * 64
        assert read_content_hash(conn, source="crm", path="b.vtt") is None


def test_quarantine_of_a_file_follows_its_latest_reading(store: Store) -> None:
    assert _put(store, [3, 9]) == 2
    assert _put(store, [9, 12], run="run_2", hours=1) <= 2
    with store.read() as conn:
        found = list_quarantine(conn, limit=9)
        assert count_quarantine(conn) == 2
    assert {entry.line for entry in found} == {9, 12}
    assert _put(store, []) == 0
    with store.read() as conn:
        assert count_quarantine(conn) == 0


def test_the_same_problem_at_the_same_place_is_not_new(store: Store) -> None:
    _put(store, [3])
    assert _put(store, [3], run="run_2", hours=1) == 0
    with store.read() as conn:
        [entry] = list_quarantine(conn, limit=9)
    assert (entry.run_id, entry.created_at) == ("run_1", NOW)


def test_a_problem_stays_known_when_another_before_it_is_mended(store: Store) -> None:
    _put(store, [3, 9])
    assert _put(store, [9], run="run_2", hours=1) == 0


def test_equal_problems_of_one_place_are_all_kept(store: Store) -> None:
    assert _put(store, [3, 3]) == 2


def test_quarantine_tells_the_kind_of_error_and_may_be_asked_by_run(store: Store) -> None:
    with store.begin() as conn:
        problems = [UnknownFormat("what is it", path="x.bin")]
        save_quarantine(
            conn, source="crm", path="x.bin", problems=problems, run_id="run_3", now=NOW
        )
        [entry] = list_quarantine(conn, limit=9, run_id="run_3")
        assert (entry.kind, entry.line) == ("UnknownFormat", None)
        assert list_quarantine(conn, limit=9, run_id="run_4") == []
