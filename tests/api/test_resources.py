"""One snapshot is shared by all threads, and left for the next as soon as there is one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import pytest
from starlette.testclient import TestClient

from api.resources import Resources
from core import snapshot
from core.errors import NotPublished
from core.settings import Settings
from core.store import Store
from core.store.conversations import delete_conversation
from core.vocabulary import make_id


def test_a_snapshot_is_opened_once_by_many_threads(
    api_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = []
    connect = snapshot.duckdb.connect
    monkeypatch.setattr(
        snapshot.duckdb, "connect", lambda *args: (opened.append(args), connect(*args))[1]
    )
    resources = Resources.open(api_settings)
    with ThreadPoolExecutor(8) as pool:
        counts = list(
            pool.map(
                lambda _: resources.published().snapshot.totals(snapshot.Scope()).n_conversations,
                range(24),
            )
        )
    resources.close()
    assert counts == [24] * 24
    assert len(opened) == 1


def test_the_next_snapshot_is_noticed_at_the_next_request(
    client: TestClient, api_settings: Settings, company: Store
) -> None:
    from pipeline.night import Night
    from pipeline.publish import publish

    before = client.get("/v1/themes?limit=1")
    with company.begin() as conn:
        delete_conversation(conn, make_id("con", "crm", "call-03"))
    publish(Night("run_9", date(2026, 11, 21), datetime(2026, 11, 22, tzinfo=UTC)), api_settings)
    wish = {"limit": 1, "cursor": before.json()["next_cursor"]}
    assert client.get("/v1/themes", params=wish).status_code == 400
    after = client.get("/v1/themes?limit=1", headers={"If-None-Match": before.headers["etag"]})
    assert after.status_code == 200
    assert after.json()["snapshot"] != before.json()["snapshot"]
    assert after.json()["n_conversations"] == 23


def test_nothing_published_is_said_plainly(settings: Settings) -> None:
    resources = Resources.open(settings)
    with pytest.raises(NotPublished, match="fieldback run"):
        resources.published()
    resources.close()
