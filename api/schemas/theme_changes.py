"""What people change of themes and decide of proposals, on the wire."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Self

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from api.schemas.base import Schema
from api.schemas.personas import Evidence, Reason
from api.schemas.themes import LineageEntry
from core.vocabulary import ProposalAction, ProposalStatus

Label = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Part = Annotated[list[str], Field(min_length=1)]


class Wish(Schema):
    """Something that a person wants, and why."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: Reason | None = None


class ThemeChange(Wish):
    """One change of a theme: exactly one of the first four."""

    label: Label | None = Field(None, description="A name that nothing automatic changes again.")
    merge_into: str | None = Field(None, description="Id of a theme of the same kind and type.")
    split: Annotated[list[Part], Field(min_length=1)] | None = Field(
        None, description="Ids of mentions: each list becomes a theme of its own."
    )
    hidden: bool | None = Field(None, description="Out of every list, or in them again.")

    @model_validator(mode="after")
    def _check_one(self) -> Self:
        wishes = (self.label, self.merge_into, self.split, self.hidden)
        if sum(wish is not None for wish in wishes) != 1:
            raise ValueError("give exactly one of label, merge_into, split, hidden")
        return self


class ThemeUndo(Wish):
    """Which change to take back."""

    entry: str | None = Field(
        None, description="Id of a lineage entry; the last change that stands if left out."
    )


class ChangedTheme(Schema):
    """A theme as people's decisions leave it; its numbers follow with the next night."""

    id: str
    label: str
    status: str
    merged_into: str | None
    lineage: Sequence[LineageEntry]


class ThemesChanged(Schema):
    """The themes that a change touched: the one asked for first, new ones last."""

    items: Sequence[ChangedTheme]


class ProposalGroup(Schema):
    """A theme that would be merged, or a group that would be split off (the first stays)."""

    theme: str | None = Field(description="Its id, where it is a theme.")
    label: str | None
    n_mentions: int = Field(description="In the theme, or in the part of it that was looked at.")
    quotes: Sequence[Evidence] = Field(description="Up to 3; empty without evidence:read.")


class Proposal(Schema):
    """A merge or a split that may be right, with what speaks for it."""

    id: str
    action: ProposalAction
    theme: str
    into: str | None = Field(description="The theme that a merge goes into.")
    status: ProposalStatus
    likeness: float = Field(
        description="Of mentions across the groups, as a share of that within them: 1 is no "
        "difference. A merge has much of it, a split little."
    )
    n_mentions: int
    words: Sequence[str] = Field(description="Words that both themes of a merge use.")
    groups: Sequence[ProposalGroup]
    night: date
    decided_by: str | None
    decided_at: datetime | None
    reason: str | None


class ProposalList(Schema):
    """Proposals, those for the most mentions first."""

    items: Sequence[Proposal]
    next_cursor: str | None
