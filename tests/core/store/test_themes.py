from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from core.errors import NotFound
from core.store import Store
from core.store.themes import (
    add_lineage,
    read_decisions,
    read_lineage,
    read_theme,
    read_themes,
    save_themes,
)

Make = Callable[..., dict[str, Any]]


def _chain(make: Make, *links: tuple[str, str | None]) -> list[dict[str, Any]]:
    return [make("thm_price", id=key, merged_into=into) for key, into in links]


def test_themes_come_back_by_id_and_may_change(store: Store, make_theme: Make) -> None:
    with store.begin() as conn:
        save_themes(conn, [make_theme("thm_security"), make_theme("thm_price")])
        save_themes(conn, [make_theme("thm_price", label="dear")])
        assert [row.id for row in read_themes(conn)] == ["thm_price", "thm_security"]
        assert read_theme(conn, "thm_price").label == "dear"
        with pytest.raises(NotFound):
            read_theme(conn, "thm_none")


def test_only_what_people_named_or_hid_is_a_decision(store: Store, make_theme: Make) -> None:
    rows = [make_theme(), make_theme("thm_gossip"), make_theme("thm_paper", is_pinned=True)]
    with store.begin() as conn:
        save_themes(conn, rows)
        decisions = read_decisions(conn)
    assert decisions.labels == {"thm_paper": "hours lost copying paper forms"}
    assert decisions.hidden == {"thm_gossip"}
    assert decisions.merged == {}


def test_merges_are_followed_to_their_end(store: Store, make_theme: Make) -> None:
    with store.begin() as conn:
        save_themes(conn, _chain(make_theme, ("a", "b"), ("b", "c"), ("c", None), ("d", None)))
        assert read_decisions(conn).merged == {"a": "c", "b": "c"}


def test_a_chain_of_merges_that_bites_its_tail_ends(store: Store, make_theme: Make) -> None:
    with store.begin() as conn:
        save_themes(conn, _chain(make_theme, ("a", "b"), ("b", "a")))
        assert read_decisions(conn).merged.keys() == {"a", "b"}


def test_lineage_is_told_the_oldest_first(company: Store) -> None:
    with company.read() as conn:
        assert [row.event for row in read_lineage(conn, "thm_price")] == ["born", "merged"]
        assert read_lineage(conn, "thm_none") == []


def test_lineage_that_is_there_stays_as_it_is(company: Store) -> None:
    with company.begin() as conn:
        [first, _] = read_lineage(conn, "thm_price")
        again = {name: getattr(first, name) for name in type(first).__slots__}
        add_lineage(conn, [{**again, "reason": "history rewritten"}])
        assert read_lineage(conn, "thm_price")[0].reason == first.reason
