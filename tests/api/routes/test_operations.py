from __future__ import annotations

import shutil
from collections.abc import Callable

from sqlalchemy import text
from starlette.testclient import TestClient

from api.app import create_app
from core.settings import Settings

Header = Callable[..., dict[str, str]]


def test_runs_are_listed_the_latest_first_and_paged(client: TestClient) -> None:
    first = client.get("/v1/runs?limit=2").json()
    assert [run["id"] for run in first["items"]] == ["run_2", "run_1"]
    second = client.get("/v1/runs", params={"limit": 2, "cursor": first["next_cursor"]}).json()
    assert [run["id"] for run in second["items"]] == ["run_0"]
    assert second["next_cursor"] is None


def test_a_run_tells_what_it_did(client: TestClient) -> None:
    run = client.get("/v1/runs/run_1").json()
    assert run["status"] == "completed"
    assert run["counts"] == {"n_conversations": 24}
    assert client.get("/v1/runs/run_9").status_code == 404


def test_quarantine_names_the_file_the_line_and_the_reason(client: TestClient) -> None:
    answer = client.get("/v1/quarantine").json()
    assert answer["n_entries"] == 2
    assert {(e["path"], e["line"], e["reason"]) for e in answer["items"]} == {
        ("notes.csv", 3, "no text"),
        ("notes.csv", 9, "no text"),
    }
    assert client.get("/v1/quarantine?run=run_9").json()["items"] == []


def test_quarantine_needs_the_evidence_scope(remote: TestClient, bearer: Header) -> None:
    answer = remote.get("/v1/quarantine", headers=bearer("insights:read"))
    assert answer.status_code == 403


def test_health_and_readiness_ask_for_no_token(remote: TestClient) -> None:
    assert remote.get("/healthz").json() == {"status": "ok"}
    assert remote.get("/readyz").json()["status"] == "ready"


def test_a_server_without_a_snapshot_is_not_ready(
    client: TestClient, api_settings: Settings
) -> None:
    shutil.rmtree(api_settings.home / "snapshots")
    for url in ("/readyz", "/v1/themes", "/v1/segments"):
        answer = client.get(url)
        assert answer.status_code == 503
        assert answer.headers["content-type"] == "application/problem+json"
    assert client.get("/healthz").status_code == 200
    assert client.get("/v1/personas").status_code == 200


def test_a_server_whose_tables_are_of_another_version_is_not_ready(
    client: TestClient, api_settings: Settings
) -> None:
    store = client.app.state.resources.store  # type: ignore[attr-defined]
    with store.begin() as conn:
        head = conn.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
        conn.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    try:
        assert client.get("/readyz").status_code == 503
    finally:
        with store.begin() as conn:
            conn.execute(text("UPDATE alembic_version SET version_num = :head"), {"head": head})


def test_a_server_starts_without_its_database_and_says_so(settings: Settings) -> None:
    url = "postgresql://nobody@127.0.0.1:1/none?connect_timeout=1"
    with TestClient(
        create_app(Settings(_env_file=None, home=settings.home, database_url=url)),
        base_url="http://localhost",
        client=("127.0.0.1", 1),
    ) as client:
        assert client.get("/healthz").status_code == 200
        assert client.get("/readyz").status_code == 503
        assert client.get("/v1/personas").status_code == 503


def test_metrics_count_in_the_format_of_prometheus(client: TestClient) -> None:
    answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    lines = answer.text.splitlines()
    assert 'fieldback_runs{status="completed"} 3.0' in lines
    assert 'fieldback_conversations{state="counted"} 24.0' in lines
    assert 'fieldback_suggestions{status="pending"} 1.0' in lines
    assert "fieldback_quarantine_entries 2.0" in lines
    assert any(line.startswith("fieldback_last_run_age_seconds ") for line in lines)


def test_metrics_of_an_empty_store_say_nothing_of_a_last_run(settings: Settings) -> None:
    with TestClient(create_app(settings), client=("127.0.0.1", 1)) as client:
        assert "last_run_age" not in client.get("http://localhost/metrics").text
