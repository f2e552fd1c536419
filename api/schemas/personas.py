"""Personas, their versions and the changes suggested to them, on the wire."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from api.schemas.base import Schema
from core.vocabulary import SuggestionStatus

Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]


class Persona(Schema):
    """A persona as it stands. `fields`: field -> values."""

    slug: str
    name: str
    owner: str | None
    titles: Sequence[str]
    industries: Sequence[str]
    version: int
    fields: Mapping[str, Sequence[str]]
    n_pending: int = Field(description="Suggestions that wait for a decision.")


class PersonaList(Schema):
    """All personas."""

    items: Sequence[Persona]


class PersonaVersion(Schema):
    """One state of a persona, with who made it and why."""

    version: int
    fields: Mapping[str, Sequence[str]]
    by: str
    reason: str
    suggestion_id: str | None
    created_at: datetime


class PersonaVersionList(Schema):
    """Every version of a persona, the latest first."""

    slug: str
    items: Sequence[PersonaVersion]


class Evidence(Schema):
    """One quote behind a suggestion, with its place."""

    mention_id: str
    conversation_id: str
    turn: int
    start: int
    end: int
    quote: str
    value: str | None
    confidence: float
    started_at: datetime | None


class EvidenceList(Schema):
    """The quotes behind a suggestion, the surest first."""

    suggestion: str
    items: Sequence[Evidence]
    next_cursor: str | None


class Suggestion(Schema):
    """A proposed change to one field of one persona."""

    id: str
    persona: str
    field: str
    operation: str
    value: str
    replaces: str | None
    status: SuggestionStatus
    n_conversations: int
    n_accounts: int
    n_persona: int = Field(description="Conversations of the persona in all.")
    first_night: date
    last_night: date
    decided_by: str | None
    decided_at: datetime | None
    reason: str | None
    quotes: Sequence[Evidence] = Field(description="Up to 3; empty without evidence:read.")


class SuggestionList(Schema):
    """Suggested changes, those with most support first."""

    items: Sequence[Suggestion]


class Acceptance(Schema):
    """Why a suggestion is accepted, if there is more to say than what it proposes."""

    reason: Reason | None = None


class Rejection(Schema):
    """Why a suggestion is turned down; it is kept with the decision."""

    reason: Reason


class Decision(Schema):
    """A suggestion as decided, and the version that its persona is at now."""

    suggestion: Suggestion
    persona_version: int
