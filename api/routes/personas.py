"""`/v1/personas`: personas as they stand, their versions and suggested changes."""

from __future__ import annotations

from fastapi import APIRouter
from sqlalchemy import Connection

from api.deps import InsightsReader, Shared, Tagged
from api.routes.suggestions import describe_suggestion
from api.schemas.personas import (
    Persona,
    PersonaList,
    PersonaVersion,
    PersonaVersionList,
    SuggestionList,
)
from core.store import personas as stored
from core.store.personas import list_personas, list_versions, read_persona
from core.store.suggestions import list_suggestions
from core.vocabulary import SuggestionStatus

router = APIRouter(prefix="/v1/personas", tags=["personas"])


@router.get("")
def get_personas(resources: Shared, _caller: InsightsReader, tagged: Tagged) -> PersonaList:
    """All personas, by slug."""
    with resources.store.read() as conn:
        answer = PersonaList(items=[_describe(conn, found) for found in list_personas(conn)])
    tagged.check(answer.model_dump_json())
    return answer


@router.get("/{slug}")
def get_persona(slug: str, resources: Shared, _caller: InsightsReader, tagged: Tagged) -> Persona:
    """One persona as it stands."""
    with resources.store.read() as conn:
        answer = _describe(conn, read_persona(conn, slug))
    tagged.check(answer.model_dump_json())
    return answer


@router.get("/{slug}/versions")
def get_versions(
    slug: str, resources: Shared, _caller: InsightsReader, tagged: Tagged
) -> PersonaVersionList:
    """Every version of a persona, the latest first."""
    with resources.store.read() as conn:
        read_persona(conn, slug)
        found = list_versions(conn, slug)
    answer = PersonaVersionList(
        slug=slug, items=[PersonaVersion.model_validate(version) for version in found]
    )
    tagged.check(answer.model_dump_json())
    return answer


@router.get("/{slug}/suggestions")
def get_suggestions(
    slug: str,
    resources: Shared,
    caller: InsightsReader,
    tagged: Tagged,
    status: SuggestionStatus | None = None,
) -> SuggestionList:
    """Changes suggested to a persona, those with most support first."""
    with resources.store.read() as conn:
        read_persona(conn, slug)
        found = list_suggestions(conn, persona=slug, status=status)
        answer = SuggestionList(items=[describe_suggestion(conn, s, caller) for s in found])
    tagged.check(answer.model_dump_json())
    return answer


def _describe(conn: Connection, persona: stored.Persona) -> Persona:
    pending = list_suggestions(conn, persona=persona.slug, status=SuggestionStatus.PENDING)
    return Persona(
        slug=persona.slug,
        name=persona.name,
        owner=persona.owner,
        titles=persona.titles,
        industries=persona.industries,
        version=persona.version,
        fields=persona.fields,
        n_pending=len(pending),
    )
