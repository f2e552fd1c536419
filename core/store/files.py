"""Which input files were read, and what of them could not be used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select

from core.errors import InputError
from core.store.database import upsert
from core.tables import files, quarantine
from core.vocabulary import make_id

DETAILS = "details"  # begins the format of files that complete calls of other files


@dataclass(frozen=True, slots=True)
class QuarantineEntry:
    """Input that could not be used, with its reason and place."""

    id: str
    source: str
    path: str
    line: int | None
    reason: str
    kind: str
    run_id: str
    created_at: datetime


def read_fingerprints(conn: Connection, source: str) -> dict[str, str]:
    """Path -> fingerprint of every file that needs no reading while its fingerprint stays."""
    query = select(files.c.path, files.c.fingerprint).where(
        files.c.source == source, files.c.fingerprint.is_not(None)
    )
    return {row.path: row.fingerprint for row in conn.execute(query)}


def read_content_hash(conn: Connection, *, source: str, path: str) -> str | None:
    """Hash of the content that was last read from this path."""
    query = select(files.c.content_hash).where(files.c.source == source, files.c.path == path)
    return conn.execute(query).scalar_one_or_none()


def list_paths(conn: Connection, *, source: str, format_prefix: str) -> frozenset[str]:
    """Paths of the files whose format begins so."""
    query = select(files.c.path).where(
        files.c.source == source, files.c.format.startswith(format_prefix, autoescape=True)
    )
    return frozenset(conn.execute(query).scalars())


def save_file(conn: Connection, **row: Any) -> None:
    """Notes that a file was read (columns of `core.tables.files`)."""
    upsert(conn, files, [row])


def save_quarantine(
    conn: Connection,
    *,
    source: str,
    path: str,
    problems: Iterable[InputError],
    run_id: str,
    now: datetime,
    content_hash: str | None = None,
) -> int:
    """Replaces what is in quarantine from one file, or one part of the night named by `path`.

    Returns how many entries are new.
    """
    here = (quarantine.c.source == source) & (quarantine.c.scope == path)
    known = {row.id: row for row in conn.execute(select(quarantine).where(here))}
    wanted = _identify(source, path, problems)
    conn.execute(delete(quarantine).where(here, quarantine.c.id.not_in(list(wanted))))
    rows = [
        {
            "id": key,
            "source": source,
            "scope": path,
            "path": problem.path or path,
            "line": problem.line,
            "reason": problem.reason,
            "kind": type(problem).__name__,
            "content_hash": content_hash,
            "run_id": run_id,
            "created_at": now,
        }
        for key, problem in wanted.items()
        if key not in known
    ]
    if rows:
        conn.execute(insert(quarantine), rows)
    return len(rows)


def list_quarantine(
    conn: Connection, *, limit: int, offset: int = 0, run_id: str | None = None
) -> list[QuarantineEntry]:
    """What is in quarantine, the latest first."""
    hidden = {"content_hash", "scope"}
    query = select(*(c for c in quarantine.c if c.name not in hidden))
    if run_id is not None:
        query = query.where(quarantine.c.run_id == run_id)
    order = (
        quarantine.c.created_at.desc(),
        quarantine.c.source,
        quarantine.c.path,
        quarantine.c.id,
    )
    rows = conn.execute(query.order_by(*order).limit(limit).offset(offset))
    return [QuarantineEntry(**row._mapping) for row in rows]


def count_quarantine(conn: Connection) -> int:
    """How many entries are in quarantine."""
    return int(conn.execute(select(func.count()).select_from(quarantine)).scalar_one())


def _identify(source: str, path: str, problems: Iterable[InputError]) -> dict[str, InputError]:
    """Id -> problem; equal problems of one place are numbered."""
    found: dict[str, InputError] = {}
    seen: Counter[tuple[int | None, str]] = Counter()
    for problem in problems:
        place = (problem.line, problem.reason)
        found[make_id("qtn", source, path, *place, seen[place])] = problem
        seen[place] += 1
    return found
