"""Gong: `/v2/calls/transcript`, with the parties of `/v2/calls/extensive`; in milliseconds.

The two answers may lie in one file or in two; then the second gives `CallDetails`, which
`pipeline.ingest.details` adds to the calls of the first.
"""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, Field

from core.vocabulary import Conversation, ConversationKind, Participant, Turn
from pipeline.ingest.details import add_details
from pipeline.ingest.document import (
    JSON_SUFFIXES,
    CallDetails,
    Document,
    Format,
    ParsedFile,
)
from pipeline.ingest.speech import join_turns, list_speakers, read_role
from pipeline.ingest.wire import Label, Milliseconds


class _Sentence(BaseModel):
    """A sentence."""

    text: str
    start: Milliseconds = None
    end: Milliseconds = None


class _Monologue(BaseModel):
    """What one speaker says at a stretch."""

    speaker_id: Label = Field("", alias="speakerId")
    sentences: list[_Sentence]


class _CallTranscript(BaseModel):
    """The words of a call."""

    call_id: Label = Field(alias="callId")
    transcript: list[_Monologue]


class _Party(BaseModel):
    """One who takes part."""

    name: str | None = None
    email: str | None = Field(None, alias="emailAddress")
    title: str | None = None
    speaker_id: Label = Field("", alias="speakerId")
    affiliation: str | None = None

    def to_participant(self) -> Participant:
        """The party, with its role: those inside the company sell."""
        name = self.name or self.email or ""
        return Participant(name, read_role(self.affiliation), self.email, self.title)


class _MetaData(BaseModel):
    """When and what a call was."""

    id: Label
    title: str | None = None
    started: str | None = None


class _Call(BaseModel):
    """What `/v2/calls/extensive` says about a call."""

    meta: _MetaData = Field(alias="metaData")
    parties: list[_Party] = Field(default_factory=list)


class _Answer(BaseModel):
    """Either answer of the API, or both."""

    transcripts: list[_CallTranscript] = Field(default_factory=list, alias="callTranscripts")
    calls: list[_Call] = Field(default_factory=list)


def _find_answer(document: Document) -> Mapping[str, object]:
    """The answer itself, out of the `data` that may wrap it."""
    found = document.json_object
    inner = found.get("data")
    return inner if isinstance(inner, dict) else found


def _matches(document: Document) -> bool:
    answer = _find_answer(document)
    calls = answer.get("calls")
    first = calls[0] if isinstance(calls, list) and calls else None
    return "callTranscripts" in answer or (isinstance(first, dict) and "metaData" in first)


def _parse(document: Document) -> ParsedFile:
    answer = _Answer.model_validate(_find_answer(document))
    conversations = tuple(_make_conversation(call) for call in answer.transcripts)
    details = tuple(_make_details(document, call) for call in answer.calls)
    return ParsedFile(conversations=add_details(conversations, details), details=details)


def _make_conversation(call: _CallTranscript) -> Conversation:
    """A call whose speakers are known by their ids alone."""
    turns = join_turns(
        Turn(part.speaker_id, sentence.text, start_ms=sentence.start, end_ms=sentence.end)
        for part in call.transcript
        for sentence in part.sentences
    )
    return Conversation(
        external_id=call.call_id,
        kind=ConversationKind.CALL,
        turns=turns,
        participants=list_speakers(turns),
    )


def _make_details(document: Document, call: _Call) -> CallDetails:
    """Date, title and parties of a call."""
    return CallDetails(
        external_id=call.meta.id,
        started_at=document.parse_time(call.meta.started, place="'metaData.started'"),
        title=call.meta.title,
        speakers={
            party.speaker_id: party.to_participant() for party in call.parties if party.speaker_id
        },
        participants=tuple(party.to_participant() for party in call.parties),
    )


FORMAT = Format(name="Gong", suffixes=JSON_SUFFIXES, matches=_matches, parse=_parse, rank=10)
