"""Themes on the wire: figures, quotes, lineage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from pydantic import Field

from api.schemas.base import Schema, Segment
from core.vocabulary import LineageEvent, MentionKind, Role
from models.findings import Direction


class Quote(Schema):
    """The customer's own words, with their place: characters `start` to `end` of turn `turn`."""

    mention_id: str
    conversation_id: str
    turn: int
    start: int
    end: int
    quote: str
    type: str
    value: str | None
    confidence: float
    role: Role
    started_at: datetime | None
    segments: Mapping[str, str]


class Trend(Schema):
    """Share of the last `recent_days` against that of the `base_days` before."""

    direction: Direction
    recent_days: int
    base_days: int
    recent_share: float | None
    base_share: float | None
    p_value: float = Field(description="Two-sided.")
    rise_p_value: float = Field(description='Of "no more now than before".')


class Outcome(Schema):
    """Win rate of closed deals with and without the theme: an association, not a cause."""

    n_with: int
    n_without: int
    win_rate_with: float
    win_rate_without: float
    difference: float
    difference_low: float
    difference_high: float
    is_stratified: bool = Field(description="Compared within industries, then put together.")


class MemberTheme(Schema):
    """A theme of a family, with how many conversations of the scope have it."""

    id: str
    label: str
    type: str
    n_conversations: int


class Theme(Schema):
    """A theme (or a family of themes, or a type) in the scope asked for, with its figures."""

    id: str
    label: str
    kind: MentionKind
    type: str
    n_conversations: int
    of_conversations: int
    n_accounts: int
    of_accounts: int
    share: float = Field(description="n_conversations / of_conversations")
    share_low: float = Field(description="Lower end of the 95 % Wilson interval of the share.")
    share_high: float = Field(description="Upper end of the 95 % Wilson interval of the share.")
    lift: float | None = Field(description="Share here over share in the rest.")
    q_value: float | None = Field(description="Of the lift, adjusted for all themes shown.")
    weekly: Sequence[int] = Field(description="Conversations a week; see `weeks` of the answer.")
    trend: Trend
    outcome: Outcome | None
    enough_data: bool
    quotes: Sequence[Quote] = Field(description="Up to 3; empty without evidence:read.")
    members: Sequence[MemberTheme] = Field(
        default=(), description="With `by=family`: the themes that are counted as this one."
    )


class ScopedAnswer(Schema):
    """What an answer is drawn from."""

    snapshot: str
    as_of: date
    kind: MentionKind
    segments: Sequence[Segment]
    since: date | None
    until: date | None
    n_conversations: int = Field(description="Conversations in the segment.")
    n_accounts: int
    rest_conversations: int = Field(description="Conversations of the same days outside it.")
    enough_data: bool
    weeks: Sequence[date] = Field(description="First day of each week of `weekly`.")


class ThemeList(ScopedAnswer):
    """Themes in the order asked for."""

    by: str
    n_mentions: int = Field(description="Mentions of the kind in the segment.")
    n_in_themes: int = Field(description="How many of them are in a theme.")
    items: Sequence[Theme]
    next_cursor: str | None


class LineageEntry(Schema):
    """One thing that happened to a theme; its `id` is what an undo may name."""

    id: str
    event: LineageEvent
    night: date
    reason: str
    by: str
    details: Mapping[str, Any]


class Variant(Schema):
    """One way in which customers say it: near-duplicates of a wording count together."""

    wording: str = Field(description="The commonest of them, redacted.")
    n_mentions: int
    n_conversations: int


class RelatedTheme(Schema):
    """A theme of the same kind and another type that says much the same."""

    id: str
    label: str
    type: str


class ThemeAnswer(ScopedAnswer):
    """One theme with its history."""

    theme: Theme
    status: str
    keywords: Sequence[str]
    born: date
    last_seen: date
    n_variants: int = Field(description="Wordings in the scope, near-duplicates counted once.")
    variants: Sequence[Variant] = Field(
        description="The 10 commonest wordings; empty without evidence:read."
    )
    related: Sequence[RelatedTheme] = Field(
        description="Up to 5 themes of other types to be read together with this one."
    )
    merged_from: Sequence[str]
    lineage: Sequence[LineageEntry]


class QuoteList(Schema):
    """Quotes of a theme, one a conversation first, the surest first."""

    snapshot: str
    theme: str
    items: Sequence[Quote]
    next_cursor: str | None
