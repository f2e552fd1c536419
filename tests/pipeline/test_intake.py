"""A night over good and bad input: what is used, what is quarantined, and where it says why."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select, text

from core.settings import Settings
from core.snapshot import open_current
from core.store.erasure import erase_subject
from core.store.files import list_quarantine
from core.tables import conversations
from pipeline.resources import get_store
from tests.pipeline.plain_night import NOW, run_plain_night
from tests.pipeline.sources import write_source

pytestmark = pytest.mark.usefixtures("store")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_source(tmp_path / "source")


def test_a_second_night_over_the_same_files_reads_nothing_and_changes_nothing(
    source: Path, settings: Settings
) -> None:
    first = run_plain_night(settings, source)
    published = open_current(settings.snapshot_url).id
    second = run_plain_night(settings, source, run_id="run_2")
    assert first["n_new"] == 14
    assert second["n_skipped"] == second["n_files"] == first["n_files"]
    assert "n_read" not in second
    assert second["n_themes"] == first["n_themes"]
    assert open_current(settings.snapshot_url).id == published


def test_a_touched_file_with_the_same_content_is_read_and_changes_nothing(
    source: Path, settings: Settings
) -> None:
    run_plain_night(settings, source)
    path = source / "call-03.json"
    path.write_bytes(path.read_bytes())
    second = run_plain_night(settings, source, run_id="run_2")
    assert (second["n_read"], second["n_unchanged"]) == (1, 1)
    assert second.get("n_extracted", 0) == 0


def test_a_changed_file_replaces_its_conversation_and_its_mentions(
    source: Path, settings: Settings
) -> None:
    run_plain_night(settings, source)
    path = source / "call-03.json"
    changed = json.loads(path.read_text())
    changed["turns"] = changed["turns"][:2]
    path.write_text(json.dumps(changed))
    second = run_plain_night(settings, source, run_id="run_2")
    assert (second["n_changed"], second["n_extracted"]) == (1, 1)
    with get_store(settings).read() as conn:
        found = conn.execute(
            text(
                "SELECT t.text FROM turns t JOIN conversations c ON c.id = t.conversation_id"
                " WHERE c.external_id = 'call-3'"
            )
        ).scalars()
        assert len(list(found)) == 2
        left = conn.execute(text("SELECT count(*) FROM removed_mentions")).scalar_one()
    assert left == 0


def test_a_vanished_file_changes_nothing(source: Path, settings: Settings) -> None:
    run_plain_night(settings, source)
    published = open_current(settings.snapshot_url).id
    (source / "call-03.json").unlink()
    run_plain_night(settings, source, run_id="run_2")
    assert open_current(settings.snapshot_url).id == published


def test_an_erased_conversation_does_not_come_back_with_a_changed_file(
    source: Path, settings: Settings
) -> None:
    run_plain_night(settings, source)
    path = source / "call-03.json"
    here = conversations.c.path == path.name
    with get_store(settings).begin() as conn:
        [subject] = conn.execute(select(conversations.c.contact_ids).where(here)).scalar_one()
        erasure = erase_subject(conn, subject, by="Robin", now=NOW)
    changed = json.loads(path.read_text())
    changed["turns"] = changed["turns"][:2]
    path.write_text(json.dumps(changed))
    second = run_plain_night(settings, source, run_id="run_2")
    assert (second["n_erased"], second["n_changed"], second.get("n_quarantined", 0)) == (1, 0, 0)
    assert second["n_published_conversations"] == 14 - len(erasure.conversation_ids)
    with get_store(settings).read() as conn:
        assert conn.execute(select(conversations.c.id).where(here)).all() == []


def test_a_conversation_of_a_later_day_waits_for_its_night(
    source: Path, settings: Settings
) -> None:
    early = run_plain_night(settings, source, date(2026, 10, 15))
    assert (early["n_new"], early["n_deferred"]) == (6, 8)
    late = run_plain_night(settings, source, date(2026, 10, 31), run_id="run_2")
    assert (late["n_new"], late["n_deferred"]) == (8, 0)


def test_late_crm_tables_are_joined_to_what_is_stored(source: Path, settings: Settings) -> None:
    tables = [source / "accounts.csv", source / "contacts.csv"]
    kept = {path: path.read_bytes() for path in tables}
    for path in tables:
        path.unlink()
    run_plain_night(settings, source)
    assert "industry" not in open_current(settings.snapshot_url).dimensions()
    for path, content in kept.items():
        path.write_bytes(content)
    second = run_plain_night(settings, source, run_id="run_2")
    assert second["n_relinked"] == 14
    assert dict(open_current(settings.snapshot_url).dimensions()["industry"]) == {
        "Retail": 8,
        "Healthcare": 6,
    }


BAD = {
    "empty.json": (b"", "empty"),
    "binary.txt": (bytes(range(256)) * 20, ""),
    "truncated.json": (b'{"id": "x", "kind": "call", "turns": [{"speaker": "A", "te', "JSON"),
    "schema.json": (b'{"foo": 1}', "none of"),
    "long-line.txt": (b"word " * 10_000_000, "longer than"),
    "backwards.vtt": (
        b"WEBVTT\n\n00:00:09.000 --> 00:00:02.000\nAna: We pay too much for this.\n",
        "ends before it starts",
    ),
    "columns.csv": (b"colour,weight\nred,3\n", ""),
    "future.json": (
        b'{"id": "f", "kind": "call", "started_at": "2031-01-01T00:00:00Z",'
        b' "turns": [{"speaker": "A", "role": "customer", "text": "Too dear."}]}',
        "future",
    ),
    "unreadable-date.json": (
        b'{"id": "u", "kind": "call", "started_at": "soonish",'
        b' "turns": [{"speaker": "A", "role": "customer", "text": "Too dear."}]}',
        "date",
    ),
    "traversal.json": (
        b'{"id": "../../etc/passwd", "kind": "call",'
        b' "turns": [{"speaker": "A", "role": "customer", "text": "Too dear."}]}',
        "",
    ),
    "null.json": (
        b'{"id": "n", "kind": "call",'
        b' "turns": [{"speaker": "A", "role": "customer", "text": "Too \\u0000 dear."}]}',
        "null",
    ),
    "twin.json": (
        b'{"id": "call-1", "kind": "call",'
        b' "turns": [{"speaker": "A", "role": "customer", "text": "Another call."}]}',
        "other content",
    ),
}


def test_every_bad_input_is_quarantined_with_its_reason_and_the_rest_is_read(
    source: Path, settings: Settings
) -> None:
    for name, (content, _) in BAD.items():
        (source / name).write_bytes(content)
    counts = run_plain_night(settings, source)
    with get_store(settings).read() as conn:
        entries = {entry.path: entry for entry in list_quarantine(conn, limit=100)}
    assert set(entries) == set(BAD)
    assert not any("soonish" in entry.reason for entry in entries.values())
    for name, (_, reason) in BAD.items():
        assert reason in entries[name].reason, name
    assert entries["backwards.vtt"].line == 3
    assert counts["n_new"] == 14
    assert counts["n_quarantined"] == len(BAD)
    again = run_plain_night(settings, source, run_id="run_2")
    assert again["n_quarantined"] == 0


def test_what_was_mended_leaves_quarantine(source: Path, settings: Settings) -> None:
    (source / "new.json").write_bytes(b"{")
    run_plain_night(settings, source)
    good = json.loads((source / "call-01.json").read_text()) | {"id": "new"}
    (source / "new.json").write_text(json.dumps(good))
    assert run_plain_night(settings, source, run_id="run_2")["n_new"] == 1
    with get_store(settings).read() as conn:
        assert list_quarantine(conn, limit=10) == []


def test_other_encodings_are_read_right(source: Path, settings: Settings) -> None:
    said = "Ana: Das Café zahlt zu viel für die Software, das können wir uns nicht leisten."
    (source / "utf16.txt").write_bytes(said.encode("utf-16"))
    (source / "latin.txt").write_bytes(said.encode("latin-1"))
    assert run_plain_night(settings, source)["n_quarantined"] == 0
    with get_store(settings).read() as conn:
        texts = conn.execute(text("SELECT text FROM turns WHERE text LIKE '%Caf%'")).scalars()
        assert {t.partition("Caf")[2][:1] for t in texts} == {"é"}


def test_a_crm_row_that_names_no_known_account_is_told_and_a_free_column_becomes_a_segment(
    source: Path, settings: Settings
) -> None:
    (source / "deals.csv").write_text(
        "id,name,account,stage,Moon phase\nD1,One,A0,Won,full\nD2,Two,Nobody Ltd,Lost,new\n"
    )
    run_plain_night(settings, source)
    with get_store(settings).read() as conn:
        entries = list_quarantine(conn, limit=10)
    assert [(entry.path, entry.line) for entry in entries] == [("deals.csv", 3)]
    assert "account" in entries[0].reason
    assert dict(open_current(settings.snapshot_url).dimensions()["Moon phase"]) == {"full": 3}


def test_a_file_that_vanishes_while_it_is_read_is_told(
    source: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipeline import intake

    read = intake.read_file

    def vanish(file: object, *, max_bytes: int) -> bytes:
        if getattr(file, "path", "") == "call-05.json":
            (source / "call-05.json").unlink(missing_ok=True)
        return read(file, max_bytes=max_bytes)

    monkeypatch.setattr(intake, "read_file", vanish)
    counts = run_plain_night(settings, source)
    assert (counts["n_new"], counts["n_quarantined"]) == (13, 1)
    with get_store(settings).read() as conn:
        assert "vanished" in list_quarantine(conn, limit=1)[0].reason


def test_no_name_number_or_address_of_a_person_reaches_store_or_snapshot(
    source: Path, settings: Settings
) -> None:
    secrets = ("Quillan", "contact@firm0.example", "Sam Seller", "Seller", "Okafor")
    call = json.loads((source / "call-00.json").read_text())
    call["turns"].append(
        {
            "speaker": "Pat Quillan",
            "role": "customer",
            "text": "Pat Quillan here, mail contact@firm0.example, or ask Sam Seller.",
        }
    )
    (source / "call-00.json").write_text(json.dumps(call))
    run_plain_night(settings, source)
    with get_store(settings).read() as conn:
        tables = (
            "turns",
            "conversations",
            "contacts",
            "accounts",
            "mentions",
            "quarantine",
            "files",
        )
        stored = "\n".join(
            str(tuple(row))
            for t in tables
            for row in conn.execute(text(f"SELECT * FROM {t}"))  # noqa: S608 - names of ours
        )
    published = b"".join(p.read_bytes() for p in settings.home.rglob("*.parquet"))
    for secret in secrets:
        assert secret not in stored, secret
        assert secret.encode() not in published, secret
    assert "[PERSON]" in stored
    assert "[EMAIL]" in stored


def test_a_source_that_is_not_there_is_told(settings: Settings, tmp_path: Path) -> None:
    counts = run_plain_night(settings, tmp_path / "nowhere")
    assert counts["n_quarantined"] == 1
    shutil.rmtree(tmp_path / "nowhere", ignore_errors=True)
