"""`/v1/review` and `/v1/mentions/{id}/verdict`: what to judge next, and what people say of it.

To see quotes takes `evidence:read`; to judge takes `personas:write`, the scope of the people who
answer for what marketing believes, since a verdict changes every count.
"""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import APIRouter
from sqlalchemy import Connection

from api.deps import EvidenceReader, Paged, PersonaWriter, Shared, Tagged
from api.schemas.review import (
    Before,
    ReviewItem,
    ReviewQueue,
    Verdict,
    VerdictBody,
    Verdicts,
)
from core.store.verdicts import Judgement, find_mention, give_verdict, list_judgements
from core.vocabulary import MentionKind
from models.review import Question, find_label, read_queue

router = APIRouter(prefix="/v1", tags=["review"])


@router.get("/review")
def list_review(
    resources: Shared,
    _caller: EvidenceReader,
    page: Paged,
    tagged: Tagged,
    kind: MentionKind | None = None,
    type: str | None = None,
) -> ReviewQueue:
    """What to judge next, most informative first. Verdicts move the queue up: who judges a page
    asks again without its cursor."""
    start, n = page.offset(), page.limit + 1
    with resources.store.read() as conn:
        found = read_queue(conn, resources.taxonomy, kind=kind, type_=type, start=start, n=n)
    shown, next_cursor = page.cut(found)
    answer = ReviewQueue(items=[_describe(one) for one in shown], next_cursor=next_cursor)
    tagged.check(answer.model_dump_json())
    return answer


@router.post("/mentions/{mention_id}/verdict")
def judge(mention_id: str, body: VerdictBody, resources: Shared, caller: PersonaWriter) -> Verdicts:
    """Says whether a mention is right, and wins over the model at once. To say it again changes
    nothing; to say otherwise later is allowed, and both are kept."""
    now = datetime.now(UTC)
    with resources.store.begin() as conn:
        to = None
        if body.type is not None:
            kind = body.kind or find_mention(conn, mention_id).kind
            to = find_label(resources.taxonomy, body.type, kind)
        give_verdict(conn, mention_id, body.verdict, to=to, by=caller.name, now=now)
        return _list_verdicts(conn, mention_id)


@router.get("/mentions/{mention_id}/verdicts")
def list_verdicts(mention_id: str, resources: Shared, _caller: EvidenceReader) -> Verdicts:
    """What people said of a mention, the last first."""
    with resources.store.read() as conn:
        return _list_verdicts(conn, mention_id)


def _describe(question: Question) -> ReviewItem:
    item = question.item
    return ReviewItem(
        **item.mention.as_row(),
        id=item.id,
        conversation_id=item.conversation_id,
        started_at=item.started_at,
        before=[Before.model_validate(said) for said in question.before],
        is_counted=item.is_counted,
    )


def _list_verdicts(conn: Connection, mention_id: str) -> Verdicts:
    given = list_judgements(conn, mention_id)
    counts_as = given[0].counts_as if given else None
    return Verdicts(counts_as=counts_as, items=[_describe_verdict(one) for one in given])


def _describe_verdict(one: Judgement) -> Verdict:
    to_kind, to_type = one.verdict.to or (None, None)
    return Verdict(
        mention_id=one.mention_id,
        conversation_id=one.conversation_id,
        verdict=one.verdict.kind,
        kind=one.verdict.mention.kind,
        type=one.verdict.mention.type,
        to_kind=to_kind,
        to_type=to_type,
        by=one.verdict.by,
        decided_at=one.verdict.decided_at,
        extractor=one.extractor,
    )
