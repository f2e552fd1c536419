"""`/v1/segments` and `/v1/compare`: which segments there are, and what differs between two."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query

from api.answers import By, describe_segments, list_labels
from api.deps import Current, InsightsReader, Paged, Shared, Tagged, read_segments
from api.schemas.segments import Comparison, Contrast, Dimension, SegmentList, SegmentValue, Side
from core.snapshot import Scope
from core.vocabulary import MentionKind
from models import comparison
from models.comparison import compare_segments

router = APIRouter(prefix="/v1", tags=["segments"])


@router.get("/segments")
def list_segments(
    published: Current,
    _caller: InsightsReader,
    tagged: Tagged,
    limit: Annotated[int, Query(ge=1, le=200, description="Values of each dimension.")] = 50,
) -> SegmentList:
    """The dimensions and their values, with how many conversations have them."""
    tagged.check(published.state)
    return SegmentList(
        snapshot=published.snapshot.id,
        as_of=published.snapshot.as_of,
        n_conversations=published.snapshot.totals(Scope()).n_conversations,
        items=[
            _describe_dimension(name, values, limit)
            for name, values in published.snapshot.dimensions().items()
        ],
    )


@router.get("/compare")
def compare(
    resources: Shared,
    published: Current,
    _caller: InsightsReader,
    tagged: Tagged,
    page: Paged,
    a: Annotated[list[str], Query(description="`dimension:value`; may be repeated.")],
    b: Annotated[list[str], Query(description="`dimension:value`; may be repeated.")],
    kind: MentionKind = MentionKind.OBJECTION,
    by: By = By.THEME,
    since: date | None = None,
    until: date | None = None,
) -> Comparison:
    """What differs between two segments, the surest difference first."""
    here, there = (
        Scope(read_segments(name, texts), since, until) for name, texts in (("a", a), ("b", b))
    )
    offset = page.offset(published.snapshot.id)
    tagged.check(published.state, resources.taxonomy.hash)
    enough = resources.settings.enough_conversations
    found = compare_segments(
        published.snapshot, kind, here, there, by=by, enough=enough, hidden=published.hidden
    )
    shown, next_cursor = page.cut(found.contrasts[offset:], published.snapshot.id)
    labels = list_labels(resources, published, by)
    return Comparison(
        snapshot=published.snapshot.id,
        as_of=published.snapshot.as_of,
        kind=kind,
        by=by,
        a=describe_segments(here),
        b=describe_segments(there),
        n_a=found.a.n_conversations,
        n_b=found.b.n_conversations,
        n_both=found.n_both,
        enough_data=found.enough_data,
        items=[_describe_contrast(row, labels.get(row.id, row.id)) for row in shown],
        next_cursor=next_cursor,
    )


def _describe_dimension(name: str, values: list[tuple[str, int]], limit: int) -> Dimension:
    return Dimension(
        dimension=name,
        n_values=len(values),
        values=[SegmentValue(value=value, n_conversations=n) for value, n in values[:limit]],
    )


def _describe_contrast(row: comparison.Contrast, label: str) -> Contrast:
    return Contrast(
        id=row.id,
        label=label,
        type=row.type,
        a=_describe_side(row.a),
        b=_describe_side(row.b),
        ratio=row.ratio,
        q_value=row.q_value,
    )


def _describe_side(side: comparison.Side) -> Side:
    return Side(
        n_conversations=side.n_conversations,
        of_conversations=side.of_conversations,
        n_accounts=side.n_accounts,
        share=side.share,
        share_low=side.interval.low,
        share_high=side.interval.high,
    )
