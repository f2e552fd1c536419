"""A person is erased through the API: at once, with a receipt, for good."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select, update
from starlette.testclient import TestClient

from core.store import Store
from core.tables import conversations, erasures, mentions
from core.vocabulary import make_id

Header = Callable[..., dict[str, str]]
ANA = "sub_00000000000000000001"
CALLS = [make_id("con", "crm", f"call-{number:02}") for number in (2, 14)]


@pytest.fixture(autouse=True)
def ana(company: Store) -> None:
    """Ana took part in two calls, one of a clinic and one of a shop; both object to the price."""
    with company.begin() as conn:
        here = update(conversations).where(conversations.c.id.in_(CALLS))
        conn.execute(here.values(contact_ids=[ANA]))


def test_an_erasure_is_answered_with_a_receipt(client: TestClient) -> None:
    answer = client.delete(f"/v1/subjects/{ANA}")
    assert answer.status_code == 200
    receipt = answer.json()
    assert receipt.pop("number") > 0
    assert receipt.pop("erased_at").endswith("Z")
    assert receipt == {
        "subject": ANA,
        "by": "local",
        "conversation_ids": sorted(CALLS),
        "n_conversations": 2,
        "n_mentions": 4,
        "n_contacts": 0,
    }


def test_answers_shrink_at_once(client: TestClient) -> None:
    urls = [f"/v1/{path}" for path in ("themes", "themes/thm_price", "segments")]
    urls.append("/v1/compare?a=industry:Retail&b=industry:Healthcare")
    before = {url: client.get(url) for url in urls}
    quotes = client.get("/v1/themes/thm_price/evidence").json()["items"]
    assert {quote["conversation_id"] for quote in quotes} > set(CALLS)
    client.delete(f"/v1/subjects/{ANA}")
    after = {}
    for url in urls:
        header = {"If-None-Match": before[url].headers["etag"]}
        answer = client.get(url, headers=header)
        assert answer.status_code == 200, url
        after[url] = answer.json()
    price = after["/v1/themes"]["items"][0]
    assert (price["n_conversations"], price["of_conversations"]) == (6, 22)
    assert after["/v1/themes/thm_price"]["theme"] == price
    assert after["/v1/segments"]["n_conversations"] == 22
    [industry] = [d for d in after["/v1/segments"]["items"] if d["dimension"] == "industry"]
    assert [value["n_conversations"] for value in industry["values"]] == [11, 11]
    left = client.get("/v1/themes/thm_price/evidence").json()["items"]
    assert not {quote["conversation_id"] for quote in left} & set(CALLS)


def test_to_ask_again_gives_the_same_receipt(client: TestClient, company: Store) -> None:
    first = client.delete(f"/v1/subjects/{ANA}")
    state = client.get("/v1/themes").headers["etag"]
    again = client.delete(f"/v1/subjects/{ANA}")
    assert (again.status_code, again.json()) == (200, first.json())
    assert client.get("/v1/themes").headers["etag"] == state
    with company.read() as conn:
        assert len(conn.execute(select(erasures)).all()) == 1


def test_a_subject_that_nothing_is_known_of_is_not_found(client: TestClient) -> None:
    answer = client.delete("/v1/subjects/sub_00000000000000000009")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("key", ["sub_%25", "%22", "a%22,%20%22b", "x" * 41])
def test_what_is_no_key_is_refused(client: TestClient, company: Store, key: str) -> None:
    assert client.delete(f"/v1/subjects/{key}").status_code == 422
    with company.read() as conn:
        assert len(conn.execute(select(mentions.c.id)).all()) > 30


def test_to_erase_takes_the_scope_admin(remote: TestClient, bearer: Header, company: Store) -> None:
    url = f"/v1/subjects/{ANA}"
    assert remote.delete(url).status_code == 401
    others = bearer("insights:read", "evidence:read", "personas:write", "ingest:write")
    refused = remote.delete(url, headers=others)
    assert refused.status_code == 403
    assert "lacks the scope admin" in refused.json()["detail"]
    with company.read() as conn:
        assert len(conn.execute(select(conversations.c.id)).all()) == 24
    answer = remote.delete(url, headers=bearer("admin", name="Kim"))
    assert (answer.status_code, answer.json()["by"]) == (200, "Kim")
