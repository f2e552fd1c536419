"""Proposed changes to personas, their evidence, and what people decided."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from core.errors import Conflict, NotFound
from core.store.database import chunked, upsert
from core.store.personas import add_version, lock_persona, read_persona
from core.tables import conversations, mentions, suggestion_evidence, suggestions
from core.vocabulary import SuggestionStatus

OPEN = (SuggestionStatus.PENDING, SuggestionStatus.EXPIRED)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A proposed change to one field of one persona.

    `n_conversations` of the persona's `n_persona` conversations, from `n_accounts` accounts,
    support it.
    """

    id: str
    persona: str
    field: str
    operation: str
    value: str
    replaces: str | None
    status: str
    n_conversations: int
    n_accounts: int
    n_persona: int
    first_night: date
    last_night: date
    decided_by: str | None
    decided_at: datetime | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """One quote with its place."""

    mention_id: str
    conversation_id: str
    turn: int
    start: int
    end: int
    quote: str
    value: str | None
    confidence: float
    started_at: datetime | None


def save_suggestions(
    conn: Connection,
    found: Iterable[Mapping[str, Any]],
    evidence: Mapping[str, Sequence[str]],
    *,
    night: date,
) -> tuple[int, int]:
    """Brings the open suggestions to those found tonight; returns how many are new and expired.

    What people decided stays decided. Pending ones that lost their ground expire; expired ones that
    found it again are pending again.
    """
    known = {row.id: row for row in conn.execute(select(suggestions))}
    rows = {row["id"]: row for row in found}
    new = [row for key, row in rows.items() if key not in known]
    open_again = [row for key, row in rows.items() if key in known and _is_open(known[key])]
    upsert(conn, suggestions, [_pending(row, night, night) for row in new])
    for row in open_again:
        conn.execute(
            update(suggestions)
            .where(suggestions.c.id == row["id"], suggestions.c.status.in_(OPEN))
            .values(**_pending(row, known[row["id"]].first_night, night))
        )
    lost = [key for key, row in known.items() if row.status == "pending" and key not in rows]
    for chunk in chunked(lost):
        conn.execute(
            update(suggestions)
            .where(suggestions.c.id.in_(chunk), suggestions.c.status == SuggestionStatus.PENDING)
            .values(status=SuggestionStatus.EXPIRED)
        )
    _replace_evidence(conn, evidence, [row["id"] for row in [*new, *open_again]])
    return len(new), len(lost)


def list_suggestions(
    conn: Connection, *, persona: str | None = None, status: str | None = None
) -> list[Suggestion]:
    """Suggestions, those with most support first."""
    query = select(suggestions)
    if persona is not None:
        query = query.where(suggestions.c.persona == persona)
    if status is not None:
        query = query.where(suggestions.c.status == status)
    order = (suggestions.c.n_conversations.desc(), suggestions.c.id)
    return [Suggestion(**row._mapping) for row in conn.execute(query.order_by(*order))]


def read_suggestion(conn: Connection, suggestion_id: str) -> Suggestion:
    """The suggestion of this id.

    Raises:
        NotFound: there is none.
    """
    query = select(suggestions).where(suggestions.c.id == suggestion_id)
    row = conn.execute(query).one_or_none()
    if row is None:
        raise NotFound(f"no suggestion {suggestion_id}")
    return Suggestion(**row._mapping)


def read_evidence(
    conn: Connection, suggestion_id: str, *, limit: int = 100, offset: int = 0
) -> list[Evidence]:
    """The quotes behind a suggestion, the surest first."""
    query = (
        select(
            mentions.c.id.label("mention_id"),
            mentions.c.conversation_id,
            mentions.c.turn,
            mentions.c.start,
            mentions.c.end,
            mentions.c.quote,
            mentions.c.value,
            mentions.c.confidence,
            conversations.c.started_at,
        )
        .join(suggestion_evidence, suggestion_evidence.c.mention_id == mentions.c.id)
        .join(conversations, conversations.c.id == mentions.c.conversation_id)
        .where(suggestion_evidence.c.suggestion_id == suggestion_id)
        .order_by(mentions.c.confidence.desc(), mentions.c.id)
        .limit(limit)
        .offset(offset)
    )
    return [Evidence(**row._mapping) for row in conn.execute(query)]


