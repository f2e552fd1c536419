"""`/v1/themes/proposals`: merges and splits that may be right, accepted or declined by people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter
from sqlalchemy import Connection, Row

from api.answers import N_QUOTES
from api.auth import Caller
from api.deps import InsightsReader, Paged, PersonaWriter, Shared, Tagged
from api.routes.theme_changes import decide, describe_changed
from api.schemas.personas import Acceptance, Evidence, Rejection
from api.schemas.theme_changes import Proposal, ProposalGroup, ProposalList, ThemesChanged
from core.store.theme_members import read_quotes
from core.store.theme_proposals import StoredProposal, list_proposals, read_proposal
from core.store.themes import read_names
from core.vocabulary import ProposalAction, ProposalStatus
from models import theme_decisions

router = APIRouter(prefix="/v1/themes/proposals", tags=["themes"])


@router.get("")
def list_open(
    resources: Shared,
    caller: InsightsReader,
    page: Paged,
    tagged: Tagged,
    action: ProposalAction | None = None,
    status: ProposalStatus = ProposalStatus.OPEN,
) -> ProposalList:
    """Proposals, those for the most mentions first."""
    with resources.store.read() as conn:
        found = list_proposals(
            conn, status=status, action=action, limit=page.limit + 1, offset=page.offset()
        )
        shown, next_cursor = page.cut(found)
        themes = read_names(conn)
        items = [_describe(conn, proposal, themes, caller) for proposal in shown]
    answer = ProposalList(items=items, next_cursor=next_cursor)
    tagged.check(answer.model_dump_json())
    return answer


@router.post("/{proposal_id}/accept")
def accept(
    proposal_id: str, resources: Shared, caller: PersonaWriter, body: Acceptance | None = None
) -> ThemesChanged:
    """Does what is proposed, at once."""
    decision = decide(caller, None if body is None else body.reason)
    with resources.store.begin() as conn:
        theme = read_proposal(conn, proposal_id).theme_id
        others = theme_decisions.accept(conn, proposal_id, decision)
        return describe_changed(conn, [theme, *others])


@router.post("/{proposal_id}/decline")
def decline(
    proposal_id: str, resources: Shared, caller: PersonaWriter, body: Rejection
) -> Proposal:
    """Turns a proposal down; it comes back only when much more speaks for it."""
    with resources.store.begin() as conn:
        theme_decisions.decline(conn, proposal_id, decide(caller, body.reason))
        themes = read_names(conn)
        return _describe(conn, read_proposal(conn, proposal_id), themes, caller)


def _describe(
    conn: Connection, proposal: StoredProposal, themes: Mapping[str, Row[Any]], caller: Caller
) -> Proposal:
    is_merge = proposal.action == ProposalAction.MERGE
    ids = [proposal.theme_id, proposal.other_id] if is_merge else [None] * len(proposal.groups)
    return Proposal(
        id=proposal.id,
        action=ProposalAction(proposal.action),
        theme=proposal.theme_id,
        into=proposal.other_id,
        status=ProposalStatus(proposal.status),
        likeness=proposal.likeness,
        n_mentions=proposal.n_mentions,
        words=proposal.words,
        groups=[
            _describe_group(conn, themes.get(key or ""), group, caller)
            for key, group in zip(ids, proposal.groups, strict=False)
        ],
        night=proposal.night,
        decided_by=proposal.decided_by,
        decided_at=proposal.decided_at,
        reason=proposal.reason,
    )


def _describe_group(
    conn: Connection, theme: Row[Any] | None, group: Sequence[str], caller: Caller
) -> ProposalGroup:
    quotes = read_quotes(conn, group[:N_QUOTES]) if caller.may("evidence:read") else []
    return ProposalGroup(
        theme=None if theme is None else theme.id,
        label=None if theme is None else theme.label,
        n_mentions=len(group) if theme is None else theme.weight,
        quotes=[Evidence.model_validate(quote) for quote in quotes],
    )
