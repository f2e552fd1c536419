"""What a newer extractor finds in conversations of the history, until it is put in force."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Select, delete, func, insert, select

from core.store.mentions import mention_of
from core.tables import conversations, relabelled_conversations, relabelled_mentions
from core.vocabulary import Mention


@dataclass(frozen=True, slots=True)
class Relabelled:
    """What an extractor found in one conversation, which has `n_sentences` in all."""

    conversation_id: str
    n_sentences: int
    mentions: Sequence[Mention]


@dataclass(frozen=True, slots=True)
class Standing:
    """How far re-labelling by `version` has come.

    `versions`: version -> conversations that it labelled. `n_outdated` of them are of other
    versions, and of these `n_done` are re-labelled.
    """

    version: str
    versions: Mapping[str, int]
    n_done: int

    @property
    def n_outdated(self) -> int:
        """How many conversations another version labelled."""
        return sum(n for version, n in self.versions.items() if version != self.version)


def read_standing(conn: Connection, version: str) -> Standing:
    """How far re-labelling by this version has come."""
    return Standing(version, _count_versions(conn), len(list_relabelled(conn, version)))


def list_staged_versions(conn: Connection) -> list[str]:
    """The versions that have re-labelled something which is not in force."""
    query = select(relabelled_conversations.c.version).distinct()
    return sorted(conn.execute(query).scalars())


def list_remaining(conn: Connection, version: str) -> list[str]:
    """Ids of the conversations of other versions that this one has yet to re-label."""
    staged = relabelled_conversations.c.version
    query = _outdated(version).where(staged.is_distinct_from(version))
    return list(conn.execute(query).scalars())


def list_relabelled(conn: Connection, version: str) -> list[str]:
    """Ids of the conversations of other versions that this one has re-labelled."""
    return list(conn.execute(_relabelled(version)).scalars())


def hold_relabelled(conn: Connection, version: str) -> list[str]:
    """Those of `list_relabelled`, which stay as they are until this transaction ends."""
    query = _relabelled(version).with_for_update(of=conversations)
    return list(conn.execute(query).scalars())


def read_hashes(conn: Connection, ids: Sequence[str]) -> dict[str, str]:
    """Conversation id -> hash of its content."""
    return {row.id: row.content_hash for row in conn.execute(_select_hashes(ids))}


def save_relabelled(
    conn: Connection, version: str, found: Sequence[Relabelled], *, hashes: Mapping[str, str]
) -> int:
    """Keeps what a version found in place of what was kept of these conversations.

    `hashes` are those of what it read: a conversation that was replaced or erased since is left
    out. Returns how many are kept.
    """
    ids = [one.conversation_id for one in found]
    locked = conn.execute(_select_hashes(ids).with_for_update(read=True))
    unchanged = {row.id for row in locked if row.content_hash == hashes[row.id]}
    kept = [one for one in found if one.conversation_id in unchanged]
    for one in kept:
        _keep(conn, version, one)
    return len(kept)


def read_relabelled(conn: Connection, ids: Sequence[str]) -> list[Relabelled]:
    """What is kept of these conversations, by id."""
    query = (
        select(relabelled_mentions)
        .where(relabelled_mentions.c.conversation_id.in_(ids))
        .order_by(relabelled_mentions.c.conversation_id, relabelled_mentions.c.position)
    )
    found: dict[str, list[Mention]] = {}
    for row in conn.execute(query):
        found.setdefault(row.conversation_id, []).append(mention_of(row))
    kept = (
        select(relabelled_conversations)
        .where(relabelled_conversations.c.conversation_id.in_(ids))
        .order_by(relabelled_conversations.c.conversation_id)
    )
    return [
        Relabelled(row.conversation_id, row.n_sentences, found.get(row.conversation_id, ()))
        for row in conn.execute(kept)
    ]


def discard_relabelled(conn: Connection, *, keep: str | None = None) -> int:
    """Removes what is kept of all versions but `keep`; returns of how many conversations."""
    version = relabelled_conversations.c.version
    return conn.execute(
        delete(relabelled_conversations).where(version.is_distinct_from(keep))
    ).rowcount


def _count_versions(conn: Connection) -> dict[str, int]:
    """Version of the extractor -> how many of the conversations that count it labelled."""
    query = (
        select(conversations.c.extractor, func.count())
        .where(conversations.c.screening.is_(None), conversations.c.extractor.is_not(None))
        .group_by(conversations.c.extractor)
        .order_by(conversations.c.extractor)
    )
    return {row[0]: row[1] for row in conn.execute(query)}


def _outdated(version: str) -> Select[tuple[str]]:
    """Ids of the conversations that count and that another version labelled, by id."""
    return (
        select(conversations.c.id)
        .outerjoin(relabelled_conversations)
        .where(
            conversations.c.screening.is_(None),
            conversations.c.extractor.is_not(None),
            conversations.c.extractor != version,
        )
        .order_by(conversations.c.id)
    )


def _relabelled(version: str) -> Select[tuple[str]]:
    return _outdated(version).where(relabelled_conversations.c.version == version)


def _select_hashes(ids: Sequence[str]) -> Select[tuple[str, str]]:
    columns = (conversations.c.id, conversations.c.content_hash)
    return select(*columns).where(conversations.c.id.in_(ids)).order_by(conversations.c.id)


def _keep(conn: Connection, version: str, one: Relabelled) -> None:
    key = one.conversation_id
    here = relabelled_conversations.c.conversation_id == key
    conn.execute(delete(relabelled_conversations).where(here))
    row = {"conversation_id": key, "version": version, "n_sentences": one.n_sentences}
    conn.execute(insert(relabelled_conversations), [row])
    rows = [
        {"conversation_id": key, "position": position, **mention.as_row()}
        for position, mention in enumerate(one.mentions)
    ]
    if rows:
        conn.execute(insert(relabelled_mentions), rows)
