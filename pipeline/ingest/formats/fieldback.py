"""Fieldback's own JSON: one conversation, a list of them, or JSONL with one a line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.errors import InputError, MalformedRecord
from core.vocabulary import Conversation, ConversationKind, Participant, Role, Turn
from pipeline.ingest.document import Document, Format, ParsedFile, sort_results
from pipeline.ingest.speech import read_role
from pipeline.ingest.validation import explain
from pipeline.ingest.wire import Label, Milliseconds

_JSON_LINES = (".jsonl", ".ndjson")


class _Participant(BaseModel):
    """A participant as the file writes one."""

    name: str = ""
    role: str | None = None
    email: str | None = None
    title: str | None = None


class _Turn(BaseModel):
    """A turn as the file writes one."""

    text: str
    speaker: Label = ""
    role: str | None = None
    start_ms: Milliseconds = None
    end_ms: Milliseconds = None


class _Record(BaseModel):
    """A conversation as the file writes one; what it has besides becomes attributes."""

    model_config = ConfigDict(extra="allow", coerce_numbers_to_str=True)

    turns: list[_Turn]
    id: str | None = None
    kind: ConversationKind = ConversationKind.CALL
    source: str | None = None
    started_at: str | None = None
    account: str | None = None
    deal: str | None = None
    rep: str | None = None
    participants: list[_Participant] = Field(default_factory=list)
    attributes: dict[str, Any] = Field(default_factory=dict)


def _matches(document: Document) -> bool:
    if document.suffix in _JSON_LINES:
        return True
    first = document.json
    if isinstance(first, list) and first:
        first = first[0]
    return isinstance(first, dict) and (
        isinstance(first.get("turns"), list) or first.get("kind") in ("call", "note")
    )


def _parse(document: Document) -> ParsedFile:
    read = _read_lines if document.suffix in _JSON_LINES else _read_objects
    conversations, problems = sort_results(read(document))
    return ParsedFile(conversations=conversations, problems=problems)


def _read_lines(document: Document) -> Iterator[Conversation | InputError]:
    """Each line's conversation, or what is wrong with the line."""
    # Not `document.lines`: a line of JSONL may be as long as a conversation is.
    for number, line in enumerate(document.text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            yield _read_record(document, orjson.loads(line), f"{document.path_id}#{number}", number)
        except json.JSONDecodeError as error:
            reason = f"not valid JSON, or cut short: {error.msg}"
            yield document.fault(reason, number)
        except MalformedRecord as error:
            yield error


def _read_objects(document: Document) -> Iterator[Conversation | InputError]:
    """The file's one conversation, or those of its list."""
    if not isinstance(document.json, list):
        yield _read_record(document, document.json, document.path_id, None)
        return
    for index, value in enumerate(document.json):
        try:
            yield _read_record(document, value, f"{document.path_id}#{index}", None)
        except MalformedRecord as error:
            yield document.fault(f"record {index}: {error.reason}")


def _read_record(
    document: Document, value: object, default_id: str, line: int | None
) -> Conversation:
    """The conversation that a JSON value says; raises MalformedRecord where it says none."""
    try:
        record = _Record.model_validate(value)
    except ValidationError as error:
        raise document.fault(explain(error), line) from error
    participants = tuple(_read_participant(person) for person in record.participants)
    roles = {person.name: person.role for person in participants}
    if record.kind is ConversationKind.NOTE:
        roles = {"": Role.REP, **roles}
    return Conversation(
        external_id=default_id if record.id is None else record.id,
        kind=record.kind,
        turns=tuple(_read_turn(turn, roles) for turn in record.turns),
        started_at=document.parse_time(record.started_at, line, place="'started_at'"),
        account=record.account or None,
        deal=record.deal or None,
        rep=record.rep or None,
        participants=participants,
        attributes=_read_attributes({**(record.model_extra or {}), **record.attributes}),
        source=record.source or None,
        line=line,
    )


def _read_participant(person: _Participant) -> Participant:
    """A participant with the role that the file states."""
    return Participant(person.name, read_role(person.role), person.email, person.title)


def _read_turn(turn: _Turn, roles: Mapping[str, Role]) -> Turn:
    """A turn; its role is its own, else that of the participant of its speaker's name."""
    role = read_role(turn.role) if turn.role else roles.get(turn.speaker, Role.UNKNOWN)
    return Turn(turn.speaker, turn.text, role, turn.start_ms, turn.end_ms)


def _read_attributes(values: Mapping[str, Any]) -> dict[str, str]:
    """The plain values as text, lists of them joined by `; `; objects and nulls are left out."""
    found: dict[str, str] = {}
    for name, value in values.items():
        items = value if isinstance(value, list) else [value]
        texts = [str(item) for item in items if isinstance(item, str | int | float | bool)]
        if texts:
            found[str(name)] = "; ".join(texts)
    return found


FORMAT = Format(
    name="fieldback", suffixes=(".json", *_JSON_LINES), matches=_matches, parse=_parse, rank=0
)
