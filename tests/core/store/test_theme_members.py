from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import Connection, select

from core.store import Store
from core.store.mentions import forget_mentions, list_removed
from core.store.theme_members import (
    count_members,
    list_members,
    list_moved,
    move_members,
    read_members,
    read_quotes,
    settle_moved,
)
from core.store.themes import read_decisions, save_themes
from core.tables import mentions, moved_mentions

PART = "thm_part"


@pytest.fixture
def ids(company: Store, make_theme: Callable[..., dict[str, object]]) -> list[str]:
    """Ids of the mentions of the price theme; a part of it is there, still empty."""
    with company.begin() as conn:
        save_themes(conn, [make_theme(id=PART)])
        query = select(mentions.c.id).where(mentions.c.theme_id == "thm_price")
        return sorted(conn.execute(query).scalars())


def move(conn: Connection, ids: list[str], theme: str = PART) -> None:
    move_members(conn, read_members(conn, ids), theme)


def test_members_are_listed_by_id(company: Store, ids: list[str]) -> None:
    with company.read() as conn:
        assert [m.id for m in list_members(conn, "thm_price", limit=3)] == ids[:3]
        assert count_members(conn, ["thm_price", PART]) == len(ids)
        [first] = read_members(conn, [ids[0], "mtn_none"])
    assert (first.theme_id, first.counted_in, first.kind) == (
        "thm_price",
        "thm_price",
        "objection",
    )
    assert first.text.startswith("We are a small team")


def test_a_moved_mention_is_in_its_new_theme_and_counted_in_the_old(
    company: Store, ids: list[str]
) -> None:
    with company.begin() as conn:
        move(conn, ids[:2])
        assert count_members(conn, [PART]) == 2
        assert [(m.theme_id, m.counted_in) for m in list_moved(conn)] == [(PART, "thm_price")] * 2
        assert read_decisions(conn).moved == dict.fromkeys(ids[:2], PART)
        settle_moved(conn, ids[:2])
        assert list_moved(conn) == []
        assert read_decisions(conn).moved.keys() == set(ids[:2])


def test_a_mention_moved_twice_is_counted_where_it_was_at_first(
    company: Store, ids: list[str]
) -> None:
    with company.begin() as conn:
        move(conn, ids[:1])
        move(conn, ids[:1], "thm_security")
        [moved] = list_moved(conn)
    assert (moved.theme_id, moved.counted_in) == ("thm_security", "thm_price")


def test_a_moved_mention_that_goes_tells_both_themes(company: Store, ids: list[str]) -> None:
    with company.begin() as conn:
        move(conn, ids[:1])
        where = mentions.c.id == ids[0]
        conversation = conn.execute(select(mentions.c.conversation_id).where(where)).scalar_one()
        forget_mentions(conn, conversation)
        gone = {row.id: row for row in list_removed(conn)}[ids[0]]
        assert (gone.theme_id, gone.counted_in) == (PART, "thm_price")
        assert conn.execute(select(moved_mentions)).all() == []


def test_quotes_come_in_the_order_asked_for(company: Store, ids: list[str]) -> None:
    wanted = [ids[2], "mtn_none", ids[0]]
    with company.read() as conn:
        quotes = read_quotes(conn, wanted)
    assert [quote.mention_id for quote in quotes] == [ids[2], ids[0]]
    assert quotes[0].quote.startswith("We are a small team")
