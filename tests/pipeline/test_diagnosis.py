from __future__ import annotations

from pathlib import Path

import pytest

from core.settings import Settings, load_settings
from core.store import Store
from pipeline.diagnosis import examine, list_settings


@pytest.fixture
def no_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to stand in, and an environment without our settings."""
    for name in Settings.model_fields:
        monkeypatch.delenv(f"FIELDBACK_{name.upper()}", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def rows_by_name(settings: Settings) -> dict[str, list[str]]:
    return {row[0]: row for row in list_settings(settings)}


def test_a_whole_installation_passes_every_check(store: Store, settings: Settings) -> None:
    checks = examine(settings)
    assert [check for check in checks if not check.is_good] == []
    assert {check.name for check in checks} >= {"database", "snapshots", "extraction model"}
    assert all(check.detail for check in checks)


def test_the_database_s_password_is_not_shown(store: Store, settings: Settings) -> None:
    secret = store.engine.url.password
    details = [check.detail for check in examine(settings)]
    assert secret is None or not any(str(secret) in detail for detail in details)


def test_what_is_missing_fails_its_own_check_and_no_other(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    broken = Settings(_env_file=None, home=tmp_path, snapshots=str(tmp_path / "file" / "snapshots"))
    bad = [check for check in examine(broken) if not check.is_good]
    assert [check.name for check in bad] == ["snapshots"]
    assert "NotADirectoryError" in bad[0].detail


def test_a_database_that_is_not_supported_fails_its_check(tmp_path: Path) -> None:
    wrong = Settings(_env_file=None, home=tmp_path, database_url="mysql://x/y")
    bad = {check.name: check.detail for check in examine(wrong) if not check.is_good}
    assert set(bad) == {"database", "history"}
    assert "mysql is not supported" in bad["database"]


def test_every_setting_is_listed_with_value_origin_and_meaning(
    no_settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIELDBACK_WORKERS", "7")
    monkeypatch.setenv("FIELDBACK_SOURCES", "a, b")
    (no_settings / ".env").write_text("FIELDBACK_BATCH_SIZE=9\n")
    rows = rows_by_name(load_settings())
    assert set(rows) == {f"FIELDBACK_{name.upper()}" for name in Settings.model_fields}
    assert rows["FIELDBACK_WORKERS"][1:3] == ["7", "environment"]
    assert rows["FIELDBACK_SOURCES"][1:3] == ["a, b", "environment"]
    assert rows["FIELDBACK_BATCH_SIZE"][1:3] == ["9", ".env"]
    assert rows["FIELDBACK_PORT"][1:3] == ["8787", "default"]
    assert all(row[3] for row in rows.values())


def test_secrets_are_listed_as_set_and_not_as_they_are(
    no_settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIELDBACK_SUBJECT_KEY", "very secret")
    monkeypatch.setenv("FIELDBACK_DATABASE_URL", "postgresql://me:hush@host/name")
    rows = rows_by_name(load_settings())
    for name in ("FIELDBACK_SUBJECT_KEY", "FIELDBACK_DATABASE_URL"):
        assert rows[name][2] == "environment"
        assert set(rows[name][1]) == {"*"}
