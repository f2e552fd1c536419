"""The counts of a snapshot, against the same counts done by hand in Python."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import NotPublished
from core.snapshot import Scope, Snapshot, current_id, open_current
from pipeline.publish import SCHEMAS

AS_OF = date(2026, 11, 20)
ASK_DAYS = """
import sys
from core.snapshot import Scope, open_current
snapshot = open_current(sys.argv[1])
print(sorted(snapshot.daily_totals(Scope(since=snapshot.as_of)).items()))
print([sorted(group.daily.items()) for group in snapshot.groups("objection", Scope())])
for quote in snapshot.quotes("objection", Scope(), ["thm_price"])["thm_price"]:
    print(quote.started_at.isoformat())
"""
HEALTH = Scope((("industry", "Healthcare"),))


def test_nothing_published_is_said(tmp_path: Path) -> None:
    assert current_id(str(tmp_path)) is None
    with pytest.raises(NotPublished):
        open_current(str(tmp_path))


def test_totals_are_of_the_segment_and_of_the_rest(snapshot: Snapshot) -> None:
    assert snapshot.as_of == AS_OF
    everything = snapshot.totals(Scope())
    assert (everything.n_conversations, everything.n_accounts) == (24, 6)
    assert everything.rest_conversations == 0
    here = snapshot.totals(HEALTH)
    assert (here.n_conversations, here.n_accounts, here.rest_conversations) == (12, 3, 12)


def test_values_of_one_dimension_add_up_and_dimensions_must_all_hold(snapshot: Snapshot) -> None:
    both = Scope((("industry", "HEALTHCARE"), ("industry", "retail")))
    assert snapshot.totals(both).n_conversations == 24
    lost = Scope((("industry", "Healthcare"), ("outcome", "lost")))
    assert snapshot.totals(lost).n_conversations == 6


def test_the_case_of_a_dimension_does_not_count(snapshot: Snapshot) -> None:
    assert snapshot.totals(Scope((("Industry", "Healthcare"),))) == snapshot.totals(HEALTH)
    both = Scope((("INDUSTRY", "Healthcare"), ("industry", "Retail")))
    assert snapshot.totals(both).n_conversations == 24


def test_a_value_with_quotes_is_only_a_value(snapshot: Snapshot) -> None:
    odd = Scope((("industry'; DROP TABLE mentions; --", "x' OR '1'='1"),))
    assert snapshot.totals(odd).n_conversations == 0
    assert snapshot.totals(Scope()).n_conversations == 24


def test_both_days_of_a_scope_are_included_in_utc(snapshot: Snapshot) -> None:
    day = Scope(since=AS_OF, until=AS_OF)
    assert snapshot.totals(day).n_conversations == 1
    assert snapshot.totals(replace(day, until=AS_OF - timedelta(days=1))).n_conversations == 0


@pytest.mark.parametrize("zone", ["America/New_York", "Pacific/Auckland"])
def test_the_time_zone_of_the_machine_changes_no_day(published_folder: Path, zone: str) -> None:
    """In a process of its own: DuckDB reads the zone of the machine once."""
    assert _ask_days(published_folder, zone) == _ask_days(published_folder, "UTC")


def test_a_merged_theme_is_counted_where_it_went(
    snapshot: Snapshot, published_folder: Path
) -> None:
    merged = {group.id: group for group in snapshot.groups("objection", Scope())}
    plain = {
        group.id: group
        for group in open_current(str(published_folder)).groups("objection", Scope())
    }
    assert "thm_discount" not in merged
    together = plain["thm_price"].n_conversations + plain["thm_discount"].n_conversations
    assert merged["thm_price"].n_conversations == together == 8


def test_a_merge_into_a_theme_that_is_not_published_yet_waits(published_folder: Path) -> None:
    opened = open_current(str(published_folder), aliases={"thm_price": "thm_tomorrow"})
    assert "thm_price" in {group.id for group in opened.groups("objection", Scope())}


def test_daily_counts_add_up_to_the_conversations(snapshot: Snapshot) -> None:
    for group in snapshot.groups("objection", HEALTH):
        assert sum(group.daily.values()) == group.n_conversations
    assert sum(snapshot.daily_totals(HEALTH).values()) == 12
    assert snapshot.daily_totals(Scope(since=AS_OF)) == {0: 1}


def test_each_closed_deal_is_counted_once_with_or_without_the_theme(snapshot: Snapshot) -> None:
    for group in snapshot.groups("objection", Scope()):
        won, with_it, other_won, without = (
            sum(column) for column in zip(*group.deals, strict=True)
        )
        assert with_it + without == 12
        assert won + other_won == 6


def test_quotes_are_one_a_conversation_first_and_paged_without_gap(snapshot: Snapshot) -> None:
    whole = snapshot.quotes("objection", Scope(), ["thm_price"], limit=100)["thm_price"]
    parts = [
        snapshot.quotes("objection", Scope(), ["thm_price"], limit=3, offset=offset)
        for offset in range(0, 9, 3)
    ]
    assert [quote for part in parts for quote in part.get("thm_price", [])] == whole
    assert len({quote.conversation_id for quote in whole}) == len(whole) == 8


def test_quotes_come_from_the_scope_alone(snapshot: Snapshot) -> None:
    found = snapshot.quotes("objection", HEALTH, ["thm_price", "thm_security"])
    for quotes in found.values():
        assert {quote.segments["industry"] for quote in quotes} == {"Healthcare"}


def test_types_are_counted_with_mentions_that_no_theme_holds(snapshot: Snapshot) -> None:
    found = {g.id: g.n_conversations for g in snapshot.groups("persona_trait", Scope(), by="type")}
    assert found == {"persona_trait/decision_criterion": 8}
    assert snapshot.groups("persona_trait", Scope()) == []
    assert snapshot.coverage("persona_trait", Scope()) == (0, 8)


def test_dimensions_list_their_values_the_most_frequent_first(snapshot: Snapshot) -> None:
    found = snapshot.dimensions()
    assert found["outcome"] == [("lost", 12), ("won", 12)]
    assert found["persona"] == [("practice-manager", 12)]


conversation = st.fixed_dictionaries(
    {
        "industry": st.sampled_from([None, "Health", "Retail"]),
        "account_id": st.sampled_from([None, "a", "b", "c"]),
        "deal": st.sampled_from([None, ("d1", "won"), ("d2", "lost"), ("d3", "open")]),
        "age": st.one_of(st.none(), st.integers(0, 60)),
        "themes": st.lists(st.sampled_from(["t1", "t2", None]), max_size=3),
    }
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("snapshots")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(company=st.lists(conversation, min_size=1, max_size=12))
def test_counts_are_those_done_by_hand(folder: Path, company: list[dict[str, object]]) -> None:
    snapshot = _publish(folder, company)
    inside = [c for c in company if c["industry"] == "Health"]
    scope = Scope((("industry", "health"),))
    totals = snapshot.totals(scope)
    assert totals.n_conversations == len(inside)
    assert totals.rest_conversations == len(company) - len(inside)
    assert totals.n_accounts == len({c["account_id"] for c in inside} - {None})
    for group in snapshot.groups("objection", scope):
        having = [c for c in inside if group.id in c["themes"]]  # type: ignore[operator]
        dated = [c["age"] for c in having if c["age"] is not None]
        assert group.n_conversations == len(having)
        assert sorted(d for d, n in group.daily.items() for _ in range(n)) == sorted(dated)
        closed = {c["deal"] for c in having if c["deal"] and c["deal"][1] != "open"}  # type: ignore[index]
        assert sum(stratum[1] for stratum in group.deals) == len(closed)
        assert sum(stratum[0] for stratum in group.deals) == len(
            {deal for deal in closed if deal[1] == "won"}  # type: ignore[index]
        )


def _ask_days(folder: Path, zone: str) -> str:
    """Days and moments as a process in that time zone tells them."""
    return subprocess.run(
        [sys.executable, "-c", ASK_DAYS, str(folder)],
        env=os.environ | {"TZ": zone},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    ).stdout


def _publish(folder: Path, company: list[dict[str, object]]) -> Snapshot:
    """A snapshot of made-up conversations, without a store."""
    conversations, segments, mentions = [], [], []
    for number, made in enumerate(company):
        key, deal = f"c{number}", made["deal"] or (None, None)
        started = None if made["age"] is None else _moment(made["age"])  # type: ignore[arg-type]
        row = {"id": key, "started_at": started, "deal_id": deal[0], "outcome": deal[1]}  # type: ignore[index]
        conversations.append(row | {name: made[name] for name in ("account_id", "industry")})
        if made["industry"]:
            segments.append(
                {"conversation_id": key, "dimension": "industry", "value": made["industry"]}
            )
        for turn, theme in enumerate(made["themes"]):  # type: ignore[call-overload]
            mentions.append(
                {
                    "id": f"{key}-{turn}",
                    "conversation_id": key,
                    "kind": "objection",
                    "type": "price",
                    "theme_id": theme,
                    "confidence": 0.9,
                }
            )
    rows = {"conversations": conversations, "segments": segments, "mentions": mentions}
    (folder / "s").mkdir(exist_ok=True)
    for name, schema in SCHEMAS.items():
        table = pa.Table.from_pylist(rows.get(name, []), schema=schema)
        pq.write_table(table, folder / "s" / f"{name}.parquet")
    return Snapshot(str(folder), "s", AS_OF, {})


def _moment(age: int) -> datetime:
    return datetime(2026, 11, 20, 12, tzinfo=UTC) - timedelta(days=age)


def test_wordings_are_counted_once_with_their_mentions_and_conversations(
    snapshot: Snapshot,
) -> None:
    n_variants, variants = snapshot.variants("objection", Scope(), "thm_price")
    assert n_variants == 2
    assert [each.n_conversations for each in variants] == sorted(
        (each.n_conversations for each in variants), reverse=True
    )
    assert {each.wording for each in variants} == {
        "We are a small team and this costs more than we can carry.",
        "Could you take a fifth off for the first year?",
    }
    [group] = [g for g in snapshot.groups("objection", Scope()) if g.id == "thm_price"]
    assert sum(each.n_mentions for each in variants) == 8
    assert sum(each.n_conversations for each in variants) >= group.n_conversations
    assert snapshot.variants("objection", Scope(), "thm_price", limit=1) == (2, variants[:1])
    assert snapshot.variants("objection", Scope(), "thm_unknown") == (0, [])


def test_the_first_quotes_are_of_different_wordings(snapshot: Snapshot) -> None:
    quotes = snapshot.quotes("objection", Scope(), ["thm_price"], limit=2)["thm_price"]
    assert len({quote.quote for quote in quotes}) == 2


def test_a_snapshot_of_an_earlier_version_counts_every_mention_as_a_wording(
    published_folder: Path, tmp_path: Path
) -> None:
    shutil.copytree(published_folder, tmp_path / "old")
    snapshot = open_current(str(tmp_path / "old"))
    for table, column in (("mentions", "wording"), ("themes", "related"), ("themes", "family")):
        file = tmp_path / "old" / snapshot.id / f"{table}.parquet"
        pq.write_table(pq.read_table(file).drop_columns([column]), file)
    n_variants, _ = snapshot.variants("objection", Scope(), "thm_price")
    assert n_variants == len(
        snapshot.quotes("objection", Scope(), ["thm_price"], limit=99)["thm_price"]
    )
    assert {row["related"] for row in snapshot.themes().values()} == {None}
    assert all(len(members) == 1 for members in snapshot.families("objection", Scope()).values())


@pytest.fixture
def family(
    published_folder: Path, tmp_path: Path, make_family: Callable[..., None]
) -> Callable[..., Snapshot]:
    """Opens a snapshot in which price, security and gossip are one family."""
    shutil.copytree(published_folder, tmp_path / "related")
    make_family(tmp_path / "related", "thm_price", "thm_security", "thm_gossip")
    return partial(open_current, str(tmp_path / "related"), aliases={"thm_discount": "thm_price"})


def test_a_family_counts_a_conversation_once(family: Callable[..., Snapshot]) -> None:
    snapshot = family(hidden=frozenset({"thm_gossip"}))
    for scope in (Scope(), HEALTH):
        alone = {group.id: group for group in snapshot.groups("objection", scope)}
        quotes = snapshot.quotes("objection", scope, ["thm_price", "thm_security"], limit=99)
        said = {quote.conversation_id for found in quotes.values() for quote in found}
        [together] = snapshot.groups("objection", scope, by="family")
        assert (together.id, together.type) == ("thm_price", "price")
        n_alone = [alone[key].n_conversations for key in ("thm_price", "thm_security")]
        assert max(n_alone) < together.n_conversations == len(said) < sum(n_alone)
        assert sum(together.daily.values()) == len(said)


def test_a_family_lists_its_themes_with_their_own_counts(family: Callable[..., Snapshot]) -> None:
    snapshot = family(hidden=frozenset({"thm_gossip"}))
    retail = Scope((("industry", "Retail"),))
    [(key, members)] = snapshot.families("objection", retail).items()
    alone = {group.id: group.n_conversations for group in snapshot.groups("objection", retail)}
    assert key == "thm_price"
    assert [(member.id, member.type, member.n_conversations) for member in members] == [
        ("thm_price", "price", alone["thm_price"]),
        ("thm_security", "security", 0),
    ]


def test_what_people_hid_or_merged_is_in_no_family(family: Callable[..., Snapshot]) -> None:
    """Not in its counts, nor in its quotes; the family is called after the oldest that is left."""
    snapshot = family(hidden=frozenset({"thm_gossip", "thm_price"}))
    [left] = snapshot.groups("objection", Scope(), by="family")
    alone = {group.id: group.n_conversations for group in snapshot.groups("objection", Scope())}
    assert (left.id, left.n_conversations) == ("thm_security", alone["thm_security"])
    quotes = snapshot.quotes("objection", Scope(), ["thm_security"], by="family", limit=99)
    assert {quote.type for quote in quotes["thm_security"]} == {"security"}
    merged = family(aliases={"thm_security": "thm_price", "thm_discount": "thm_price"})
    [members] = merged.families("objection", Scope()).values()
    assert {member.id for member in members} == {"thm_price", "thm_gossip"}
