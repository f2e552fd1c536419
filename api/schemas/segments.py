"""Segments on the wire: what there is, and what differs between two."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pydantic import Field

from api.schemas.base import Schema, Segment
from core.vocabulary import MentionKind


class SegmentValue(Schema):
    """One value of a dimension."""

    value: str
    n_conversations: int


class Dimension(Schema):
    """A dimension with its values, the most frequent first."""

    dimension: str
    n_values: int
    values: Sequence[SegmentValue]


class SegmentList(Schema):
    """Every dimension that conversations can be told apart by."""

    snapshot: str
    as_of: date
    n_conversations: int
    items: Sequence[Dimension]


class Side(Schema):
    """How often a theme occurs in one of two segments."""

    n_conversations: int
    of_conversations: int
    n_accounts: int
    share: float
    share_low: float
    share_high: float


class Contrast(Schema):
    """One theme in both segments."""

    id: str
    label: str
    type: str
    a: Side
    b: Side
    ratio: float | None = Field(description="Share in a over share in b.")
    q_value: float | None = Field(description="None where conversations belong to both segments.")


class Comparison(Schema):
    """What differs between two segments, the surest difference first."""

    snapshot: str
    as_of: date
    kind: MentionKind
    by: str
    a: Sequence[Segment]
    b: Sequence[Segment]
    n_a: int
    n_b: int
    n_both: int
    enough_data: bool
    items: Sequence[Contrast]
    next_cursor: str | None
