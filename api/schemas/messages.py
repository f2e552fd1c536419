"""Messages and what they leave unanswered, on the wire."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from pydantic import Field

from api.schemas.base import Schema
from core.vocabulary import MentionKind


class Message(Schema):
    """A claim that marketing makes. `answers`: types such as `objection/security`, or themes."""

    slug: str
    text: str
    channel: str | None
    stage: str | None
    personas: Sequence[str]
    answers: Sequence[str]


class MessageList(Schema):
    """All messages."""

    items: Sequence[Message]


class Covered(Schema):
    """A theme or type that customers raise, with the messages that answer it."""

    id: str
    label: str
    kind: MentionKind
    n_conversations: int
    of_conversations: int
    n_accounts: int
    share: float
    is_answered: bool
    messages: Mapping[str, Sequence[str]] = Field(description="Funnel stage -> message slugs.")
    missing_stages: Sequence[str] = Field(description="Stages with messages, but none for this.")


class Coverage(Schema):
    """What customers raise and how far messages answer it; the unanswered and frequent first."""

    snapshot: str
    as_of: date
    by: str
    stages: Sequence[str]
    unanswered: Mapping[str, Sequence[str]] = Field(
        description="Funnel stage -> ids that no message of that stage answers."
    )
    items: Sequence[Covered]
