"""`/v1/themes`: what customers object to, suffer from and are, in a segment."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from api.answers import (
    N_VARIANTS,
    By,
    describe_members,
    describe_related,
    describe_scope,
    describe_theme,
    find_quotes,
    list_labels,
)
from api.deps import (
    Asked,
    Current,
    EvidenceReader,
    InsightsReader,
    Paged,
    Shared,
    Tagged,
)
from api.resources import Published
from api.schemas.themes import LineageEntry, Quote, QuoteList, ThemeAnswer, ThemeList, Variant
from core.errors import NotFound
from core.store.themes import read_lineage
from core.vocabulary import AUTOMATIC, MentionKind
from models.findings import Sort, find_theme, find_themes

router = APIRouter(prefix="/v1/themes", tags=["themes"])


@router.get("")
def list_themes(
    resources: Shared,
    published: Current,
    caller: InsightsReader,
    tagged: Tagged,
    scope: Asked,
    page: Paged,
    kind: MentionKind = MentionKind.OBJECTION,
    by: Annotated[
        By, Query(description="Count themes, families of related themes, or the taxonomy's types.")
    ] = By.THEME,
    sort: Annotated[Sort, Query(description="What comes first.")] = Sort.SHARE,
) -> ThemeList:
    """The top themes of a kind in a segment."""
    offset = page.offset(published.snapshot.id)
    tagged.check(published.state, resources.taxonomy.hash, caller.may("evidence:read"))
    enough = resources.settings.enough_conversations
    answer = find_themes(
        published.snapshot, kind, scope, by=by, sort=sort, enough=enough, hidden=published.hidden
    )
    shown, next_cursor = page.cut(answer.findings[offset:], published.snapshot.id)
    labels = list_labels(resources, published, by)
    quotes = find_quotes(published, caller, kind, scope, [f.id for f in shown], by=by)
    families = published.snapshot.families(kind, scope) if by is By.FAMILY else {}
    n_in_themes, n_mentions = published.snapshot.coverage(kind, scope)
    return ThemeList(
        **describe_scope(published, kind, scope, answer.totals, enough=enough),
        by=by,
        n_mentions=n_mentions,
        n_in_themes=n_in_themes,
        items=[
            describe_theme(
                f,
                kind,
                labels.get(f.id, f.id),
                quotes.get(f.id, []),
                describe_members(families.get(f.id, ()), labels),
            )
            for f in shown
        ],
        next_cursor=next_cursor,
    )


@router.get("/{theme_id}")
def get_theme(
    theme_id: str,
    resources: Shared,
    published: Current,
    caller: InsightsReader,
    tagged: Tagged,
    scope: Asked,
) -> ThemeAnswer:
    """One theme with its lineage; the id of a merged theme gives the one that it went into."""
    row = _find_row(published, theme_id)
    kind, enough = MentionKind(row["kind"]), resources.settings.enough_conversations
    with resources.store.read() as conn:
        lineage = [
            entry
            for entry in read_lineage(conn, row["id"])
            if entry.by != AUTOMATIC or entry.night <= published.snapshot.as_of
        ]
    may_quote = caller.may("evidence:read")
    tagged.check(published.state, may_quote, *(entry.id for entry in lineage))
    answer = find_theme(
        published.snapshot,
        kind,
        scope,
        row["id"],
        type_=row["type"],
        enough=enough,
        hidden=published.hidden,
    )
    quotes = find_quotes(published, caller, kind, scope, [row["id"]], by=By.THEME)
    n_variants, variants = published.snapshot.variants(kind, scope, row["id"], limit=N_VARIANTS)
    labels = published.labels()
    label = labels[row["id"]]
    return ThemeAnswer(
        **describe_scope(published, kind, scope, answer.totals, enough=enough),
        theme=describe_theme(answer.findings[0], kind, label, quotes.get(row["id"], [])),
        status=published.status(row["id"]),
        keywords=row["keywords"],
        born=row["born"],
        last_seen=row["last_seen"],
        n_variants=n_variants,
        variants=[Variant.model_validate(each) for each in variants if may_quote],
        related=describe_related(published, row, labels),
        merged_from=sorted(k for k, new in published.decisions.merged.items() if new == row["id"]),
        lineage=[LineageEntry.model_validate(entry) for entry in lineage],
    )


@router.get("/{theme_id}/evidence")
def list_evidence(
    theme_id: str,
    published: Current,
    _caller: EvidenceReader,
    tagged: Tagged,
    scope: Asked,
    page: Paged,
) -> QuoteList:
    """The quotes of a theme, each with its conversation, place, day, role and segments."""
    row = _find_row(published, theme_id)
    offset = page.offset(published.snapshot.id)
    tagged.check(published.state)
    quotes = published.snapshot.quotes(
        row["kind"], scope, [row["id"]], limit=page.limit + 1, offset=offset
    )
    shown, next_cursor = page.cut(quotes.get(row["id"], []), published.snapshot.id)
    return QuoteList(
        snapshot=published.snapshot.id,
        theme=row["id"],
        items=[Quote.model_validate(quote) for quote in shown],
        next_cursor=next_cursor,
    )


def _find_row(published: Published, theme_id: str) -> dict[str, Any]:
    """The published row of a theme, or of the one that it was merged into."""
    themes = published.snapshot.themes()
    merged = published.decisions.merged.get(theme_id)
    row = themes.get(merged or theme_id) or themes.get(theme_id)
    if row is None:
        raise NotFound(f"no theme {theme_id!r} in snapshot {published.snapshot.id}")
    return dict(row)
