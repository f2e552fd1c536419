"""Mentions that wait for a verdict, and verdicts, on the wire."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Self

from pydantic import ConfigDict, Field, model_validator

from api.schemas.base import Schema
from core.vocabulary import MentionKind, Role, VerdictKind


class Before(Schema):
    """A sentence that was said before."""

    role: Role
    text: str


class ReviewItem(Schema):
    """A mention on which nobody has said anything, with the sentences before it."""

    id: str
    conversation_id: str
    started_at: datetime | None
    turn: int
    start: int
    end: int
    before: Sequence[Before]
    quote: str
    kind: MentionKind
    type: str
    value: str | None
    statement: str
    confidence: float
    is_counted: bool = Field(description="False: the extractor is too unsure of it to count it.")


class ReviewQueue(Schema):
    """What to judge next, most informative first."""

    items: Sequence[ReviewItem]
    next_cursor: str | None


class VerdictBody(Schema):
    """What a person says of a mention; `type` goes with `other_type`, and only with it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    verdict: VerdictKind
    type: str | None = Field(None, description="What it really is, a type of the taxonomy.")
    kind: MentionKind | None = Field(
        None, description="That type's kind; the mention's by default."
    )

    @model_validator(mode="after")
    def _check_type(self) -> Self:
        is_other = self.verdict is VerdictKind.OTHER_TYPE
        if is_other != (self.type is not None) or (self.kind is not None and not is_other):
            raise ValueError("give a type with the verdict other_type, and only with it")
        return self


class Verdict(Schema):
    """One verdict on a mention."""

    mention_id: str
    conversation_id: str
    verdict: VerdictKind
    kind: MentionKind = Field(description="Of the mention that was judged.")
    type: str
    to_kind: MentionKind | None
    to_type: str | None
    by: str
    decided_at: datetime
    extractor: str | None = Field(description="Version of the extractor that found it.")


class Verdicts(Schema):
    """Every verdict on a mention, the last first: that one holds."""

    counts_as: str | None = Field(description="Id of the mention that counts by it, if one does.")
    items: Sequence[Verdict]
