"""Every setting of Fieldback, read from the environment once, in an entry point."""

from __future__ import annotations

import logging
import secrets
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from core.errors import SettingsError


class TaskRunner(StrEnum):
    """Where the batches of a night run."""

    THREADS = "threads"
    PROCESSES = "processes"
    DASK = "dask"


class Settings(BaseSettings):
    """All settings, from `FIELDBACK_…` environment variables or a `.env` file beside the caller.

    Frozen: build it with `load_settings` and hand it on.
    """

    model_config = SettingsConfigDict(
        env_prefix="FIELDBACK_", env_file=".env", extra="ignore", frozen=True, populate_by_name=True
    )

    home: Path = Field(
        Path(".fieldback"), description="Folder for the embedded database, snapshots and keys."
    )
    database_url: SecretStr | None = Field(
        None, description="SQLAlchemy URL of the store; default: SQLite in the home folder."
    )
    snapshots: str | None = Field(
        None, description="Folder or bucket prefix for snapshots; default: in the home folder."
    )
    sources: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Folders or bucket prefixes that the night reads, separated by commas."
    )
    own_domains: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="The seller's e-mail domains, separated by commas; they tell who is a rep."
    )
    task_runner: TaskRunner = Field(
        TaskRunner.THREADS, description="Where batches run: threads, processes or dask."
    )
    dask_address: str | None = Field(
        None, description="Address of the Dask scheduler, when the task runner is dask."
    )
    workers: int = Field(2, ge=1, le=256, description="How many batches run at the same time.")
    batch_size: int = Field(
        50, ge=1, le=10_000, description="Files or conversations in one batch, one transaction."
    )
    retries: int = Field(2, ge=0, le=10, description="How often a failed batch is tried again.")
    retry_delay_s: float = Field(
        2.0, ge=0, le=600, description="Seconds before the first retry; doubles with each."
    )
    lock_ttl_s: float = Field(
        60.0, ge=1, description="Seconds after which the lock of a run that died expires."
    )
    max_file_bytes: int = Field(
        200_000_000, ge=1, description="A larger input file is refused, in bytes."
    )
    snapshot_keep: int = Field(14, ge=1, description="How many snapshots are kept at least.")
    snapshot_keep_days: int = Field(
        30, ge=0, description="Snapshots younger than this many days are kept as well."
    )
    min_confidence: float = Field(
        0.5, ge=0, le=1, description="Mentions less sure than this are not kept: too often wrong."
    )
    theme_min_mentions: int = Field(3, ge=2, description="Mentions that make a new theme.")
    theme_min_conversations: int = Field(
        3, ge=1, description="Conversations that a new theme must come from."
    )
    theme_min_accounts: int = Field(
        2, ge=1, description="Accounts that a new theme must come from."
    )
    theme_buffer_days: int = Field(
        28, ge=1, description="Days that a mention without a theme waits for its like."
    )
    theme_auto_merge: float = Field(
        0.95,
        ge=0.75,
        le=2,
        description="Likeness from which two themes become one without a person's word; 2: never.",
    )
    theme_auto_split: float = Field(
        -0.1,
        ge=-2,
        le=0.3,
        description="Likeness of its parts up to which a theme is split without one; -2: never.",
    )
    suggestion_min_conversations: int = Field(
        3, ge=1, description="Conversations that must support a persona suggestion."
    )
    suggestion_min_accounts: int = Field(
        2, ge=1, description="Accounts that must support a persona suggestion."
    )
    enough_conversations: int = Field(
        10, ge=1, description="Below this many conversations the answer is: not enough data."
    )
    subject_key: SecretStr | None = Field(
        None, description="Key that pseudonymises people; default: made once in the home folder."
    )
    host: str = Field("127.0.0.1", description="Address that the API listens on.")
    port: int = Field(8787, ge=0, le=65_535, description="Port that the API listens on.")
    require_token: bool = Field(
        False,
        description="The API asks everybody for a token, this machine too: set it behind a proxy.",
    )
    log_level: str = Field("INFO", description="Least severe level that is logged.")
    log_json: bool = Field(False, description="Log JSON lines instead of text for people.")

    @field_validator("sources", "own_domains", mode="before")
    @classmethod
    def _split_commas(cls, value: Any) -> Any:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("log_level")
    @classmethod
    def _check_level(cls, value: str) -> str:
        if value.upper() not in logging.getLevelNamesMapping():
            raise ValueError(f"{value!r} is none of DEBUG, INFO, WARNING, ERROR, CRITICAL")
        return value.upper()

    @property
    def store_url(self) -> str:
        """SQLAlchemy URL of the store."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite:///{(self.home / 'fieldback.db').absolute()}"

    @property
    def snapshot_url(self) -> str:
        """Folder or bucket prefix of the snapshots."""
        return self.snapshots or str((self.home / "snapshots").absolute())


def load_settings(**overrides: Any) -> Settings:
    """The settings of this process.

    Raises:
        SettingsError: a value does not fit; the message names the variable.
    """
    try:
        return Settings(**overrides)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]).upper().removeprefix("FIELDBACK_") if first["loc"] else "?"
        raise SettingsError(f"FIELDBACK_{name}: {first['msg']}") from error


def read_subject_key(settings: Settings) -> bytes:
    """The key that pseudonymises people; made on first use in the home folder, mode 0600."""
    if settings.subject_key is not None:
        return settings.subject_key.get_secret_value().encode()
    path = settings.home / "subject.key"
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="ascii") as file:
            path.chmod(0o600)
            file.write(secrets.token_hex(32))
    except FileExistsError:
        pass
    return path.read_bytes()
