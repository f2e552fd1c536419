"""From findings to what goes over the wire: labels, quotes and what an answer is drawn from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from api.auth import Caller
from api.resources import Published, Resources
from api.schemas.base import Segment
from api.schemas.themes import MemberTheme, Outcome, Quote, RelatedTheme, Theme, Trend
from core.snapshot import WEEKS, FamilyMember, Scope, Totals
from core.snapshot import Quote as Found
from core.vocabulary import MentionKind
from models import findings
from models.findings import Finding


class By(StrEnum):
    """What mentions are counted by."""

    THEME = "theme"
    FAMILY = "family"
    TYPE = "type"


N_QUOTES = 3
N_VARIANTS = 10


def describe_scope(
    published: Published, kind: MentionKind, scope: Scope, totals: Totals, *, enough: int
) -> dict[str, Any]:
    """What an answer is drawn from (`ScopedAnswer`)."""
    return {
        "snapshot": published.snapshot.id,
        "as_of": published.snapshot.as_of,
        "kind": kind,
        "segments": describe_segments(scope),
        "since": scope.since,
        "until": scope.until,
        "n_conversations": totals.n_conversations,
        "n_accounts": totals.n_accounts,
        "rest_conversations": totals.rest_conversations,
        "enough_data": totals.n_conversations >= enough,
        "weeks": first_days(published.snapshot.as_of),
    }


def describe_segments(scope: Scope) -> list[Segment]:
    """The segments of a scope."""
    return [Segment(dimension=name, value=value) for name, value in scope.segments]


def first_days(as_of: date) -> list[date]:
    """First day of each week of a weekly series, the oldest first; the last ends at `as_of`."""
    return [as_of - timedelta(days=7 * week + 6) for week in reversed(range(WEEKS))]


def list_labels(resources: Resources, published: Published, by: By) -> Mapping[str, str]:
    """Id -> label, of themes or of types; a family has the label of the theme that names it."""
    if by is By.TYPE:
        return {entry.key: entry.name for entry in resources.taxonomy.types}
    return published.labels()


def find_quotes(
    published: Published,
    caller: Caller,
    kind: MentionKind,
    scope: Scope,
    ids: Sequence[str],
    *,
    by: By,
) -> Mapping[str, list[Found]]:
    """Id -> up to three quotes; none for a caller who may not see what customers said."""
    if not caller.may("evidence:read"):
        return {}
    return published.snapshot.quotes(kind, scope, ids, by=by, limit=N_QUOTES)


def describe_theme(
    finding: Finding,
    kind: MentionKind,
    label: str,
    quotes: Sequence[Found],
    members: Sequence[MemberTheme] = (),
) -> Theme:
    """One finding with its label and quotes; of a family, with its members."""
    return Theme(
        id=finding.id,
        label=label,
        kind=kind,
        type=finding.type,
        n_conversations=finding.n_conversations,
        of_conversations=finding.of_conversations,
        n_accounts=finding.n_accounts,
        of_accounts=finding.of_accounts,
        share=finding.share,
        share_low=finding.interval.low,
        share_high=finding.interval.high,
        lift=finding.lift,
        q_value=finding.q_value,
        weekly=finding.weekly,
        trend=Trend.model_validate(finding.trend),
        outcome=_describe_outcome(finding.outcome),
        enough_data=finding.enough_data,
        quotes=[Quote.model_validate(quote) for quote in quotes],
        members=members,
    )


def describe_members(
    members: Sequence[FamilyMember], labels: Mapping[str, str]
) -> list[MemberTheme]:
    """The themes that a family is made of."""
    return [
        MemberTheme(id=m.id, label=labels[m.id], type=m.type, n_conversations=m.n_conversations)
        for m in members
    ]


def describe_related(
    published: Published, row: Mapping[str, Any], labels: Mapping[str, str]
) -> list[RelatedTheme]:
    """The themes of other types that say much the same, but those that are hidden or merged now."""
    themes, decided = published.snapshot.themes(), published.decisions
    return [
        RelatedTheme(id=key, label=labels[key], type=themes[key]["type"])
        for key in row["related"] or ()
        if key not in decided.hidden and key not in decided.merged
    ]


def _describe_outcome(outcome: findings.Outcome | None) -> Outcome | None:
    if outcome is None:
        return None
    return Outcome(
        n_with=outcome.n_with,
        n_without=outcome.n_without,
        win_rate_with=outcome.win_rate_with,
        win_rate_without=outcome.win_rate_without,
        difference=outcome.difference.value,
        difference_low=outcome.difference.interval.low,
        difference_high=outcome.difference.interval.high,
        is_stratified=outcome.is_stratified,
    )
