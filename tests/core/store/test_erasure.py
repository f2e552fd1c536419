from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from core.errors import NotFound
from core.store import Store
from core.store.conversations import ConversationRecord, save_conversation
from core.store.crm import save_crm, subject_id
from core.store.erasure import (
    erase_subject,
    find_last_erasure,
    list_erased_conversations,
    list_erased_subjects,
)
from core.store.mentions import replace_mentions
from core.tables import contacts, conversations, erasures, mentions, turns
from core.vocabulary import Contact, CrmTables, Mention

ANA, BEN = "ctc_00000000000000000001", "ctc_00000000000000000002"
NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


@pytest.fixture
def calls(
    store: Store,
    make_record: Callable[..., ConversationRecord],
    make_mention: Callable[..., Mention],
) -> list[str]:
    """Ids of four calls: one with Ana, one with Ben and Ana, one with Ben, one that Ana made."""
    records = [
        make_record(f"call-{number}", contact_ids=people, rep_id=ANA if number == 3 else None)
        for number, people in enumerate(([ANA], [BEN, ANA], [BEN], []))
    ]
    with store.begin() as conn:
        for id_ in (ANA, BEN):
            conn.execute(contacts.insert().values(id=id_, source="crm", attributes={}))
        for record in records:
            save_conversation(conn, record)
            replace_mentions(conn, record.id, [make_mention(f"Too dear, {record.external_id}.")])
    return [record.id for record in records]


def test_a_person_goes_with_all_that_they_took_part_in(store: Store, calls: list[str]) -> None:
    with store.begin() as conn:
        receipt = erase_subject(conn, ANA, by="Robin", now=NOW)
        left = conn.execute(select(conversations.c.id)).scalars().all()
        assert left == [calls[2]]
        assert conn.execute(select(mentions.c.quote)).scalars().all() == ["Too dear, call-2."]
        assert len(conn.execute(select(turns)).all()) == 1
        assert conn.execute(select(contacts.c.id)).scalars().all() == [BEN]
    assert list(receipt.conversation_ids) == sorted([calls[0], calls[1], calls[3]])
    assert (receipt.n_mentions, receipt.n_contacts) == (3, 1)
    assert (receipt.subject, receipt.by, receipt.erased_at) == (ANA, "Robin", NOW)


@pytest.mark.usefixtures("calls")
def test_to_ask_again_changes_nothing_and_gives_the_same_receipt(store: Store) -> None:
    with store.begin() as conn:
        first = erase_subject(conn, ANA, by="Robin", now=NOW)
    with store.begin() as conn:
        assert erase_subject(conn, ANA, by="Kim", now=NOW + timedelta(days=1)) == first
        assert find_last_erasure(conn) == first
        other = erase_subject(conn, BEN, by="Kim", now=NOW)
        assert (find_last_erasure(conn), find_last_erasure(conn, ANA)) == (other, first)
        assert other.number > first.number
        assert list_erased_subjects(conn) == {ANA, BEN}
        both = {*first.conversation_ids, *other.conversation_ids}
        assert list_erased_conversations(conn) == both


@pytest.mark.usefixtures("calls")
@pytest.mark.parametrize("subject", ["ctc_%", "ctc_0000000000000000000", "%", ""])
def test_only_the_whole_key_names_a_person(store: Store, subject: str) -> None:
    with store.begin() as conn:
        with pytest.raises(NotFound, match="nothing is known"):
            erase_subject(conn, subject, by="Robin", now=NOW)
        assert len(conn.execute(select(conversations.c.id)).all()) == 4
        assert conn.execute(select(erasures)).all() == []


@pytest.mark.usefixtures("calls")
def test_a_receipt_keeps_nothing_that_was_said(store: Store) -> None:
    with store.begin() as conn:
        erase_subject(conn, ANA, by="Robin", now=NOW)
        row = str(conn.execute(select(erasures)).one())
    assert "dear" not in row
    assert "call-" not in row


def test_who_was_erased_does_not_come_back_with_the_crm(store: Store) -> None:
    ada, ben = (
        Contact(key, name, f"{key}@willow.example")
        for key, name in (("ada", "Ada"), ("ben", "Ben"))
    )
    crm = CrmTables(contacts=(ada, ben))
    with store.begin() as conn:
        save_crm(conn, source="crm", crm=crm, key=b"k")
        erase_subject(conn, subject_id(b"k", "crm", "ada@willow.example"), by="Robin", now=NOW)
        save_crm(conn, source="crm", crm=crm, key=b"k")
        left = conn.execute(select(contacts.c.id)).scalars().all()
    assert left == [subject_id(b"k", "crm", "ben@willow.example")]
