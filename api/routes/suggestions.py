"""`/v1/suggestions`: the evidence behind a proposed change, and its acceptance or rejection."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime

from fastapi import APIRouter
from sqlalchemy import Connection

from api.answers import N_QUOTES
from api.auth import Caller
from api.deps import EvidenceReader, Paged, PersonaWriter, Shared, Tagged
from api.schemas.personas import (
    Acceptance,
    Decision,
    Evidence,
    EvidenceList,
    Rejection,
    Suggestion,
)
from core.store import suggestions as stored
from core.store.personas import read_persona
from core.store.suggestions import (
    accept_suggestion,
    read_evidence,
    read_suggestion,
    reject_suggestion,
)

router = APIRouter(prefix="/v1/suggestions", tags=["personas"])


@router.get("/{suggestion_id}/evidence")
def list_evidence(
    suggestion_id: str, resources: Shared, _caller: EvidenceReader, page: Paged, tagged: Tagged
) -> EvidenceList:
    """The quotes behind a suggestion, the surest first."""
    with resources.store.read() as conn:
        read_suggestion(conn, suggestion_id)
        found = read_evidence(conn, suggestion_id, limit=page.limit + 1, offset=page.offset())
    shown, next_cursor = page.cut(found)
    answer = EvidenceList(
        suggestion=suggestion_id,
        items=[Evidence.model_validate(quote) for quote in shown],
        next_cursor=next_cursor,
    )
    tagged.check(answer.model_dump_json())
    return answer


@router.post("/{suggestion_id}/accept")
def accept(
    suggestion_id: str, resources: Shared, caller: PersonaWriter, body: Acceptance | None = None
) -> Decision:
    """Puts a suggestion into its persona, as a new version."""
    reason = None if body is None else body.reason
    with resources.store.begin() as conn:
        accept_suggestion(conn, suggestion_id, by=caller.name, reason=reason, now=datetime.now(UTC))
        return _describe_decision(conn, suggestion_id, caller)


@router.post("/{suggestion_id}/reject")
def reject(
    suggestion_id: str, resources: Shared, caller: PersonaWriter, body: Rejection
) -> Decision:
    """Turns a suggestion down for good; it will not be suggested again."""
    with resources.store.begin() as conn:
        reject_suggestion(
            conn, suggestion_id, by=caller.name, reason=body.reason, now=datetime.now(UTC)
        )
        return _describe_decision(conn, suggestion_id, caller)


def describe_suggestion(
    conn: Connection, suggestion: stored.Suggestion, caller: Caller
) -> Suggestion:
    """A suggestion with up to three quotes, if the caller may see them."""
    quotes = (
        read_evidence(conn, suggestion.id, limit=N_QUOTES) if caller.may("evidence:read") else []
    )
    return Suggestion.model_validate({**asdict(suggestion), "quotes": quotes})


def _describe_decision(conn: Connection, suggestion_id: str, caller: Caller) -> Decision:
    suggestion = read_suggestion(conn, suggestion_id)
    return Decision(
        suggestion=describe_suggestion(conn, suggestion, caller),
        persona_version=read_persona(conn, suggestion.persona).version,
    )
