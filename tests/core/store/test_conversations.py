from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from itertools import permutations
from typing import Any

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError, StatementError

from core.store import Store
from core.store.conversations import (
    ConversationRecord,
    Saved,
    count_conversations,
    delete_conversation,
    list_unread,
    mark_extracted,
    read_conversations,
    save_conversation,
)
from core.store.mentions import replace_mentions
from core.tables import conversations, mentions, removed_mentions, themes, turns
from core.vocabulary import Mention, Role, RoleSpan, Turn

Make = Callable[..., ConversationRecord]


def test_a_conversation_comes_back_as_it_was_stored(store: Store, make_record: Make) -> None:
    spoken = [
        Turn("[PERSON]", "Hello.", Role.REP, 0, 900),
        Turn("", "Hi. Too dear.", Role.UNKNOWN, spans=(RoleSpan(0, 3, Role.REP),)),
    ]
    record = make_record(turns=spoken, attributes={"Team": "North"}, account_ref="A1")
    with store.begin() as conn:
        assert save_conversation(conn, record) is Saved.NEW
    with store.read() as conn:
        [found] = read_conversations(conn, [record.id, "con_none"])
    assert list(found.turns) == spoken
    assert found.attributes == {"Team": "North"}
    assert found.account == "A1"


@pytest.mark.parametrize("hours", [0, 2, -7])
def test_a_time_survives_in_utc_whatever_its_zone(
    store: Store, make_record: Make, hours: int
) -> None:
    moment = datetime(2026, 11, 2, 23, 30, tzinfo=timezone(timedelta(hours=hours)))
    with store.begin() as conn:
        save_conversation(conn, make_record(started_at=moment))
    with store.read() as conn:
        found = conn.execute(select(conversations.c.started_at)).scalar_one()
    assert found == moment
    assert found.tzinfo is UTC


def test_a_time_without_a_zone_is_refused(store: Store, make_record: Make) -> None:
    record = make_record(started_at=datetime(2026, 11, 2))
    with pytest.raises(StatementError, match="naive time"), store.begin() as conn:
        save_conversation(conn, record)


def test_the_same_content_again_changes_nothing(
    store: Store, make_record: Make, make_mention: Callable[..., Mention]
) -> None:
    record = make_record()
    with store.begin() as conn:
        save_conversation(conn, record)
        replace_mentions(conn, record.id, [make_mention()])
        assert save_conversation(conn, record) is Saved.UNCHANGED
        assert conn.execute(select(func.count()).select_from(mentions)).scalar_one() == 1


def test_changed_content_takes_the_place_of_the_old_with_its_mentions(
    store: Store, make_record: Make, make_mention: Callable[..., Mention]
) -> None:
    record = make_record()
    with store.begin() as conn:
        save_conversation(conn, record)
        replace_mentions(conn, record.id, [make_mention()])
        mark_extracted(conn, [record.id], version="1")
        changed = make_record(content_hash="1" * 64, turns=[Turn("", "Bye.", Role.CUSTOMER)])
        assert save_conversation(conn, changed) is Saved.CHANGED
        assert list_unread(conn) == [record.id]
        assert conn.execute(select(func.count()).select_from(mentions)).scalar_one() == 0
        assert conn.execute(select(turns.c.text)).scalars().all() == ["Bye."]


FILES = [("a.json", "1"), ("b.json", "1"), ("aa.json", "2"), ("c.json", "3")]


@pytest.mark.parametrize("order", list(permutations(FILES)))
def test_of_files_with_the_same_id_the_same_one_wins_in_any_order(
    store: Store, make_record: Make, order: list[tuple[str, str]]
) -> None:
    with store.begin() as conn:
        for path, digit in order:
            save_conversation(conn, make_record(path=path, content_hash=digit * 64))
        row = conn.execute(select(conversations.c.path, conversations.c.content_hash)).one()
    assert tuple(row) == ("a.json", "1" * 64)


def test_a_turn_without_its_conversation_is_refused(store: Store) -> None:
    orphan: dict[str, Any] = {
        "conversation_id": "con_none",
        "position": 0,
        "speaker": "",
        "role": "rep",
        "text": "",
        "spans": [],
    }
    with pytest.raises(IntegrityError), store.begin() as conn:
        conn.execute(insert(turns).values(**orphan))


def test_what_is_removed_leaves_word_for_its_themes(
    store: Store,
    make_record: Make,
    make_mention: Callable[..., Mention],
    make_theme: Callable[..., dict[str, Any]],
) -> None:
    record = make_record()
    with store.begin() as conn:
        conn.execute(insert(themes).values(**make_theme()))
        save_conversation(conn, record)
        replace_mentions(conn, record.id, [make_mention()])
        conn.execute(mentions.update().values(theme_id="thm_price"))
        delete_conversation(conn, record.id)
        left = conn.execute(select(removed_mentions.c.theme_id)).scalars().all()
        assert left == ["thm_price"]
        assert count_conversations(conn) == {}


def test_an_error_within_a_transaction_undoes_all_of_it(store: Store, make_record: Make) -> None:
    def fail() -> None:
        with store.begin() as conn:
            save_conversation(conn, make_record())
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with store.read() as conn:
        assert count_conversations(conn) == {}


def test_conversations_are_counted_by_why_they_are_left_out(
    store: Store, make_record: Make
) -> None:
    with store.begin() as conn:
        for key, screening in (("a", None), ("b", None), ("c", "voicemail")):
            save_conversation(conn, make_record(key, screening=screening))
        assert count_conversations(conn) == {"counted": 2, "voicemail": 1}
        assert len(list_unread(conn)) == 2
