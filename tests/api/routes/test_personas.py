from __future__ import annotations

from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

Header = Callable[..., dict[str, str]]


def test_a_persona_shows_its_fields_and_what_waits(client: TestClient) -> None:
    [persona] = client.get("/v1/personas").json()["items"]
    assert persona == client.get("/v1/personas/practice-manager").json()
    assert persona["fields"]["goal"] == ["short waiting times"]
    assert (persona["version"], persona["n_pending"]) == (1, 1)


@pytest.mark.parametrize("rest", ["", "/versions", "/suggestions"])
def test_an_unknown_persona_is_not_found(client: TestClient, rest: str) -> None:
    assert client.get(f"/v1/personas/nobody{rest}").status_code == 404


def test_versions_are_listed_the_latest_first(client: TestClient) -> None:
    client.post("/v1/suggestions/sug_1/accept", json={})
    answer = client.get("/v1/personas/practice-manager/versions").json()
    assert [version["version"] for version in answer["items"]] == [2, 1]
    assert answer["items"][0]["suggestion_id"] == "sug_1"


def test_suggestions_come_with_up_to_three_quotes(client: TestClient) -> None:
    url = "/v1/personas/practice-manager/suggestions"
    [suggestion] = client.get(url).json()["items"]
    assert suggestion["status"] == "pending"
    assert len(suggestion["quotes"]) == 3
    assert suggestion["quotes"][0]["value"] == "a reference from another clinic"
    assert client.get(f"{url}?status=rejected").json()["items"] == []
    assert client.get(f"{url}?status=odd").status_code == 422


def test_suggestions_show_no_quotes_without_the_evidence_scope(
    remote: TestClient, bearer: Header
) -> None:
    url = "/v1/personas/practice-manager/suggestions"
    [suggestion] = remote.get(url, headers=bearer("insights:read")).json()["items"]
    assert suggestion["quotes"] == []


def test_a_decision_changes_the_etag_of_the_persona(client: TestClient) -> None:
    etag = client.get("/v1/personas/practice-manager").headers["etag"]
    wish = {"If-None-Match": etag}
    assert client.get("/v1/personas/practice-manager", headers=wish).status_code == 304
    client.post("/v1/suggestions/sug_1/accept", json={})
    assert client.get("/v1/personas/practice-manager", headers=wish).status_code == 200