def accept_suggestion(
    conn: Connection, suggestion_id: str, *, by: str, reason: str | None, now: datetime
) -> int:
    """Puts a suggestion into its persona; returns the persona's new version.

    Raises:
        NotFound: there is no such suggestion.
        Conflict: it was decided already, or has expired.
    """
    suggestion = _open(conn, suggestion_id, now)
    lock_persona(conn, suggestion.persona)
    persona = read_persona(conn, suggestion.persona)
    fields = dict(persona.fields)
    fields[suggestion.field] = _apply(list(fields.get(suggestion.field, ())), suggestion)
    _decide(conn, suggestion_id, SuggestionStatus.ACCEPTED, by, reason, now)
    return add_version(
        conn,
        persona,
        fields=fields,
        by=by,
        reason=reason or f"{suggestion.field}: {suggestion.value}",
        suggestion_id=suggestion_id,
        now=now,
    )


def reject_suggestion(
    conn: Connection, suggestion_id: str, *, by: str, reason: str, now: datetime
) -> None:
    """Turns a suggestion down for good.

    Raises:
        NotFound: there is no such suggestion.
        Conflict: it was decided already, or has expired.
    """
    _open(conn, suggestion_id, now)
    _decide(conn, suggestion_id, SuggestionStatus.REJECTED, by, reason, now)


def count_suggestions(conn: Connection) -> dict[str, int]:
    """Status -> how many suggestions."""
    query = select(suggestions.c.status, func.count()).group_by(suggestions.c.status)
    return {row[0]: row[1] for row in conn.execute(query)}


def _apply(values: list[str], suggestion: Suggestion) -> list[str]:
    if suggestion.operation == "replace" and suggestion.replaces in values:
        values[values.index(suggestion.replaces)] = suggestion.value
        return values
    return [*values, suggestion.value]


def _open(conn: Connection, suggestion_id: str, now: datetime) -> Suggestion:
    # The update takes the row's lock, so that of two who decide at once one sees the other.
    conn.execute(
        update(suggestions)
        .where(suggestions.c.id == suggestion_id, suggestions.c.status == "pending")
        .values(decided_at=now)
    )
    suggestion = read_suggestion(conn, suggestion_id)
    if suggestion.status != SuggestionStatus.PENDING:
        raise Conflict(f"suggestion {suggestion_id} is {suggestion.status} already")
    return suggestion


def _decide(
    conn: Connection,
    suggestion_id: str,
    status: SuggestionStatus,
    by: str,
    reason: str | None,
    now: datetime,
) -> None:
    conn.execute(
        update(suggestions)
        .where(suggestions.c.id == suggestion_id)
        .values(status=status, decided_by=by, decided_at=now, reason=reason)
    )


def _is_open(row: Row[Any]) -> bool:
    return row.status in OPEN


def _pending(row: Mapping[str, Any], first: date, last: date) -> dict[str, Any]:
    return {**row, "status": SuggestionStatus.PENDING, "first_night": first, "last_night": last}


def _replace_evidence(
    conn: Connection, evidence: Mapping[str, Sequence[str]], ids: Sequence[str]
) -> None:
    for chunk in chunked(ids):
        conn.execute(
            delete(suggestion_evidence).where(suggestion_evidence.c.suggestion_id.in_(chunk))
        )
    rows = [
        {"suggestion_id": key, "mention_id": mention}
        for key in ids
        for mention in dict.fromkeys(evidence[key])
    ]
    for part in chunked(rows):
        conn.execute(insert(suggestion_evidence), part)
