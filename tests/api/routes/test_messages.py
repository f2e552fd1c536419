from __future__ import annotations

from starlette.testclient import TestClient


def test_messages_are_listed_by_slug(client: TestClient) -> None:
    items = client.get("/v1/messages").json()["items"]
    assert [message["slug"] for message in items] == ["deck-payback", "page-forms"]
    assert items[0]["answers"] == ["objection/price"]


def test_coverage_puts_what_nothing_answers_first(client: TestClient) -> None:
    answer = client.get("/v1/messages/coverage").json()
    first, *rest = answer["items"]
    assert (first["id"], first["is_answered"]) == ("objection/security", False)
    assert first["n_conversations"] == 6
    found = {item["id"]: item for item in rest}
    assert found["objection/price"]["messages"] == {"consideration": ["deck-payback"]}
    assert found["objection/price"]["missing_stages"] == ["awareness"]


def test_coverage_names_the_gaps_of_each_funnel_stage(client: TestClient) -> None:
    answer = client.get("/v1/messages/coverage").json()
    assert answer["stages"] == ["awareness", "consideration"]
    assert "objection/security" in answer["unanswered"]["awareness"]
    assert "pain_point/time" not in answer["unanswered"]["awareness"]
    assert "pain_point/time" in answer["unanswered"]["consideration"]


def test_a_theme_is_answered_by_a_message_to_its_type(client: TestClient) -> None:
    items = client.get("/v1/messages/coverage?by=theme").json()["items"]
    found = {item["id"]: item for item in items}
    assert found["thm_price"]["is_answered"] is True
    assert found["thm_security"]["is_answered"] is False
    assert "thm_gossip" not in found


def test_coverage_may_be_asked_of_a_segment(client: TestClient) -> None:
    answer = client.get("/v1/messages/coverage?segment=industry:Retail").json()
    assert "objection/security" not in {item["id"] for item in answer["items"]}
