from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from core.store import Store
from core.store.conversations import ConversationRecord, save_conversation
from core.store.mentions import list_removed, list_waiting, replace_mentions
from core.tables import mentions, themes
from core.vocabulary import Mention

Record = Callable[..., ConversationRecord]
Made = Callable[..., Mention]


def test_mentions_take_the_place_of_those_before(
    store: Store, make_record: Record, make_mention: Made
) -> None:
    record = make_record()
    with store.begin() as conn:
        save_conversation(conn, record)
        replace_mentions(conn, record.id, [make_mention("One."), make_mention("Two.", turn=1)])
        assert replace_mentions(conn, record.id, [make_mention("Three.")]) == 1
        assert conn.execute(select(mentions.c.quote)).scalars().all() == ["Three."]


def test_a_mention_found_twice_is_stored_once(
    store: Store, make_record: Record, make_mention: Made
) -> None:
    record = make_record()
    with store.begin() as conn:
        save_conversation(conn, record)
        assert replace_mentions(conn, record.id, [make_mention(), make_mention()]) == 1


def test_a_mention_found_again_keeps_its_id(
    store: Store, make_record: Record, make_mention: Made
) -> None:
    record, ids = make_record(), []
    with store.begin() as conn:
        save_conversation(conn, record)
        for _ in range(2):
            replace_mentions(conn, record.id, [make_mention()])
            ids.append(conn.execute(select(mentions.c.id)).scalar_one())
    assert ids[0] == ids[1]


def test_a_mention_found_again_keeps_its_theme_and_the_statement_it_was_grouped_by(
    store: Store,
    make_record: Record,
    make_mention: Made,
    make_theme: Callable[..., dict[str, Any]],
) -> None:
    """Another model is surer of it and cuts it down otherwise; the one beside it goes."""
    record = make_record()
    with store.begin() as conn:
        save_conversation(conn, record)
        replace_mentions(conn, record.id, [make_mention("One."), make_mention("Two.", turn=1)])
        conn.execute(insert(themes).values(**make_theme()))
        conn.execute(update(mentions).values(theme_id="thm_price"))
        again = make_mention("One.", statement="one", confidence=0.99)
        replace_mentions(conn, record.id, [again, make_mention("Three.", turn=2)])
        rows = conn.execute(select(mentions).order_by(mentions.c.turn)).all()
        removed = list_removed(conn)
    assert [(row.quote, row.theme_id) for row in rows] == [("One.", "thm_price"), ("Three.", None)]
    assert (rows[0].statement, rows[0].confidence) == ("One.", 0.99)
    assert [(row.theme_id, row.text) for row in removed] == [("thm_price", "Two.")]


def test_a_mention_of_no_conversation_is_refused(store: Store, make_mention: Made) -> None:
    with pytest.raises(IntegrityError), store.begin() as conn:
        replace_mentions(conn, "con_none", [make_mention()])


def test_a_mention_of_no_theme_is_refused(
    store: Store, make_record: Record, make_mention: Made
) -> None:
    record = make_record()
    with store.begin() as conn:
        save_conversation(conn, record)
        replace_mentions(conn, record.id, [make_mention()])
    with pytest.raises(IntegrityError), store.begin() as conn:
        conn.execute(update(mentions).values(theme_id="thm_none"))


def test_a_mention_waits_until_a_theme_holds_it(
    store: Store,
    make_record: Record,
    make_mention: Made,
    make_theme: Callable[..., dict[str, Any]],
) -> None:
    record = make_record()
    with store.begin() as conn:
        save_conversation(conn, record)
        replace_mentions(conn, record.id, [make_mention("One."), make_mention("Two.", turn=1)])
        conn.execute(insert(themes).values(**make_theme()))
        conn.execute(
            update(mentions).where(mentions.c.quote == "One.").values(theme_id="thm_price")
        )
        assert [waiting.text for waiting in list_waiting(conn)] == ["Two."]
