"""Buyer personas as marketing keeps them: a YAML file with a list under `personas`."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from core.vocabulary import PersonaDefinition
from pipeline.ingest.document import Document, Format, ParsedFile
from pipeline.ingest.marketing_files import (
    YAML_SUFFIXES,
    Named,
    Text,
    Texts,
    has_top_key,
    read_records,
)

_Name = Annotated[Text, Field(max_length=200)]


class _Match(BaseModel):
    """Which conversations belong to a persona."""

    model_config = ConfigDict(extra="forbid")

    titles: Texts = ()
    industries: Texts = ()


class _Persona(Named):
    """A persona as the file writes one."""

    name: _Name
    owner: _Name | None = None
    match: _Match = Field(default_factory=_Match)
    fields: dict[Text, Texts] = Field(default_factory=dict)


def _matches(document: Document) -> bool:
    return has_top_key(document, "personas")


def _parse(document: Document) -> ParsedFile:
    records, problems = read_records(document, "personas", _Persona)
    personas = tuple(
        PersonaDefinition(
            slug=record.slug,
            name=record.name,
            owner=record.owner,
            titles=record.match.titles,
            industries=record.match.industries,
            fields=record.fields,
        )
        for record in records
    )
    return ParsedFile(personas=personas, problems=tuple(problems))


FORMAT = Format(name="personas", suffixes=YAML_SUFFIXES, matches=_matches, parse=_parse)
