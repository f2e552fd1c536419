"""People change themes over HTTP; lists, figures and old ids follow at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select, update
from starlette.testclient import TestClient

from core.store import Store
from core.store.themes import add_lineage
from core.tables import mentions, themes
from core.vocabulary import LineageEvent
from models.theme_rows import write_lineage_rows
from models.theme_state import LineageEntry

Header = Callable[..., dict[str, str]]


def labels(client: TestClient, kind: str = "objection") -> dict[str, str]:
    """Id -> label of the listed themes."""
    items = client.get("/v1/themes", params={"kind": kind}).json()["items"]
    return {item["id"]: item["label"] for item in items}


def change(client: TestClient, theme: str, **wish: Any) -> list[dict[str, Any]]:
    answer = client.patch(f"/v1/themes/{theme}", json=wish)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def count(client: TestClient, theme: str) -> int:
    n: int = client.get(f"/v1/themes/{theme}").json()["theme"]["n_conversations"]
    return n


@pytest.fixture
def price_ids(company: Store) -> list[str]:
    """Ids of the mentions of the price theme itself."""
    with company.read() as conn:
        query = select(mentions.c.id).where(mentions.c.theme_id == "thm_price")
        return sorted(conn.execute(query).scalars())


def test_a_new_name_is_shown_at_once_and_recorded(client: TestClient) -> None:
    [theme] = change(client, "thm_price", label=" The price ", reason="shorter")
    assert theme["label"] == "The price"
    assert labels(client)["thm_price"] == "The price"
    entry = client.get("/v1/themes/thm_price").json()["lineage"][-1]
    assert (entry["event"], entry["by"], entry["reason"]) == ("renamed", "local", "shorter")


def test_an_undone_name_is_gone_at_once(client: TestClient) -> None:
    before = labels(client)
    change(client, "thm_price", label="The price")
    answer = client.post("/v1/themes/thm_price/undo")
    assert answer.status_code == 200
    assert labels(client) == before


def test_a_named_entry_is_undone_though_it_is_not_the_last(client: TestClient) -> None:
    [theme] = change(client, "thm_price", label="The price")
    change(client, "thm_price", hidden=True)
    entry = theme["lineage"][-1]["id"]
    answer = client.post("/v1/themes/thm_price/undo", json={"entry": entry})
    assert answer.json()["items"][0]["label"] == "too expensive for a small team"
    assert client.get("/v1/themes/thm_price").json()["status"] == "hidden"


def test_a_hidden_theme_leaves_the_lists_and_comes_back(client: TestClient) -> None:
    change(client, "thm_security", hidden=True)
    assert "thm_security" not in labels(client)
    assert client.get("/v1/themes/thm_security").json()["status"] == "hidden"
    change(client, "thm_security", hidden=False)
    assert "thm_security" in labels(client)
    assert client.get("/v1/themes/thm_security").json()["status"] == "active"


def test_a_merge_is_counted_at_once_and_the_old_id_leads_to_the_new(
    client: TestClient, company: Store
) -> None:
    with company.begin() as conn:
        conn.execute(update(themes).where(themes.c.id == "thm_security").values(type="price"))
    before = count(client, "thm_price")
    change(client, "thm_security", merge_into="thm_price")
    assert labels(client).keys() == {"thm_price"}
    assert count(client, "thm_security") == count(client, "thm_price") > before
    answer = client.get("/v1/themes/thm_security").json()
    assert answer["theme"]["id"] == "thm_price"
    assert answer["merged_from"] == ["thm_discount", "thm_security"]
    client.post("/v1/themes/thm_security/undo")
    assert count(client, "thm_price") == before
    assert client.get("/v1/themes/thm_security").json()["status"] == "active"


def test_a_published_merge_can_be_undone_at_once(client: TestClient, company: Store) -> None:
    """The snapshot knows the theme as merged."""
    both = count(client, "thm_price")
    entry = LineageEntry(
        "thm_discount",
        LineageEvent.MERGED,
        date(2026, 11, 11),
        "",
        "ana",
        {"into": "thm_price", "was": "active"},
    )
    with company.begin() as conn:
        add_lineage(conn, write_lineage_rows([entry]))
    client.post("/v1/themes/thm_discount/undo")
    assert count(client, "thm_price") < both
    answer = client.get("/v1/themes/thm_discount").json()
    assert (answer["theme"]["id"], answer["status"]) == ("thm_discount", "active")


def test_a_split_is_counted_at_once(client: TestClient, price_ids: list[str]) -> None:
    before = count(client, "thm_price")
    theme, part = change(client, "thm_price", split=[price_ids[:2]])
    assert (theme["id"], part["status"]) == ("thm_price", "active")
    assert count(client, part["id"]) == 2
    assert count(client, "thm_price") == before - 2
    assert labels(client)[part["id"]] == part["label"]
    quotes = client.get(f"/v1/themes/{part['id']}/evidence").json()["items"]
    assert sorted(quote["mention_id"] for quote in quotes) == price_ids[:2]
    assert [entry["event"] for entry in part["lineage"]] == ["born"]
    client.post("/v1/themes/thm_price/undo")
    assert count(client, part["id"]) == count(client, "thm_price") == before


@pytest.mark.parametrize(
    ("theme", "wish", "status"),
    [
        ("thm_none", {"label": "New"}, 404),
        ("thm_none", {"split": [["mtn_none"]]}, 404),
        ("thm_price", {"merge_into": "thm_none"}, 404),
        ("thm_discount", {"label": "New"}, 409),
        ("thm_discount", {"hidden": True}, 409),
        ("thm_price", {"merge_into": "thm_discount"}, 409),
        ("thm_price", {"hidden": False}, 409),
        ("thm_price", {"label": "Where patient records are kept"}, 409),
        ("thm_price", {"merge_into": "thm_paper"}, 422),
        ("thm_price", {"merge_into": "thm_security"}, 422),
        ("thm_price", {"split": [["mtn_none"]]}, 422),
        ("thm_price", {"split": [[]]}, 422),
        ("thm_price", {"split": []}, 422),
        ("thm_price", {"label": " "}, 422),
        ("thm_price", {"label": "x" * 201}, 422),
        ("thm_price", {}, 422),
        ("thm_price", {"label": "New", "hidden": True}, 422),
        ("thm_price", {"name": "New"}, 422),
    ],
)
def test_what_cannot_be_done_is_told_as_a_problem(
    client: TestClient, theme: str, wish: dict[str, Any], status: int
) -> None:
    before = labels(client)
    answer = client.patch(f"/v1/themes/{theme}", json=wish)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"]
    assert labels(client) == before


def test_a_retired_theme_takes_no_changes(client: TestClient, company: Store) -> None:
    with company.begin() as conn:
        conn.execute(update(themes).where(themes.c.id == "thm_price").values(status="retired"))
    answer = client.patch("/v1/themes/thm_price", json={"label": "New"})
    assert (answer.status_code, "retired" in answer.json()["detail"]) == (409, True)


def test_nothing_to_undo_is_a_conflict_and_an_unknown_entry_is_not_found(
    client: TestClient,
) -> None:
    assert client.post("/v1/themes/thm_paper/undo").status_code == 409
    answer = client.post("/v1/themes/thm_paper/undo", json={"entry": "lin_none"})
    assert answer.status_code == 404
    assert client.post("/v1/themes/thm_none/undo").status_code == 404


def test_changes_need_the_scope_of_decisions(remote: TestClient, bearer: Header) -> None:
    url, wish = "/v1/themes/thm_price", {"label": "The price"}
    assert remote.patch(url, json=wish).status_code == 401
    readers = bearer("insights:read", "evidence:read")
    assert remote.patch(url, json=wish, headers=readers).status_code == 403
    assert remote.post(f"{url}/undo", headers=readers).status_code == 403
    answer = remote.patch(url, json=wish, headers=bearer("personas:write"))
    assert answer.json()["items"][0]["lineage"][-1]["by"] == "Robin"


def test_an_answer_changes_its_tag_with_every_decision(
    client: TestClient, price_ids: list[str]
) -> None:
    tags = {client.get("/v1/themes").headers["etag"]}
    for wish in ({"label": "The price"}, {"split": [price_ids[:1]]}, {"hidden": True}):
        change(client, "thm_price", **wish)
        tags.add(client.get("/v1/themes").headers["etag"])
    assert len(tags) == 4
