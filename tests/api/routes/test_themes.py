from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import update
from starlette.testclient import TestClient

from core.settings import Settings
from core.snapshot import open_current
from core.store import Store
from core.tables import themes
from models.statistics import lift_of, lift_p_value, wilson_interval

Header = Callable[..., dict[str, str]]


def test_the_top_objections_come_with_all_their_figures(client: TestClient) -> None:
    answer = client.get("/v1/themes").json()
    assert answer["kind"] == "objection"
    assert answer["by"] == "theme"
    assert answer["n_conversations"] == 24
    assert answer["n_accounts"] == 6
    assert answer["snapshot"].startswith("2026-11-20-")
    assert len(answer["weeks"]) == 13
    price = answer["items"][0]
    assert price["id"] == "thm_price"
    assert price["label"] == "too expensive for a small team"
    assert price["n_conversations"] == 8
    assert price["of_conversations"] == 24
    interval = wilson_interval(8, 24)
    assert (price["share_low"], price["share_high"]) == (interval.low, interval.high)
    assert price["lift"] is None
    assert sum(price["weekly"]) <= 8
    assert len(price["quotes"]) == 3


def test_a_quote_says_where_it_stands(client: TestClient) -> None:
    quote = client.get("/v1/themes").json()["items"][0]["quotes"][0]
    assert quote["quote"].startswith(("We are a small team", "Could you take"))
    assert quote["role"] == "customer"
    assert quote["end"] - quote["start"] == len(quote["quote"])
    assert quote["segments"]["industry"] in {"Healthcare", "Retail"}
    assert quote["started_at"].endswith("Z")
    assert quote["conversation_id"].startswith("con_")


def test_a_segment_has_lift_and_q_value_against_the_rest(client: TestClient) -> None:
    answer = client.get("/v1/themes?segment=industry:Healthcare&sort=lift").json()
    assert answer["n_conversations"] == 12
    assert answer["rest_conversations"] == 12
    first = answer["items"][0]
    assert first["id"] == "thm_security"
    assert first["lift"] == pytest.approx((6.5 / 13) / (0.5 / 13))
    assert 0 <= first["q_value"] <= 1


@pytest.mark.parametrize("text", ["industry:healthcare", "industry=Healthcare"])
def test_a_segment_may_be_written_with_colon_or_equals_sign(client: TestClient, text: str) -> None:
    assert client.get("/v1/themes", params={"segment": text}).json()["n_conversations"] == 12


def test_segments_of_two_dimensions_must_both_hold(client: TestClient) -> None:
    wish = {"segment": ["industry:Healthcare", "outcome:lost"]}
    assert client.get("/v1/themes", params=wish).json()["n_conversations"] == 6


def test_days_bound_the_answer_and_are_both_included(client: TestClient) -> None:
    wish = {"since": "2026-11-12", "until": "2026-11-20"}
    assert client.get("/v1/themes", params=wish).json()["n_conversations"] == 3


@pytest.mark.parametrize("sort", ["share", "lift", "trend", "impact"])
def test_every_sort_is_answered_with_the_same_themes(client: TestClient, sort: str) -> None:
    items = client.get(f"/v1/themes?sort={sort}").json()["items"]
    assert {item["id"] for item in items} == {"thm_price", "thm_security"}


def test_types_are_counted_where_asked_for(client: TestClient) -> None:
    items = client.get("/v1/themes?by=type").json()["items"]
    assert [item["label"] for item in items if item["id"] == "objection/price"] == [
        "Price and value"
    ]


def test_a_price_that_comes_up_in_lost_deals_has_a_worse_win_rate(client: TestClient) -> None:
    outcome = client.get("/v1/themes").json()["items"][0]["outcome"]
    assert outcome["difference"] < 0
    assert outcome["difference_low"] <= outcome["difference"] < outcome["difference_high"] < 0


def test_too_few_conversations_are_not_enough_data(client: TestClient) -> None:
    wish = {"since": "2026-11-16"}
    answer = client.get("/v1/themes", params=wish).json()
    assert answer["enough_data"] is False
    assert not any(item["enough_data"] for item in answer["items"])


