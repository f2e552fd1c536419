from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from core.store import Store
from core.store.conversations import ConversationRecord, save_conversation
from core.store.mentions import replace_mentions
from core.store.publication import (
    read_published_conversations,
    read_published_mentions,
    read_published_themes,
)
from core.vocabulary import Mention, Role, RoleSpan, Turn

LATER = datetime(2027, 1, 1, tzinfo=UTC)


def test_conversations_come_with_what_their_account_and_deal_say(company: Store) -> None:
    with company.read() as conn:
        rows = list(read_published_conversations(conn, before=LATER))
    assert len(rows) == 24
    assert {row["industry"] for row in rows} == {"Healthcare", "Retail"}
    assert {row["outcome"] for row in rows} == {"won", "lost"}


def test_what_is_screened_out_is_not_published(
    store: Store,
    make_record: Callable[..., ConversationRecord],
    make_mention: Callable[..., Mention],
) -> None:
    record = make_record(screening="voicemail")
    with store.begin() as conn:
        save_conversation(conn, record)
        replace_mentions(conn, record.id, [make_mention()])
        assert list(read_published_conversations(conn, before=LATER)) == []
        assert list(read_published_mentions(conn, before=LATER)) == []


def test_the_role_of_a_mention_in_an_undiarised_turn_is_that_of_its_span(
    store: Store,
    make_record: Callable[..., ConversationRecord],
    make_mention: Callable[..., Mention],
) -> None:
    spans = (RoleSpan(0, 6, Role.REP), RoleSpan(6, 15, Role.CUSTOMER))
    record = make_record(turns=[Turn("", "Price? Too dear.", Role.UNKNOWN, spans=spans)])
    with store.begin() as conn:
        save_conversation(conn, record)
        replace_mentions(conn, record.id, [make_mention("Too dear", start=7, end=15)])
        [row] = read_published_mentions(conn, before=LATER)
    assert row["role"] == "customer"


def test_themes_are_published_whatever_their_status(company: Store) -> None:
    with company.read() as conn:
        found = {row["id"]: row["status"] for row in read_published_themes(conn)}
    assert found["thm_gossip"] == "hidden"
    assert found["thm_discount"] == "merged"


def test_what_began_after_the_night_is_left_out(company: Store) -> None:
    with company.read() as conn:
        early = list(read_published_conversations(conn, before=datetime(2026, 11, 1, tzinfo=UTC)))
        everything = list(read_published_conversations(conn, before=LATER))
    assert 0 < len(early) < len(everything)
