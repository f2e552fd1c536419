"""Erasure: everything that was said in conversations with one person goes, and stays away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, String, cast, delete, func, insert, or_, select

from core.errors import NotFound
from core.store.conversations import delete_conversation
from core.store.themes import raise_version
from core.tables import contacts, conversations, erasures, mentions


@dataclass(frozen=True, slots=True)
class Erasure:
    """The receipt of an erasure: what went, when, and who asked for it; `number` grows with each.

    `subject` is the keyed hash that stands for the person; of what was said nothing is kept.
    """

    number: int
    subject: str
    conversation_ids: Sequence[str]
    n_mentions: int
    n_contacts: int
    by: str
    erased_at: datetime


def erase_subject(conn: Connection, subject: str, *, by: str, now: datetime) -> Erasure:
    """Removes a person, by the keyed hash that stands for them, with every conversation that they
    took part in. Themes forget what was said on the next night.

    To ask again when nothing has come since changes nothing, and gives the same receipt.

    Raises:
        NotFound: nothing is stored of such a person, nor ever was erased.
    """
    raise_version(conn)  # a night at work must not count what goes
    ids = _list_conversations(conn, subject)
    n_mentions = 0
    for key in ids:
        counted = select(func.count()).where(mentions.c.conversation_id == key)
        n_mentions += conn.execute(counted).scalar_one()
        delete_conversation(conn, key)
    n_contacts = conn.execute(delete(contacts).where(contacts.c.id == subject)).rowcount
    if ids or n_contacts:
        counts = {"n_mentions": n_mentions, "n_contacts": n_contacts}
        row = {"subject": subject, "conversation_ids": ids, "by": by, "erased_at": now, **counts}
        conn.execute(insert(erasures).values(**row))
    receipt = find_last_erasure(conn, subject)
    if receipt is None:
        raise NotFound(f"nothing is known of a subject {subject!r}")
    return receipt


def find_last_erasure(conn: Connection, subject: str | None = None) -> Erasure | None:
    """The last erasure there was, of this subject if one is named."""
    query = select(erasures).order_by(erasures.c.number.desc()).limit(1)
    if subject is not None:
        query = query.where(erasures.c.subject == subject)
    row = conn.execute(query).one_or_none()
    return None if row is None else Erasure(**row._mapping)


def list_erased_conversations(conn: Connection) -> set[str]:
    """Ids of all conversations that were erased: whatever still has them must not show them."""
    found = conn.execute(select(erasures.c.conversation_ids)).scalars()
    return {key for ids in found for key in ids}


def list_erased_subjects(conn: Connection) -> set[str]:
    """The people who were erased."""
    return set(conn.execute(select(erasures.c.subject)).scalars())


def _list_conversations(conn: Connection, subject: str) -> list[str]:
    """Ids of the conversations that a person took part in."""
    listed = cast(conversations.c.contact_ids, String)
    took_part = listed.contains(f'"{subject}"', autoescape=True)
    found = select(conversations.c.id).where(or_(took_part, conversations.c.rep_id == subject))
    return list(conn.execute(found.order_by(conversations.c.id)).scalars())