def test_a_segment_of_nobody_has_no_themes(client: TestClient) -> None:
    answer = client.get("/v1/themes?segment=industry:Mining").json()
    assert (answer["n_conversations"], answer["items"]) == (0, [])


def test_pages_put_together_are_the_whole_list(client: TestClient) -> None:
    whole = [item["id"] for item in client.get("/v1/themes").json()["items"]]
    first = client.get("/v1/themes?limit=1").json()
    second = client.get("/v1/themes", params={"limit": 1, "cursor": first["next_cursor"]}).json()
    assert [item["id"] for item in first["items"] + second["items"]] == whole
    assert second["next_cursor"] is None


@pytest.mark.parametrize("cursor", ["nonsense", "W10", "eyJhIjogMX0", "é", ""])
def test_a_cursor_that_is_none_is_refused(client: TestClient, cursor: str) -> None:
    answer = client.get("/v1/themes", params={"cursor": cursor})
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith("cursor:")


def test_a_cursor_of_another_question_is_refused(client: TestClient) -> None:
    cursor = client.get("/v1/themes?limit=1").json()["next_cursor"]
    wish = {"limit": 1, "cursor": cursor, "sort": "lift"}
    assert client.get("/v1/themes", params=wish).status_code == 400


@pytest.mark.parametrize(
    "wish",
    [
        "segment=Healthcare",
        "segment=:x",
        "segment=industry:",
        "since=2026-11-02&until=2026-11-01",
    ],
)
def test_a_wish_that_makes_no_sense_is_refused(client: TestClient, wish: str) -> None:
    answer = client.get(f"/v1/themes?{wish}")
    assert answer.status_code == 400
    assert answer.json()["status"] == 400


