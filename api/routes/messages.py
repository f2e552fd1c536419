"""`/v1/messages`: what marketing claims, and what customers raise that no message answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query

from api.answers import By, list_labels
from api.deps import Asked, Current, InsightsReader, Shared, Tagged
from api.schemas.messages import Coverage, Covered, Message, MessageList
from core.snapshot import FamilyMember
from core.store.personas import list_messages
from core.vocabulary import MentionKind
from core.vocabulary import Message as Stored
from models.findings import Finding, find_themes

router = APIRouter(prefix="/v1/messages", tags=["messages"])
NO_STAGE = "any"
ANSWERABLE = (MentionKind.OBJECTION, MentionKind.PAIN_POINT)


@router.get("")
def get_messages(resources: Shared, _caller: InsightsReader, tagged: Tagged) -> MessageList:
    """All messages, by slug."""
    with resources.store.read() as conn:
        found = list_messages(conn)
    answer = MessageList(items=[Message.model_validate(message) for message in found])
    tagged.check(answer.model_dump_json())
    return answer


@router.get("/coverage")
def get_coverage(
    resources: Shared,
    published: Current,
    _caller: InsightsReader,
    tagged: Tagged,
    scope: Asked,
    by: Annotated[
        By, Query(description="Per type of the taxonomy, theme, or family of themes.")
    ] = By.TYPE,
) -> Coverage:
    """Which objections and pain points of a segment no message answers, by funnel stage."""
    with resources.store.read() as conn:
        messages = list_messages(conn)
    tagged.check(published.state, resources.taxonomy.hash, messages)
    labels = list_labels(resources, published, by)
    stages = sorted({message.stage or NO_STAGE for message in messages})
    items = []
    for kind in ANSWERABLE:
        families = published.snapshot.families(kind, scope) if by is By.FAMILY else {}
        found = find_themes(published.snapshot, kind, scope, by=by, hidden=published.hidden)
        for finding in found.findings:
            label, members = labels.get(finding.id, finding.id), families.get(finding.id, ())
            items.append(_cover(finding, kind, label, members, messages, stages))
    items.sort(key=lambda item: (item.is_answered, -item.n_conversations, item.id))
    return Coverage(
        snapshot=published.snapshot.id,
        as_of=published.snapshot.as_of,
        by=by,
        stages=stages,
        unanswered={
            stage: [item.id for item in items if stage in item.missing_stages] for stage in stages
        },
        items=items,
    )


def _cover(
    finding: Finding,
    kind: MentionKind,
    label: str,
    members: Sequence[FamilyMember],
    messages: Sequence[Stored],
    stages: Sequence[str],
) -> Covered:
    """How far the messages answer one theme or type, or any theme of a family."""
    wanted = {finding.id, f"{kind}/{finding.type}"}
    wanted |= {name for member in members for name in (member.id, f"{kind}/{member.type}")}
    answering: dict[str, list[str]] = {}
    for message in messages:
        if wanted & set(message.answers):
            answering.setdefault(message.stage or NO_STAGE, []).append(message.slug)
    return Covered(
        id=finding.id,
        label=label,
        kind=kind,
        n_conversations=finding.n_conversations,
        of_conversations=finding.of_conversations,
        n_accounts=finding.n_accounts,
        share=finding.share,
        is_answered=bool(answering),
        messages=answering,
        missing_stages=[stage for stage in stages if stage not in answering],
    )
