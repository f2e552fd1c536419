from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from core.errors import NotFound
from core.store import Store
from core.store.themes import (
    add_lineage,
    hold_version,
    list_splits,
    next_position,
    raise_version,
    read_decisions,
    read_entries,
    read_labels_in_sight,
    read_lineage,
    read_theme,
    read_themes,
    read_version,
    rewrite_details,
    save_decided,
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


def test_what_people_decide_is_written_and_numbers_are_left_alone(
    store: Store, make_theme: Make
) -> None:
    with store.begin() as conn:
        save_themes(conn, [make_theme(weight=7)])
        save_decided(conn, [make_theme(weight=1, label="dear", status="hidden", is_pinned=True)])
        row = read_theme(conn, "thm_price")
    assert (row.weight, row.label, row.status, row.is_pinned) == (7, "dear", "hidden", True)


def test_the_version_tells_how_often_people_changed_themes(store: Store) -> None:
    with store.begin() as conn:
        assert (read_version(conn), hold_version(conn)) == (0, 0)
        raise_version(conn)
        raise_version(conn)
        assert hold_version(conn) == read_version(conn) == 2


def test_a_name_that_was_given_back_is_a_decision_too(company: Store) -> None:
    """The published night may still show the name that a person took back."""
    with company.begin() as conn:
        [first, _] = read_lineage(conn, "thm_price")
        entry = {name: getattr(first, name) for name in type(first).__slots__}
        add_lineage(conn, [{**entry, "id": "lin_x", "event": "renamed", "by": "ana"}])
        assert read_decisions(conn).labels == {"thm_price": "too expensive for a small team"}


def test_splits_are_told_with_their_parts(company: Store) -> None:
    with company.begin() as conn:
        [first, _] = read_lineage(conn, "thm_price")
        entry = {name: getattr(first, name) for name in type(first).__slots__}
        split = {"event": "split", "details": {"into": "thm_part"}}
        add_lineage(conn, [{**entry, "id": "lin_x", **split}])
        assert list_splits(conn) == [("thm_price", "thm_part")]
        assert next_position(conn, first.night) == first.position + 1
        assert {row.id for row in read_entries(conn, ["thm_price"])} == {"lin_0", "lin_1", "lin_x"}
        rewrite_details(conn, {"lin_x": {"into": ""}})
        assert list_splits(conn) == [("thm_price", "")]


def test_a_merged_theme_goes_by_the_label_of_its_heir_and_a_hidden_one_by_none(
    company: Store,
) -> None:
    with company.read() as conn:
        labels = read_labels_in_sight(conn)
    assert labels["thm_discount"] == labels["thm_price"] == "too expensive for a small team"
    assert "thm_gossip" not in labels