@pytest.mark.parametrize("wish", ["limit=0", "limit=201", "kind=mood", "sort=size", "since=today"])
def test_a_parameter_out_of_its_range_is_refused(client: TestClient, wish: str) -> None:
    answer = client.get(f"/v1/themes?{wish}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["place"].startswith("query.")


def test_quotes_are_left_out_for_a_token_without_the_evidence_scope(
    remote: TestClient, bearer: Header
) -> None:
    answer = remote.get("/v1/themes", headers=bearer("insights:read")).json()
    assert [item["quotes"] for item in answer["items"]] == [[], []]
    both = bearer("insights:read", "evidence:read")
    assert remote.get("/v1/themes", headers=both).json()["items"][0]["quotes"]


def test_a_theme_tells_its_wordings(client: TestClient) -> None:
    answer = client.get("/v1/themes/thm_price").json()
    assert answer["n_variants"] == 2
    assert sum(variant["n_mentions"] for variant in answer["variants"]) == 8
    assert all(
        1 <= variant["n_conversations"] <= variant["n_mentions"] for variant in answer["variants"]
    )
    here = client.get("/v1/themes/thm_price?segment=industry:Nowhere").json()
    assert (here["n_variants"], here["variants"]) == (0, [])


def test_wordings_are_left_out_for_a_token_without_the_evidence_scope(
    remote: TestClient, bearer: Header
) -> None:
    answer = remote.get("/v1/themes/thm_price", headers=bearer("insights:read")).json()
    assert answer["n_variants"] == 2
    assert answer["variants"] == []


def test_themes_of_other_types_that_say_the_same_are_named_but_not_the_hidden(
    client: TestClient, api_settings: Settings
) -> None:
    url = api_settings.snapshot_url
    file = Path(url) / open_current(url).id / "themes.parquet"
    rows = pq.read_table(file).to_pylist()
    for row in rows:
        if row["id"] == "thm_price":
            row["related"] = ["thm_security", "thm_gossip", "thm_discount"]
    pq.write_table(pa.Table.from_pylist(rows, schema=pq.read_schema(file)), file)
    label = "where patient records are kept"
    assert client.get("/v1/themes/thm_price").json()["related"] == [
        {"id": "thm_security", "label": label, "type": "security"}
    ]


@pytest.fixture
def related(client: TestClient, api_settings: Settings, make_family: Callable[..., None]) -> None:
    """Price, security and the hidden gossip are one family."""
    ids = ("thm_price", "thm_security", "thm_gossip")
    make_family(Path(api_settings.snapshot_url), *ids)


@pytest.mark.usefixtures("related")
def test_related_themes_are_counted_as_one_with_figures_of_their_union(client: TestClient) -> None:
    wish = {"segment": "industry:Healthcare"}
    alone = client.get("/v1/themes", params=wish).json()["items"]
    answer = client.get("/v1/themes", params=wish | {"by": "family"}).json()
    [together] = answer["items"]
    assert answer["by"] == "family"
    assert (together["id"], together["type"]) == ("thm_price", "price")
    assert [(m["id"], m["label"], m["type"]) for m in together["members"]] == [
        ("thm_security", "where patient records are kept", "security"),
        ("thm_price", "too expensive for a small team", "price"),
    ]
    n = together["n_conversations"]
    counts = [member["n_conversations"] for member in together["members"]]
    assert counts == sorted((theme["n_conversations"] for theme in alone), reverse=True)
    assert counts == [6, 4]
    assert n == 8  # two conversations have both
    assert together["share"] == n / 12
    interval = wilson_interval(n, 12)
    assert (together["share_low"], together["share_high"]) == (interval.low, interval.high)
    assert together["lift"] == pytest.approx(lift_of(n, 12, 4, 12))
    assert together["q_value"] == pytest.approx(lift_p_value(n, 12, 4, 12))
    assert sum(together["weekly"]) == n
    assert {quote["type"] for quote in together["quotes"]} == {"price", "security"}


@pytest.mark.usefixtures("related")
def test_themes_are_shown_apart_unless_asked_for_as_one(client: TestClient) -> None:
    items = client.get("/v1/themes").json()["items"]
    assert [item["id"] for item in items] == ["thm_price", "thm_security"]
    assert [item["members"] for item in items] == [[], []]


def test_a_theme_without_relatives_is_a_family_of_its_own(client: TestClient) -> None:
    apart, alone = (client.get(f"/v1/themes?by={by}").json()["items"] for by in ("theme", "family"))
    assert [item | {"members": []} for item in alone] == apart
    assert [[member["id"] for member in item["members"]] for item in alone] == [
        ["thm_price"],
        ["thm_security"],
    ]


@pytest.mark.usefixtures("related")
def test_a_theme_that_a_person_hides_leaves_its_family_at_once(
    client: TestClient, company: Store
) -> None:
    before = client.get("/v1/themes?by=family")
    with company.begin() as conn:
        conn.execute(update(themes).where(themes.c.id == "thm_price").values(status="hidden"))
    answer = client.get("/v1/themes?by=family", headers={"If-None-Match": before.headers["etag"]})
    [left] = answer.json()["items"]
    assert (left["id"], left["label"]) == ("thm_security", "where patient records are kept")
    assert left["n_conversations"] == 6
    assert {quote["type"] for quote in left["quotes"]} == {"security"}


@pytest.mark.usefixtures("related")
def test_quotes_of_a_family_need_the_evidence_scope(remote: TestClient, bearer: Header) -> None:
    answer = remote.get("/v1/themes?by=family", headers=bearer("insights:read")).json()
    assert [item["quotes"] for item in answer["items"]] == [[]]


def test_a_group_that_there_is_none_of_is_refused(client: TestClient) -> None:
    answer = client.get("/v1/themes?by=tribe")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["place"] == "query.by"


def test_a_theme_tells_its_history(client: TestClient) -> None:
    answer = client.get("/v1/themes/thm_price").json()
    assert answer["theme"]["n_conversations"] == 8
    assert answer["merged_from"] == ["thm_discount"]
    assert [entry["event"] for entry in answer["lineage"]] == ["born", "merged"]


def test_the_id_of_a_merged_theme_leads_to_where_it_went(client: TestClient) -> None:
    assert client.get("/v1/themes/thm_discount").json()["theme"]["id"] == "thm_price"


def test_a_theme_that_nobody_in_the_segment_has_counts_zero(client: TestClient) -> None:
    answer = client.get("/v1/themes/thm_security?segment=industry:Retail").json()
    assert answer["theme"]["n_conversations"] == 0
    assert answer["theme"]["share"] == 0
    assert answer["theme"]["lift"] < 1


def test_the_list_and_the_single_theme_give_the_same_figures(client: TestClient) -> None:
    wish = {"segment": "industry:Healthcare"}
    listed = client.get("/v1/themes", params=wish).json()["items"]
    for theme in listed:
        alone = client.get(f"/v1/themes/{theme['id']}", params=wish).json()
        assert alone["theme"] == theme


def test_an_unknown_theme_is_not_found(client: TestClient) -> None:
    assert client.get("/v1/themes/thm_none").status_code == 404
    assert client.get("/v1/themes/thm_none/evidence").status_code == 404


def test_evidence_is_paged_without_gap_or_repetition(client: TestClient) -> None:
    whole = client.get("/v1/themes/thm_price/evidence").json()["items"]
    found, cursor = [], None
    for _ in range(10):
        wish = {"limit": 3, **({"cursor": cursor} if cursor else {})}
        page = client.get("/v1/themes/thm_price/evidence", params=wish).json()
        found += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert found == whole
    assert len({quote["mention_id"] for quote in whole}) == 8


def test_evidence_needs_its_scope(remote: TestClient, bearer: Header) -> None:
    url = "/v1/themes/thm_price/evidence"
    assert remote.get(url, headers=bearer("insights:read")).status_code == 403
    assert remote.get(url, headers=bearer("evidence:read")).status_code == 200


def test_a_name_that_a_person_gave_is_shown_at_once(client: TestClient, company: Store) -> None:
    before = client.get("/v1/themes")
    with company.begin() as conn:
        conn.execute(
            update(themes)
            .where(themes.c.id == "thm_price")
            .values(label="the price", is_pinned=True)
        )
    after = client.get("/v1/themes", headers={"If-None-Match": before.headers["etag"]})
    assert after.status_code == 200
    assert after.json()["items"][0]["label"] == "the price"


def test_a_name_that_the_models_gave_waits_for_the_next_night(
    client: TestClient, company: Store
) -> None:
    with company.begin() as conn:
        conn.execute(update(themes).where(themes.c.id == "thm_price").values(label="half a night"))
    label = client.get("/v1/themes").json()["items"][0]["label"]
    assert label == "too expensive for a small team"


def test_a_theme_that_a_person_hid_is_left_out_but_can_be_looked_up(
    client: TestClient, company: Store
) -> None:
    with company.begin() as conn:
        conn.execute(update(themes).where(themes.c.id == "thm_price").values(status="hidden"))
    assert [item["id"] for item in client.get("/v1/themes").json()["items"]] == ["thm_security"]
    assert client.get("/v1/themes/thm_price").json()["status"] == "hidden"


def test_a_merge_is_counted_at_once(client: TestClient, company: Store) -> None:
    assert client.get("/v1/themes").json()["items"][0]["n_conversations"] == 8
    with company.begin() as conn:
        merged = update(themes).where(themes.c.id == "thm_security")
        conn.execute(merged.values(status="merged", merged_into="thm_price"))
    items = client.get("/v1/themes").json()["items"]
    assert [item["id"] for item in items] == ["thm_price"]
    assert items[0]["n_conversations"] > 8


@pytest.mark.parametrize("url", ["/v1/themes", "/v1/themes/thm_price", "/v1/segments"])
def test_an_answer_that_the_caller_has_is_not_given_again(client: TestClient, url: str) -> None:
    first = client.get(url)
    assert first.headers["cache-control"] == "private, no-cache"
    again = client.get(url, headers={"If-None-Match": f'"other", {first.headers["etag"]}'})
    assert again.status_code == 304
    assert again.content == b""
    assert again.headers["etag"] == first.headers["etag"]
