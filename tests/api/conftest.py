"""The server on the company's store and snapshot, and who asks it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from api.app import create_app
from core.errors import MalformedRecord
from core.settings import Settings
from core.store import Store
from core.store.files import save_quarantine
from core.store.runs import finish_run, start_run
from core.store.suggestions import save_suggestions
from core.store.tokens import create_token
from core.tables import mentions

NOW = datetime(2026, 11, 21, 2, tzinfo=UTC)


@pytest.fixture
def api_settings(company: Store, settings: Settings, published_folder: Path) -> Settings:
    """Settings of a server whose company has a published night, a run and a suggestion."""
    shutil.copytree(published_folder, settings.home / "snapshots")
    _fill_ledger(company)
    return settings


@pytest.fixture
def client(api_settings: Settings) -> Iterator[TestClient]:
    """Somebody at the server's own machine."""
    app = create_app(api_settings)
    with TestClient(app, base_url="http://localhost", client=("127.0.0.1", 50_000)) as client:
        yield client


@pytest.fixture
def remote(api_settings: Settings) -> Iterator[TestClient]:
    """Somebody at another machine."""
    app = create_app(api_settings)
    with TestClient(app, base_url="http://fieldback.example", client=("203.0.113.9", 1)) as client:
        yield client


@pytest.fixture
def bearer(company: Store) -> Callable[..., dict[str, str]]:
    """Makes the header of a new token with these scopes."""

    def make(*scopes: str, name: str = "Robin") -> dict[str, str]:
        with company.begin() as conn:
            secret = create_token(conn, name=name, scopes=scopes, now=NOW)
        return {"Authorization": f"Bearer {secret}"}

    return make


def _fill_ledger(store: Store) -> None:
    night = date(2026, 11, 20)
    with store.begin() as conn:
        for number in range(3):
            now = NOW + timedelta(hours=number)
            start_run(conn, run_id=f"run_{number}", night=night, now=now)
            finish_run(
                conn,
                run_id=f"run_{number}",
                status="completed",
                now=now + timedelta(minutes=5),
                counts={"n_conversations": 24},
                seconds={"publish": 0.5},
            )
        problems = [MalformedRecord("no text", path="notes.csv", line=n) for n in (3, 9)]
        save_quarantine(
            conn, source="crm", path="notes.csv", problems=problems, run_id="run_1", now=NOW
        )
        traits = select(mentions.c.id).where(mentions.c.kind == "persona_trait")
        ids = list(conn.execute(traits.order_by(mentions.c.id)).scalars())
        save_suggestions(conn, [_suggestion()], {"sug_1": ids}, night=night)


def _suggestion() -> dict[str, Any]:
    return {
        "id": "sug_1",
        "persona": "practice-manager",
        "field": "decision_criterion",
        "operation": "add",
        "value": "a reference from another clinic",
        "replaces": None,
        "n_conversations": 8,
        "n_accounts": 2,
        "n_persona": 12,
    }
