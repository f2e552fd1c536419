"""Whisper JSON: OpenAI's, faster-whisper's, and WhisperX with its speakers; times in seconds."""

from __future__ import annotations

from pydantic import BaseModel

from core.vocabulary import Conversation, ConversationKind, Turn
from pipeline.ingest.document import JSON_SUFFIXES, Document, Format, ParsedFile
from pipeline.ingest.speech import join_turns, list_speakers, name_speaker
from pipeline.ingest.wire import Label, Seconds


class _Segment(BaseModel):
    """A segment of speech."""

    text: str
    start: Seconds = None
    end: Seconds = None
    speaker: Label = ""


class _Transcript(BaseModel):
    """The parts of a transcript that we use."""

    segments: list[_Segment]


def _matches(document: Document) -> bool:
    found = document.json_object
    return isinstance(found.get("segments"), list) and "vcon" not in found


def _parse(document: Document) -> ParsedFile:
    turns = read_segments(document.json_object)
    conversation = Conversation(
        external_id=document.path_id,
        kind=ConversationKind.CALL,
        turns=turns,
        participants=list_speakers(turns),
    )
    return ParsedFile(conversations=(conversation,))


def read_segments(value: object) -> tuple[Turn, ...]:
    """The turns of a transcript with `segments`; raises pydantic's ValidationError."""
    segments = _Transcript.model_validate(value).segments
    return join_turns(
        Turn(name_speaker(part.speaker), part.text, start_ms=part.start, end_ms=part.end)
        for part in segments
    )


FORMAT = Format(name="Whisper", suffixes=JSON_SUFFIXES, matches=_matches, parse=_parse, rank=20)
