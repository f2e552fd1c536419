"""What to judge next, and that a verdict holds at once wherever the API counts and quotes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from core.settings import Settings
from core.store import Store
from core.store.verdicts import save_readings
from core.tables import mentions, turns
from core.vocabulary import Mention, MentionKind, make_id
from tests.conftest import NIGHT, NOW, SAID

Header = Callable[..., dict[str, str]]
CALL = make_id("con", "crm", "call-00")
WRONG, RIGHT = {"verdict": "wrong"}, {"verdict": "right"}
TIMING = {"verdict": "other_type", "type": "timing"}


def find_ids(store: Store, theme: str) -> list[str]:
    """Ids of the mentions of a theme."""
    with store.read() as conn:
        query = select(mentions.c.id).where(mentions.c.theme_id == theme).order_by(mentions.c.id)
        return list(conn.execute(query).scalars())


def judge(client: TestClient, key: str, body: dict[str, str]) -> dict[str, Any]:
    answer = client.post(f"/v1/mentions/{key}/verdict", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def count(client: TestClient, theme: str) -> int:
    """In how many conversations a theme is, as the API says."""
    themes = client.get("/v1/themes", params={"limit": 50}).json()["items"]
    return next((t["n_conversations"] for t in themes if t["id"] == theme), 0)


def count_type(client: TestClient, type_: str) -> int:
    found = client.get("/v1/themes", params={"by": "type", "limit": 50}).json()["items"]
    return next((t["n_conversations"] for t in found if t["type"] == type_), 0)


@pytest.fixture
def unsure(company: Store, make_mention: Callable[..., Mention]) -> str:
    """The id of a mention that the extractor is unsure of, in a conversation of its own."""
    with company.begin() as conn:
        quote = conn.execute(
            select(turns.c.text).where(turns.c.conversation_id == CALL, turns.c.position == 0)
        ).scalar_one()
        kept = conn.execute(select(mentions).where(mentions.c.conversation_id == CALL)).all()
        doubtful = make_mention(quote, type="timing", confidence=0.4)
        found = [
            make_mention(r.quote, turn=r.turn, kind=MentionKind(r.kind), type=r.type, value=r.value)
            for r in kept
        ]
        save_readings(conn, {CALL: [*found, doubtful]}, min_confidence=0.5)
    return make_id("mtn", CALL, 0, 0, len(quote), MentionKind.OBJECTION, "timing", None)


class TestQueue:
    def test_the_most_doubtful_comes_first_with_what_was_said_before(
        self, client: TestClient, unsure: str
    ) -> None:
        items = client.get("/v1/review").json()["items"]
        assert items[0]["id"] == unsure
        assert (items[0]["is_counted"], items[0]["confidence"]) == (False, 0.4)
        assert items[0]["before"] == []
        trait = next(item for item in items if item["kind"] == "persona_trait")
        assert trait["is_counted"]
        assert trait["value"] == "a reference from another clinic"
        assert trait["before"][-1]["role"] == "customer"
        assert trait["before"][-1]["text"] in SAID.values()

    def test_a_statement_is_asked_for_once(self, client: TestClient) -> None:
        items = client.get("/v1/review", params={"limit": 100}).json()["items"]
        said = [(item["type"], item["statement"]) for item in items]
        assert len(said) == len(set(said)) == 6

    def test_it_is_narrowed_and_paged(self, client: TestClient) -> None:
        wish: dict[str, Any] = {"kind": "objection", "limit": 2}
        first = client.get("/v1/review", params=wish).json()
        rest = client.get("/v1/review", params={**wish, "cursor": first["next_cursor"]}).json()
        found = [item["type"] for item in first["items"] + rest["items"]]
        assert sorted(found) == ["fit", "price", "price", "security"]
        assert rest["next_cursor"] is None
        prices = client.get("/v1/review", params={"type": "price"}).json()["items"]
        assert {item["type"] for item in prices} == {"price"}

    def test_a_type_that_there_is_not_is_refused(self, client: TestClient) -> None:
        wrong = {"kind": "pain_point", "type": "price"}
        assert client.get("/v1/review", params=wrong).status_code == 422
        assert client.get("/v1/review", params={"kind": "wish"}).status_code == 422

    def test_what_was_judged_leaves_the_queue(self, client: TestClient, unsure: str) -> None:
        before = client.get("/v1/review")
        judge(client, unsure, RIGHT)
        headers = {"If-None-Match": before.headers["etag"]}
        after = client.get("/v1/review", headers=headers)
        assert after.status_code == 200
        assert unsure not in {item["id"] for item in after.json()["items"]}
        headers = {"If-None-Match": after.headers["etag"]}
        assert client.get("/v1/review", headers=headers).status_code == 304


class TestVerdict:
    def test_a_wrong_mention_leaves_counts_and_evidence_at_once(
        self, client: TestClient, company: Store
    ) -> None:
        n_before = count(client, "thm_security")
        n_type = count_type(client, "security")
        key = find_ids(company, "thm_security")[0]
        answer = judge(client, key, WRONG)
        assert answer["counts_as"] is None
        assert answer["items"][0] | {"decided_at": ""} == {
            "mention_id": key,
            "conversation_id": answer["items"][0]["conversation_id"],
            "verdict": "wrong",
            "kind": "objection",
            "type": "security",
            "to_kind": None,
            "to_type": None,
            "by": "local",
            "decided_at": "",
            "extractor": None,
        }
        assert count(client, "thm_security") == n_before - 1
        assert count_type(client, "security") == n_type - 1
        evidence = client.get("/v1/themes/thm_security/evidence", params={"limit": 50}).json()
        assert key not in {quote["mention_id"] for quote in evidence["items"]}

    def test_an_answer_that_a_verdict_changed_has_another_etag(
        self, client: TestClient, company: Store
    ) -> None:
        before = client.get("/v1/themes")
        judge(client, find_ids(company, "thm_security")[0], WRONG)
        headers = {"If-None-Match": before.headers["etag"]}
        assert client.get("/v1/themes", headers=headers).status_code == 200

    def test_an_unsure_mention_that_is_right_counts_at_once(
        self, client: TestClient, unsure: str
    ) -> None:
        assert count_type(client, "timing") == 0
        assert judge(client, unsure, RIGHT)["counts_as"] == unsure
        assert count_type(client, "timing") == 1

    def test_another_type_moves_the_count(self, client: TestClient, company: Store) -> None:
        key = find_ids(company, "thm_security")[0]
        n_before = count_type(client, "security")
        made = judge(client, key, TIMING)["counts_as"]
        assert made not in {key, None}
        assert count_type(client, "security") == n_before - 1
        assert count_type(client, "timing") == 1
        assert count(client, "thm_security") == n_before - 1

    def test_the_next_publication_counts_the_same(
        self, client: TestClient, company: Store, api_settings: Settings
    ) -> None:
        from pipeline.night import Night
        from pipeline.publish import publish

        keys = find_ids(company, "thm_security")
        for key, body in zip(keys, [WRONG, RIGHT, TIMING], strict=False):
            judge(client, key, body)
        laid_over = client.get("/v1/themes", params={"by": "type"}).json()
        publish(Night("run_9", NIGHT, NOW), api_settings)
        published = client.get("/v1/themes", params={"by": "type"}).json()
        assert published["snapshot"] != laid_over["snapshot"]
        assert _without_quotes(published) == _without_quotes(laid_over)

    def test_to_change_ones_mind_is_allowed_and_kept(
        self, client: TestClient, company: Store
    ) -> None:
        key, n_before = find_ids(company, "thm_security")[0], count(client, "thm_security")
        judge(client, key, TIMING)
        judge(client, key, WRONG)
        judge(client, key, WRONG)
        answer = judge(client, key, RIGHT)
        assert answer["counts_as"] == key
        assert [one["verdict"] for one in answer["items"]] == ["right", "wrong", "other_type"]
        assert answer["items"][2]["to_type"] == "timing"
        assert client.get(f"/v1/mentions/{key}/verdicts").json() == answer
        assert count_type(client, "security") == n_before
        assert count_type(client, "timing") == 0

    def test_a_mention_that_nobody_judged_has_no_history(
        self, client: TestClient, company: Store
    ) -> None:
        key = find_ids(company, "thm_security")[0]
        history = client.get(f"/v1/mentions/{key}/verdicts").json()
        assert history == {"counts_as": None, "items": []}

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"verdict": "perhaps"},
            {"verdict": "other_type"},
            {"verdict": "right", "type": "timing"},
            {"verdict": "wrong", "kind": "objection"},
            {"verdict": "other_type", "type": "security"},
            {"verdict": "other_type", "type": "no_such_type"},
            {"verdict": "other_type", "type": "timing", "kind": "pain_point"},
            {"verdict": "right", "sure": True},
        ],
    )
    def test_a_verdict_that_makes_no_sense_is_refused(
        self, client: TestClient, company: Store, body: dict[str, str]
    ) -> None:
        key = find_ids(company, "thm_security")[0]
        answer = client.post(f"/v1/mentions/{key}/verdict", json=body)
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"
        assert client.get(f"/v1/mentions/{key}/verdicts").json()["items"] == []

    def test_an_unknown_mention_is_not_found(self, client: TestClient) -> None:
        for body in (WRONG, TIMING):
            answer = client.post("/v1/mentions/mtn_none/verdict", json=body)
            assert answer.status_code == 404
            assert answer.headers["content-type"] == "application/problem+json"
        assert client.get("/v1/mentions/mtn_none/verdicts").status_code == 404

    def test_a_verdict_on_what_is_kept_out_of_the_counts_is_a_conflict(
        self, client: TestClient, company: Store, unsure: str
    ) -> None:
        from core.store.conversations import mark_templates

        judge(client, unsure, WRONG)
        with company.begin() as conn:
            mark_templates(conn, [CALL])
        assert client.post(f"/v1/mentions/{unsure}/verdict", json=RIGHT).status_code == 409


class TestScopes:
    def test_quotes_take_evidence_read_and_verdicts_personas_write(
        self, remote: TestClient, bearer: Header, company: Store
    ) -> None:
        key = find_ids(company, "thm_security")[0]
        reader = bearer("insights:read", "evidence:read")
        writer = bearer("personas:write", name="Sam")
        assert remote.get("/v1/review", headers=reader).status_code == 200
        assert remote.get("/v1/review", headers=writer).status_code == 403
        url = f"/v1/mentions/{key}/verdict"
        assert remote.post(url, json=WRONG, headers=reader).status_code == 403
        answer = remote.post(url, json=WRONG, headers=writer)
        assert answer.json()["items"][0]["by"] == "Sam"


def _without_quotes(answer: dict[str, Any]) -> list[dict[str, Any]]:
    return [{k: v for k, v in item.items() if k != "quotes"} for item in answer["items"]]
