from __future__ import annotations

import pytest
from starlette.testclient import TestClient


def test_segments_come_with_their_values_and_counts(client: TestClient) -> None:
    answer = client.get("/v1/segments").json()
    found = {item["dimension"]: item for item in answer["items"]}
    assert answer["n_conversations"] == 24
    assert found["industry"]["values"] == [
        {"value": "Healthcare", "n_conversations": 12},
        {"value": "Retail", "n_conversations": 12},
    ]
    assert found["persona"]["n_values"] == 1


def test_values_beyond_the_limit_are_counted_but_not_listed(client: TestClient) -> None:
    found = {item["dimension"]: item for item in client.get("/v1/segments?limit=1").json()["items"]}
    assert found["outcome"]["n_values"] == 2
    assert len(found["outcome"]["values"]) == 1


def test_a_comparison_puts_the_surest_difference_first(client: TestClient) -> None:
    answer = client.get("/v1/compare?a=industry:Healthcare&b=industry:Retail").json()
    assert (answer["n_a"], answer["n_b"], answer["n_both"]) == (12, 12, 0)
    assert answer["enough_data"] is True
    first = answer["items"][0]
    assert first["id"] == "thm_security"
    assert first["label"] == "where patient records are kept"
    assert (first["a"]["n_conversations"], first["b"]["n_conversations"]) == (6, 0)
    assert first["ratio"] == pytest.approx(13.0)
    assert first["q_value"] < 0.05


def test_a_comparison_turned_round_tells_the_same(client: TestClient) -> None:
    here = client.get("/v1/compare?a=industry:Healthcare&b=industry:Retail").json()["items"]
    there = client.get("/v1/compare?a=industry:Retail&b=industry:Healthcare").json()["items"]
    assert [item["q_value"] for item in here] == pytest.approx([i["q_value"] for i in there])
    assert [item["a"] for item in here] == [item["b"] for item in there]


def test_segments_that_overlap_are_not_tested_against_each_other(client: TestClient) -> None:
    answer = client.get("/v1/compare?a=industry:Healthcare&b=outcome:lost").json()
    assert answer["n_both"] == 6
    assert {item["q_value"] for item in answer["items"]} == {None}


def test_a_comparison_needs_both_sides(client: TestClient) -> None:
    answer = client.get("/v1/compare?a=industry:Healthcare")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["place"] == "query.b"


def test_a_comparison_goes_on_where_its_cursor_says(client: TestClient) -> None:
    wish = {"a": "industry:Healthcare", "b": "industry:Retail", "limit": 1}
    first = client.get("/v1/compare", params=wish).json()
    second = client.get("/v1/compare", params={**wish, "cursor": first["next_cursor"]}).json()
    assert first["items"][0]["id"] != second["items"][0]["id"]
    assert second["next_cursor"] is None
