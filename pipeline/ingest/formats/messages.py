"""Marketing's messages: a YAML file with a list under `messages`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from core.vocabulary import Message
from pipeline.ingest.document import Document, Format, ParsedFile
from pipeline.ingest.marketing_files import (
    YAML_SUFFIXES,
    Named,
    Text,
    Texts,
    has_top_key,
    read_records,
)

_Word = Annotated[Text, Field(max_length=40)]


class _Message(Named):
    """A message as the file writes one."""

    text: Text
    channel: _Word | None = None
    stage: _Word | None = None
    personas: Texts = ()
    answers: Texts = ()


def _matches(document: Document) -> bool:
    return has_top_key(document, "messages")


def _parse(document: Document) -> ParsedFile:
    records, problems = read_records(document, "messages", _Message)
    messages = tuple(Message(**record.model_dump()) for record in records)
    return ParsedFile(messages=messages, problems=tuple(problems))


FORMAT = Format(name="messages", suffixes=YAML_SUFFIXES, matches=_matches, parse=_parse)
