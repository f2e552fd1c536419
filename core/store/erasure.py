"""Erasure: everything that was said in conversations with one person goes."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, String, cast, delete, func, or_, select

from core.store.conversations import delete_conversation
from core.store.themes import raise_version
from core.tables import contacts, conversations, mentions


@dataclass(frozen=True, slots=True)
class Erased:
    """How much went."""

    n_conversations: int
    n_mentions: int
    n_contacts: int


def erase_subject(conn: Connection, subject: str) -> Erased:
    """Removes a person, by the keyed hash that stands for them, with every conversation that they
    took part in. Themes forget what was said on the next night."""
    raise_version(conn)  # a night at work must not count what goes
    listed = cast(conversations.c.contact_ids, String)
    took_part = listed.contains(f'"{subject}"', autoescape=True)
    found = select(conversations.c.id).where(or_(took_part, conversations.c.rep_id == subject))
    ids = list(conn.execute(found.order_by(conversations.c.id)).scalars())
    n_mentions = 0
    for key in ids:
        counted = select(func.count()).where(mentions.c.conversation_id == key)
        n_mentions += conn.execute(counted).scalar_one()
        delete_conversation(conn, key)
    gone = conn.execute(delete(contacts).where(contacts.c.id == subject))
    return Erased(len(ids), n_mentions, gone.rowcount)
