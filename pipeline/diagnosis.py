"""`fieldback doctor` and `fieldback settings`: is everything there, and what is it set to."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass

import fsspec
from sqlalchemy.exc import SQLAlchemyError

from core.errors import FieldbackError
from core.settings import Settings
from core.snapshot import current_id
from pipeline.reprocess import look
from pipeline.resources import get_encoder, get_extractor, get_redactor, get_role_model, get_store


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str
    is_good: bool
    detail: str


def examine(settings: Settings) -> list[Check]:
    """Looks at everything that a night needs; nothing is changed but missing tables made."""
    checks: list[tuple[str, Callable[[], str]]] = [
        ("python", lambda: f"{platform.python_version()} at {sys.executable}"),
        ("database", lambda: _check_database(settings)),
        ("snapshots", lambda: _check_snapshots(settings)),
        ("extraction model", lambda: f"version {get_extractor().version[:16]}"),
        ("history", lambda: _check_history(settings)),
        ("sentence encoder", lambda: get_encoder().id),
        ("speaker model", lambda: type(get_role_model()).__name__),
        ("redaction", lambda: type(get_redactor()).__name__),
        ("temporary folder", _check_temporary),
    ]
    return [_check(name, look) for name, look in checks]


def list_settings(settings: Settings) -> list[list[str]]:
    """Every setting: variable, value, where the value comes from, what it does."""
    rows = []
    for name, field in type(settings).model_fields.items():
        variable = f"FIELDBACK_{name.upper()}"
        value = getattr(settings, name)
        origin = "environment" if variable in os.environ else "default"
        if origin == "default" and value != field.get_default(call_default_factory=True):
            origin = ".env"
        rows.append([variable, _show(value), origin, field.description or ""])
    return rows


def _check(name: str, look: Callable[[], str]) -> Check:
    try:
        return Check(name, True, look())
    except (FieldbackError, OSError, SQLAlchemyError, ValueError, ImportError) as error:
        return Check(name, False, f"{type(error).__name__}: {error}")


def _check_database(settings: Settings) -> str:
    store = get_store(settings)
    store.migrate()
    return str(store.engine.url.render_as_string(hide_password=True))


def _check_history(settings: Settings) -> str:
    standing = look(settings)
    if not standing.n_outdated:
        return "labelled by this model"
    return (
        f"{standing.n_outdated} conversations were labelled by an older model: fieldback reprocess"
    )


def _check_snapshots(settings: Settings) -> str:
    filesystem, root = fsspec.core.url_to_fs(settings.snapshot_url)
    filesystem.makedirs(root, exist_ok=True)
    return f"{settings.snapshot_url}, current: {current_id(settings.snapshot_url) or 'none yet'}"


def _check_temporary() -> str:
    with tempfile.TemporaryFile() as file:
        file.write(b"x")
    return tempfile.gettempdir()


def _show(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(str(part) for part in value)
    return "" if value is None else str(value)
