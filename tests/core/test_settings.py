from __future__ import annotations

import stat
from pathlib import Path

import pytest
from pydantic import ValidationError

from core.errors import SettingsError
from core.settings import Settings, TaskRunner, load_settings, read_subject_key


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of this machine, and no .env file, reaches a test."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(f"FIELDBACK_{name.upper()}", raising=False)


def test_everything_lies_in_the_home_folder_by_default(tmp_path: Path) -> None:
    settings = load_settings(home=tmp_path)
    assert settings.store_url == f"sqlite:///{tmp_path}/fieldback.db"
    assert settings.snapshot_url == f"{tmp_path}/snapshots"


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIELDBACK_SOURCES", "calls, s3://bucket/notes ,")
    monkeypatch.setenv("FIELDBACK_TASK_RUNNER", "processes")
    monkeypatch.setenv("FIELDBACK_PORT", "9000")
    monkeypatch.setenv("FIELDBACK_HOST", "0.0.0.0")  # noqa: S104 -- nothing listens
    monkeypatch.setenv("FIELDBACK_REQUIRE_TOKEN", "true")
    settings = load_settings()
    assert settings.sources == ("calls", "s3://bucket/notes")
    assert settings.task_runner is TaskRunner.PROCESSES
    assert settings.port == 9000
    assert (settings.host, settings.require_token) == ("0.0.0.0", True)  # noqa: S104 -- as above


def test_the_name_of_the_machine_in_the_environment_is_not_where_the_api_listens(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HOST", "build-7.example")
    monkeypatch.setenv("host", "build-7.example")
    assert load_settings().host == "127.0.0.1"


def test_settings_come_from_an_env_file_that_the_environment_overrides(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Path(".env").write_text("FIELDBACK_WORKERS=3\nFIELDBACK_BATCH_SIZE=7\n", encoding="utf-8")
    monkeypatch.setenv("FIELDBACK_WORKERS", "5")
    settings = load_settings()
    assert (settings.workers, settings.batch_size) == (5, 7)


@pytest.mark.parametrize(
    ("name", "value"), [("WORKERS", "0"), ("PORT", "many"), ("TASK_RUNNER", "donkeys")]
)
def test_a_value_that_does_not_fit_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"FIELDBACK_{name}", value)
    with pytest.raises(SettingsError, match=f"FIELDBACK_{name}: "):
        load_settings()


def test_secrets_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIELDBACK_DATABASE_URL", "postgresql://robin:hunter2@db/x")
    settings = load_settings(subject_key="letmein")
    assert "hunter2" not in repr(settings)
    assert "letmein" not in repr(settings)
    assert settings.store_url == "postgresql://robin:hunter2@db/x"


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError):
        load_settings().workers = 9  # type: ignore[misc] # that is the point


def test_every_setting_is_described() -> None:
    assert all(field.description for field in Settings.model_fields.values())


def test_the_key_of_the_pseudonyms_is_made_once_and_is_for_its_owner_alone(
    tmp_path: Path,
) -> None:
    settings = load_settings(home=tmp_path / "new")
    key = read_subject_key(settings)
    assert len(key) == 64
    assert read_subject_key(settings) == key
    mode = (tmp_path / "new" / "subject.key").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600
    assert read_subject_key(load_settings(home=tmp_path, subject_key="mine")) == b"mine"
