from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from api.errors import status_of
from core import errors


@pytest.mark.parametrize(
    ("method", "url", "status"),
    [
        ("GET", "/v1/nowhere", 404),
        ("GET", "/v1/themes/none", 404),
        ("DELETE", "/v1/themes", 405),
        ("GET", "/v1/themes?limit=many", 422),
        ("GET", "/v1/themes?cursor=odd", 400),
        ("POST", "/v1/suggestions/none/accept", 404),
    ],
)
def test_every_error_is_a_problem(client: TestClient, method: str, url: str, status: int) -> None:
    answer = client.request(method, url)
    problem = answer.json()
    assert answer.status_code == problem["status"] == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["instance"] == url.split("?")[0]
    assert {"type", "title", "detail"} <= problem.keys()


def test_an_error_that_nobody_foresaw_tells_nothing_of_the_inside(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("secret path")

    monkeypatch.setattr("api.routes.operations.list_runs", fail)
    quiet = TestClient(client.app, raise_server_exceptions=False, client=("127.0.0.1", 1))
    answer = quiet.get("http://localhost/v1/runs")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "secret" not in answer.text


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.NotFound("x"), 404),
        (errors.NotPublished("x"), 503),
        (errors.Conflict("x"), 409),
        (errors.RunLocked("x"), 409),
        (errors.NotPermitted("x"), 403),
        (errors.NotAuthenticated("x"), 401),
        (errors.UnknownFormat("x"), 400),
        (errors.SettingsError("x"), 500),
        (errors.FieldbackError("x"), 500),
    ],
)
def test_each_of_our_errors_has_its_status(error: errors.FieldbackError, status: int) -> None:
    assert status_of(error) == status
