"""Proposed merges and splits over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select, update
from starlette.testclient import TestClient

from core.store import Store
from core.store.theme_proposals import save_proposals
from core.tables import mentions, themes

Header = Callable[..., dict[str, str]]
URL = "/v1/themes/proposals"


@pytest.fixture(autouse=True)
def proposals(company: Store) -> dict[str, list[str]]:
    """A merge and a split are proposed; gives the mentions of two themes."""
    with company.begin() as conn:
        conn.execute(update(themes).where(themes.c.id == "thm_security").values(type="price"))
        ids = {
            key: sorted(
                conn.execute(select(mentions.c.id).where(mentions.c.theme_id == key)).scalars()
            )
            for key in ("thm_price", "thm_security")
        }
        merge = _row("prp_merge", "merge", 20, [ids["thm_security"], ids["thm_price"]])
        merge |= {"other_id": "thm_price", "words": ["team"]}
        price = ids["thm_price"]
        split = _row("prp_split", "split", 7, [price[2:], price[:2]]) | {"theme_id": "thm_price"}
        night = date(2026, 11, 20)
        save_proposals(conn, [merge, split], night=night, is_reopened=lambda _known, _row: False)
    return ids


def _row(key: str, action: str, n_mentions: int, groups: list[list[str]]) -> dict[str, Any]:
    return {
        "id": key,
        "action": action,
        "theme_id": "thm_security",
        "other_id": None,
        "likeness": 0.8,
        "n_mentions": n_mentions,
        "groups": groups,
        "words": [],
    }


def test_proposals_come_with_their_evidence(client: TestClient) -> None:
    merge, split = client.get(URL).json()["items"]
    assert (merge["action"], merge["theme"], merge["into"]) == (
        "merge",
        "thm_security",
        "thm_price",
    )
    assert [group["label"] for group in merge["groups"]] == [
        "where patient records are kept",
        "too expensive for a small team",
    ]
    assert merge["words"] == ["team"]
    assert (split["action"], split["into"]) == ("split", None)
    assert [group["n_mentions"] for group in split["groups"]] == [2, 2]
    assert split["groups"][1]["quotes"][0]["quote"].startswith("We are a small team")


def test_proposals_can_be_narrowed_and_paged(client: TestClient) -> None:
    assert [p["id"] for p in client.get(f"{URL}?action=split").json()["items"]] == ["prp_split"]
    assert client.get(f"{URL}?status=declined").json()["items"] == []
    first = client.get(f"{URL}?limit=1").json()
    second = client.get(URL, params={"limit": 1, "cursor": first["next_cursor"]}).json()
    assert [p["items"][0]["id"] for p in (first, second)] == ["prp_merge", "prp_split"]
    assert second["next_cursor"] is None


def test_quotes_need_the_scope_of_evidence(remote: TestClient, bearer: Header) -> None:
    answer = remote.get(URL, headers=bearer("insights:read")).json()
    assert all(not group["quotes"] for item in answer["items"] for group in item["groups"])


def test_an_accepted_merge_is_done(client: TestClient) -> None:
    answer = client.post(f"{URL}/prp_merge/accept", json={"reason": "they mean the price"})
    assert [(t["id"], t["status"]) for t in answer.json()["items"]] == [
        ("thm_security", "merged"),
        ("thm_price", "active"),
    ]
    assert client.get("/v1/themes/thm_security").json()["theme"]["id"] == "thm_price"
    assert client.post(f"{URL}/prp_merge/accept").status_code == 409
    assert [p["id"] for p in client.get(URL).json()["items"]] == ["prp_split"]


def test_an_accepted_split_is_done(client: TestClient, proposals: dict[str, list[str]]) -> None:
    answer = client.post(f"{URL}/prp_split/accept")
    part = answer.json()["items"][1]["id"]
    quotes = client.get(f"/v1/themes/{part}/evidence").json()["items"]
    assert sorted(q["mention_id"] for q in quotes) == proposals["thm_price"][:2]


def test_a_declined_proposal_is_kept_with_who_and_why(client: TestClient) -> None:
    answer = client.post(f"{URL}/prp_merge/decline", json={"reason": "two questions"}).json()
    assert (answer["status"], answer["decided_by"], answer["reason"]) == (
        "declined",
        "local",
        "two questions",
    )
    assert client.post(f"{URL}/prp_merge/decline", json={}).status_code == 422


def test_a_proposal_whose_theme_changed_meanwhile_is_a_conflict_and_stays_open(
    client: TestClient,
) -> None:
    client.post(f"{URL}/prp_merge/accept")
    client.post("/v1/themes/thm_security/undo")
    client.patch("/v1/themes/thm_price", json={"merge_into": "thm_security"})
    assert client.post(f"{URL}/prp_split/accept").status_code == 409
    assert [p["id"] for p in client.get(URL).json()["items"]] == ["prp_split"]


def test_an_unknown_proposal_is_not_found_and_decisions_need_their_scope(
    client: TestClient, remote: TestClient, bearer: Header
) -> None:
    assert client.post(f"{URL}/prp_none/accept").status_code == 404
    header = bearer("insights:read")
    assert remote.post(f"{URL}/prp_merge/accept", headers=header).status_code == 403
