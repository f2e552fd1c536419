from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from starlette.testclient import TestClient

from core.settings import Settings
from core.store import Store
from core.store.personas import save_messages
from core.vocabulary import Message


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


def test_a_family_is_answered_by_a_message_to_any_of_its_themes(
    client: TestClient,
    company: Store,
    api_settings: Settings,
    make_family: Callable[..., None],
) -> None:
    vault = Message("page-vault", "Kept in your own country.", "page", "awareness")
    with company.begin() as conn:
        save_messages(conn, [replace(vault, answers=("objection/security",))])
    make_family(Path(api_settings.snapshot_url), "thm_security", "thm_price")
    items = client.get("/v1/messages/coverage?by=family").json()["items"]
    [family] = [item for item in items if item["kind"] == "objection"]
    assert family["id"] == "thm_price"
    assert family["messages"]["awareness"] == ["page-vault"]
