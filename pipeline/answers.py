"""The marketer's answer as rows, for the command line: findings with labels and quotes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from core.errors import FieldbackError
from core.settings import Settings
from core.snapshot import Quote, Scope, Snapshot, open_current
from core.store.publication import correct
from core.store.themes import read_decisions
from core.vocabulary import MentionKind
from models.findings import Finding, Sort, find_themes
from models.taxonomy import load_taxonomy
from pipeline.resources import get_store


@dataclass(frozen=True, slots=True)
class TopAnswer:
    """What `fieldback top` shows: one row a theme, quotes by theme id, and what it rests on.

    `members`: of a family, its themes that are said, as “label (type)”, by the family's id.
    """

    snapshot: str
    as_of: date
    n_conversations: int
    n_accounts: int
    n_mentions: int
    n_in_themes: int
    rows: tuple[tuple[Finding, str], ...]
    quotes: Mapping[str, list[Quote]]
    members: Mapping[str, list[str]]


def ask_top(
    settings: Settings, kind: MentionKind, scope: Scope, *, by: str, sort: Sort, limit: int
) -> TopAnswer:
    """The top themes (or families, or types) of a kind in a scope.

    Raises:
        NotFound: nothing has been published yet.
    """
    store = get_store(settings)
    store.migrate()
    with store.read() as conn:
        decided = read_decisions(conn)
        published = open_current(settings.snapshot_url, **decided.overlay)
        snapshot = correct(conn, published)
    _check_dimensions(snapshot, scope)
    answer = find_themes(
        snapshot,
        kind,
        scope,
        by=by,
        sort=sort,
        enough=settings.enough_conversations,
        hidden=decided.hidden,
    )
    shown = answer.findings[:limit]
    labels = {**_labels(snapshot, by), **decided.labels}
    quotes = snapshot.quotes(kind, scope, [f.id for f in shown], by=by)
    n_in_themes, n_mentions = snapshot.coverage(kind, scope)
    return TopAnswer(
        snapshot=snapshot.id,
        as_of=snapshot.as_of,
        n_conversations=answer.totals.n_conversations,
        n_accounts=answer.totals.n_accounts,
        n_mentions=n_mentions,
        n_in_themes=n_in_themes,
        rows=tuple((finding, labels.get(finding.id, finding.id)) for finding in shown),
        quotes=quotes,
        members=_list_members(snapshot, kind, scope, labels) if by == "family" else {},
    )


def _check_dimensions(snapshot: Snapshot, scope: Scope) -> None:
    """Refuses a dimension that no conversation has: it would answer nothing, in silence."""
    known = sorted(snapshot.dimensions())
    for name, _ in scope.segments:
        if name.lower() not in {dimension.lower() for dimension in known}:
            raise FieldbackError(f"no dimension {name!r}; there are {', '.join(known)}")


def as_record(answer: TopAnswer, finding: Finding, label: str) -> dict[str, Any]:
    """One finding as plain data, without nesting."""
    trend, outcome = finding.trend, finding.outcome
    return {
        "id": finding.id,
        "label": label,
        "type": finding.type,
        "n_conversations": finding.n_conversations,
        "of_conversations": finding.of_conversations,
        "n_accounts": finding.n_accounts,
        "share": round(finding.share, 4),
        "share_low": round(finding.interval.low, 4),
        "share_high": round(finding.interval.high, 4),
        "lift": None if finding.lift is None else round(finding.lift, 3),
        "q_value": finding.q_value,
        "trend": trend.direction.value,
        "trend_p_value": trend.p_value,
        "weekly": list(finding.weekly),
        "win_rate_difference": None if outcome is None else round(outcome.difference.value, 4),
        "enough_data": finding.enough_data,
        "quotes": [quote.quote for quote in answer.quotes.get(finding.id, [])],
        **({"members": answer.members[finding.id]} if answer.members else {}),
    }


def _list_members(
    snapshot: Snapshot, kind: MentionKind, scope: Scope, labels: Mapping[str, str]
) -> dict[str, list[str]]:
    return {
        key: [f"{labels[m.id]} ({m.type})" for m in members if m.n_conversations]
        for key, members in snapshot.families(kind, scope).items()
    }


def _labels(snapshot: Snapshot, by: str) -> dict[str, str]:
    if by == "type":
        return {entry.key: entry.name for entry in load_taxonomy().types}
    return {key: row["label"] for key, row in snapshot.themes().items()}
