"""From mentions and themes to suggested persona changes; one transaction."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict

from sqlalchemy import Connection

from core.settings import Settings
from core.store.mentions import list_statements
from core.store.personas import list_personas
from core.store.suggestions import save_suggestions
from models.personas import Proposal, Statement, match_persona, suggest_changes
from pipeline.night import Counts, Night
from pipeline.resources import get_store


def suggest(night: Night, settings: Settings) -> Counts:
    """Brings the suggestions of all personas to what is known tonight."""
    with get_store(settings).begin() as conn:
        proposals = _propose(conn, settings)
        rows = [_row(proposal) for proposal in proposals]
        evidence = {proposal.id: proposal.evidence for proposal in proposals}
        n_new, n_expired = save_suggestions(conn, rows, evidence, night=night.day)
    return {
        "n_suggestions": len(proposals),
        "n_suggestions_new": n_new,
        "n_suggestions_expired": n_expired,
    }


def _propose(conn: Connection, settings: Settings) -> list[Proposal]:
    personas = list_personas(conn)
    said: dict[str, list[Statement]] = defaultdict(list)
    conversations: dict[str, set[str]] = defaultdict(set)
    for row in list_statements(conn):
        slug = match_persona(row.titles, row.industry, personas)
        if slug is None:
            continue
        conversations[slug].add(row.conversation_id)
        if row.mention_id and row.field and row.value:
            said[slug].append(
                Statement(
                    mention=row.mention_id,
                    conversation=row.conversation_id,
                    account=row.account_id,
                    field=row.field,
                    value=row.value,
                    confidence=row.confidence or 0.0,
                )
            )
    return [
        proposal
        for persona in personas
        for proposal in suggest_changes(
            persona.slug,
            persona.fields,
            said[persona.slug],
            n_persona=len(conversations[persona.slug]),
            min_conversations=settings.suggestion_min_conversations,
            min_accounts=settings.suggestion_min_accounts,
        )
    ]


def _row(proposal: Proposal) -> dict[str, object]:
    row = asdict(proposal)
    del row["evidence"]
    return row
