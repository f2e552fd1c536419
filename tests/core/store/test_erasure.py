from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select

from core.store import Store
from core.store.conversations import ConversationRecord, save_conversation
from core.store.erasure import Erased, erase_subject
from core.store.mentions import replace_mentions
from core.tables import contacts, conversations, mentions, turns
from core.vocabulary import Mention

ANA, BEN = "ctc_00000000000000000001", "ctc_00000000000000000002"


def test_a_person_goes_with_all_that_they_took_part_in(
    store: Store,
    make_record: Callable[..., ConversationRecord],
    make_mention: Callable[..., Mention],
) -> None:
    with_whom = ([ANA], [BEN, ANA], [BEN], [])
    with store.begin() as conn:
        for id_ in (ANA, BEN):
            conn.execute(contacts.insert().values(id=id_, source="crm", attributes={}))
        for number, people in enumerate(with_whom):
            rep = ANA if number == 3 else None
            record = make_record(f"call-{number}", contact_ids=people, rep_id=rep)
            save_conversation(conn, record)
            replace_mentions(conn, record.id, [make_mention(f"Too dear {number}.")])
        assert erase_subject(conn, "ctc_%") == Erased(0, 0, 0)
        assert erase_subject(conn, ANA) == Erased(3, 3, 1)
        left = conn.execute(select(conversations.c.external_id)).scalars().all()
        assert left == ["call-2"]
        assert conn.execute(select(mentions.c.quote)).scalars().all() == ["Too dear 2."]
        assert len(conn.execute(select(turns)).all()) == 1
        assert conn.execute(select(contacts.c.id)).scalars().all() == [BEN]
        assert erase_subject(conn, ANA) == Erased(0, 0, 0)
