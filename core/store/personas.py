"""Personas with their versions, and the messages that marketing makes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, insert, select, update

from core.errors import NotFound
from core.store.database import upsert
from core.tables import messages, persona_versions, personas
from core.vocabulary import Message, PersonaDefinition

Fields = Mapping[str, Sequence[str]]
FILE = "file"  # who made a version that was read from a file


@dataclass(frozen=True, slots=True)
class Persona:
    """A persona as it stands. `fields`: field -> values."""

    slug: str
    name: str
    owner: str | None
    titles: Sequence[str]
    industries: Sequence[str]
    version: int
    fields: Fields
    file_hash: str | None


@dataclass(frozen=True, slots=True)
class PersonaVersion:
    """One state of a persona, with who made it and why."""

    slug: str
    version: int
    fields: Fields
    by: str
    reason: str
    suggestion_id: str | None
    created_at: datetime


def save_definition(
    conn: Connection, definition: PersonaDefinition, *, file_hash: str, now: datetime
) -> bool:
    """Stores a persona read from a file; true if it is new or the file changed since last read.

    A changed file makes a new version: what changed in the file since it was last read is changed
    in the persona, so that what people accepted in between stays.
    """
    known = find_persona(conn, definition.slug)
    if known is not None and known.file_hash == file_hash:
        return False
    version = 1 if known is None else known.version + 1
    row = {
        "slug": definition.slug,
        "name": definition.name,
        "owner": definition.owner,
        "titles": list(definition.titles),
        "industries": list(definition.industries),
        "version": version,
        "file_hash": file_hash,
    }
    upsert(conn, personas, [row])
    fields: Fields = definition.fields
    if known is not None:
        fields = _merge(known.fields, _last_file_fields(conn, definition.slug), definition.fields)
    _insert_version(
        conn,
        slug=definition.slug,
        version=version,
        fields=_as_lists(fields),
        file_fields=_as_lists(definition.fields),
        by=FILE,
        reason="read",
        created_at=now,
    )
    return True


def lock_persona(conn: Connection, slug: str) -> None:
    """Makes others who would change the persona wait until this transaction ends."""
    conn.execute(select(personas.c.slug).where(personas.c.slug == slug).with_for_update())


def add_version(
    conn: Connection,
    persona: Persona,
    *,
    fields: Fields,
    by: str,
    reason: str,
    suggestion_id: str | None,
    now: datetime,
) -> int:
    """Makes the next version of a persona; returns its number."""
    version = persona.version + 1
    _insert_version(
        conn,
        slug=persona.slug,
        version=version,
        fields=_as_lists(fields),
        by=by,
        reason=reason,
        suggestion_id=suggestion_id,
        created_at=now,
    )
    conn.execute(update(personas).where(personas.c.slug == persona.slug).values(version=version))
    return version


def list_personas(conn: Connection) -> list[Persona]:
    """All personas, by slug."""
    return [Persona(**row._mapping) for row in conn.execute(_current().order_by(personas.c.slug))]


def find_persona(conn: Connection, slug: str) -> Persona | None:
    """The persona of this slug, if there is one."""
    row = conn.execute(_current().where(personas.c.slug == slug)).one_or_none()
    return None if row is None else Persona(**row._mapping)


def read_persona(conn: Connection, slug: str) -> Persona:
    """The persona of this slug.

    Raises:
        NotFound: there is none.
    """
    persona = find_persona(conn, slug)
    if persona is None:
        raise NotFound(f"no persona {slug!r}")
    return persona


def list_versions(conn: Connection, slug: str) -> list[PersonaVersion]:
    """Every version of a persona, the latest first."""
    query = (
        select(*(c for c in persona_versions.c if c.name != "file_fields"))
        .where(persona_versions.c.slug == slug)
        .order_by(persona_versions.c.version.desc())
    )
    return [PersonaVersion(**row._mapping) for row in conn.execute(query)]


def save_messages(conn: Connection, found: Iterable[Message]) -> None:
    """Inserts or updates messages."""
    upsert(
        conn,
        messages,
        [
            {
                "slug": message.slug,
                "text": message.text,
                "channel": message.channel,
                "stage": message.stage,
                "personas": list(message.personas),
                "answers": list(message.answers),
            }
            for message in found
        ],
    )


def list_messages(conn: Connection) -> list[Message]:
    """All messages, by slug."""
    rows = conn.execute(select(messages).order_by(messages.c.slug))
    return [
        Message(
            slug=row.slug,
            text=row.text,
            channel=row.channel,
            stage=row.stage,
            personas=tuple(row.personas),
            answers=tuple(row.answers),
        )
        for row in rows
    ]


def _insert_version(conn: Connection, **row: Any) -> None:
    conn.execute(insert(persona_versions).values(**row))


def _as_lists(fields: Fields) -> dict[str, list[str]]:
    return {name: list(values) for name, values in fields.items()}


def _last_file_fields(conn: Connection, slug: str) -> Fields:
    """The fields as the file gave them when it was last read."""
    query = (
        select(persona_versions.c.file_fields)
        .where(persona_versions.c.slug == slug, persona_versions.c.by == FILE)
        .order_by(persona_versions.c.version.desc())
        .limit(1)
    )
    return conn.execute(query).scalar_one_or_none() or {}


def _merge(current: Fields, before: Fields, after: Fields) -> dict[str, list[str]]:
    """`current` with what changed from `before` to `after`."""
    merged = {}
    for name in dict.fromkeys((*current, *after)):
        was, is_now = set(before.get(name, ())), list(after.get(name, ()))
        kept = [v for v in current.get(name, ()) if v in is_now or v not in was]
        merged[name] = [*kept, *(v for v in is_now if v not in was and v not in kept)]
    return merged


def _current() -> Select[Any]:
    return select(personas, persona_versions.c.fields).join(
        persona_versions,
        (persona_versions.c.slug == personas.c.slug)
        & (persona_versions.c.version == personas.c.version),
    )
