from __future__ import annotations

from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from core.settings import Settings
from core.store import Store
from core.store.tokens import list_tokens, revoke_token

Header = Callable[..., dict[str, str]]
PROTECTED = (
    "/v1/themes",
    "/v1/themes/proposals",
    "/v1/themes/thm_price",
    "/v1/themes/thm_price/evidence",
    "/v1/segments",
    "/v1/compare?a=industry:Healthcare&b=industry:Retail",
    "/v1/personas",
    "/v1/personas/practice-manager",
    "/v1/personas/practice-manager/versions",
    "/v1/personas/practice-manager/suggestions",
    "/v1/suggestions/sug_1/evidence",
    "/v1/messages",
    "/v1/messages/coverage",
    "/v1/review",
    "/v1/mentions/mtn_1/verdicts",
    "/v1/runs",
    "/v1/runs/run_1",
    "/v1/quarantine",
    "/metrics",
)


@pytest.mark.parametrize("url", PROTECTED)
def test_another_machine_needs_a_token_for_everything(
    remote: TestClient, bearer: Header, url: str
) -> None:
    answer = remote.get(url)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert remote.get(url, headers=bearer("ingest:write")).status_code == 403
    assert remote.get(url, headers=bearer("admin")).status_code not in {401, 403}


def test_all_routes_are_among_those_that_are_protected(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    reads = {path for path, methods in paths.items() if "get" in methods}
    assert len(reads - {"/healthz", "/readyz"}) == len(PROTECTED)


@pytest.mark.parametrize("header", ["Bearer fb_wrong", "Bearer", "Basic cm9iaW46eA==", "fb_wrong"])
def test_a_token_that_is_none_gives_no_rights_even_here(client: TestClient, header: str) -> None:
    answer = client.get("/v1/themes", headers={"Authorization": header})
    assert answer.status_code == 401


def test_a_revoked_token_gives_no_rights(
    remote: TestClient, bearer: Header, company: Store
) -> None:
    header = bearer("insights:read")
    assert remote.get("/v1/themes", headers=header).status_code == 200
    with company.begin() as conn:
        [token] = list_tokens(conn)
        revoke_token(conn, token.id)
    assert remote.get("/v1/themes", headers=header).status_code == 401


@pytest.mark.parametrize(
    ("host", "name", "status"),
    [
        ("127.0.0.1", "http://127.0.0.1:8787", 200),
        ("127.0.0.1", "http://localhost:8787", 200),
        ("::1", "http://[::1]:8787", 200),
        ("::ffff:127.0.0.1", "http://localhost", 200),
        ("127.0.0.1", "http://rebound.example", 401),
        ("127.0.0.1", "http://intranet", 401),
        ("192.168.1.4", "http://127.0.0.1", 401),
        ("testclient", "http://localhost", 401),
    ],
)
def test_only_this_machine_by_a_name_of_its_own_needs_no_token(
    api_settings: Settings, host: str, name: str, status: int
) -> None:
    app = create_app(api_settings)
    with TestClient(app, base_url=name, client=(host, 1)) as client:
        assert client.get("/v1/themes").status_code == status


def test_a_forwarded_header_makes_nobody_local(remote: TestClient) -> None:
    answer = remote.get("/v1/themes", headers={"X-Forwarded-For": "127.0.0.1"})
    assert answer.status_code == 401


@pytest.mark.parametrize("header", ["Forwarded", "X-Forwarded-For", "X-Real-IP", "Via"])
def test_what_a_proxy_passes_on_is_not_from_this_machine(
    client: TestClient, bearer: Header, header: str
) -> None:
    sent = {header: "203.0.113.9"}
    assert client.get("/v1/themes", headers=sent).status_code == 401
    assert client.get("/v1/themes", headers=sent | bearer("admin")).status_code == 200


def test_a_server_may_ask_its_own_machine_for_a_token_too(
    api_settings: Settings, bearer: Header
) -> None:
    app = create_app(api_settings.model_copy(update={"require_token": True}))
    with TestClient(app, base_url="http://localhost", client=("127.0.0.1", 1)) as client:
        assert client.get("/v1/themes").status_code == 401
        assert client.get("/healthz").status_code == 200
        assert client.get("/v1/themes", headers=bearer("insights:read")).status_code == 200
