from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from starlette.testclient import TestClient

Header = Callable[..., dict[str, str]]
ACCEPT, REJECT = "/v1/suggestions/sug_1/accept", "/v1/suggestions/sug_1/reject"


def test_an_accepted_suggestion_makes_a_version_of_the_persona(client: TestClient) -> None:
    answer = client.post(ACCEPT, json={"reason": "heard it myself"})
    assert answer.status_code == 200
    decision = answer.json()
    assert decision["persona_version"] == 2
    assert decision["suggestion"]["status"] == "accepted"
    assert decision["suggestion"]["decided_by"] == "local"
    assert decision["suggestion"]["reason"] == "heard it myself"
    fields = client.get("/v1/personas/practice-manager").json()["fields"]
    assert fields["decision_criterion"] == ["price", "a reference from another clinic"]


def test_an_acceptance_needs_no_reason_and_no_body(client: TestClient) -> None:
    assert client.post(ACCEPT).json()["suggestion"]["status"] == "accepted"


def test_a_rejected_suggestion_leaves_the_persona_as_it_is(client: TestClient) -> None:
    decision = client.post(REJECT, json={"reason": "only one clinic"}).json()
    assert decision["persona_version"] == 1
    assert decision["suggestion"]["status"] == "rejected"


@pytest.mark.parametrize("body", [None, {}, {"reason": "  "}, {"reason": "x" * 2001}])
def test_a_rejection_needs_a_reason(client: TestClient, body: dict[str, str] | None) -> None:
    assert client.post(REJECT, json=body).status_code == 422
    status = client.get("/v1/personas/practice-manager").json()["n_pending"]
    assert status == 1


@pytest.mark.parametrize("url", [ACCEPT, REJECT])
def test_what_was_decided_stays_decided(client: TestClient, url: str) -> None:
    client.post(REJECT, json={"reason": "no"})
    answer = client.post(url, json={"reason": "on second thoughts"})
    assert answer.status_code == 409
    assert "rejected already" in answer.json()["detail"]


def test_of_two_who_decide_at_once_one_is_told_of_the_conflict(client: TestClient) -> None:
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: client.post(ACCEPT, json={}), range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    assert client.get("/v1/personas/practice-manager").json()["version"] == 2


def test_the_decision_carries_the_name_of_the_token(remote: TestClient, bearer: Header) -> None:
    answer = remote.post(ACCEPT, json={}, headers=bearer("personas:write", name="Sam"))
    assert answer.json()["suggestion"]["decided_by"] == "Sam"
    assert answer.json()["suggestion"]["quotes"] == []


def test_a_reader_may_not_decide(remote: TestClient, bearer: Header) -> None:
    answer = remote.post(ACCEPT, json={}, headers=bearer("insights:read", "evidence:read"))
    assert answer.status_code == 403
    assert "personas:write" in answer.json()["detail"]


def test_an_unknown_suggestion_is_not_found(client: TestClient) -> None:
    assert client.post("/v1/suggestions/sug_9/accept", json={}).status_code == 404
    assert client.get("/v1/suggestions/sug_9/evidence").status_code == 404


def test_the_evidence_of_a_suggestion_is_paged(client: TestClient) -> None:
    url = "/v1/suggestions/sug_1/evidence"
    first = client.get(url, params={"limit": 5}).json()
    second = client.get(url, params={"limit": 5, "cursor": first["next_cursor"]}).json()
    ids = [quote["mention_id"] for quote in first["items"] + second["items"]]
    assert (len(ids), len(set(ids)), second["next_cursor"]) == (8, 8, None)


def test_a_page_of_another_site_may_not_decide(client: TestClient) -> None:
    answer = client.post(ACCEPT, headers={"Origin": "https://elsewhere.example"})
    assert answer.status_code == 403
    assert client.post(ACCEPT, headers={"Origin": "http://localhost"}).status_code == 200
