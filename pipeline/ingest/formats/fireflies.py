"""Fireflies transcripts: the API's answer, its transcript alone, or the app's list of sentences."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import AliasChoices, BaseModel, Field

from core.vocabulary import Conversation, ConversationKind, Participant, Turn
from pipeline.ingest.document import JSON_SUFFIXES, Document, Format, ParsedFile
from pipeline.ingest.speech import join_turns, list_speakers, name_speaker
from pipeline.ingest.wire import Label, Seconds


class _Sentence(BaseModel):
    """A sentence; the app writes other names than the API."""

    text: str = Field(validation_alias=AliasChoices("text", "sentence", "raw_text"))
    start: Seconds = Field(None, validation_alias=AliasChoices("start_time", "startTime"))
    end: Seconds = Field(None, validation_alias=AliasChoices("end_time", "endTime"))
    speaker_name: Label = ""
    speaker_id: Label = ""


class _Attendee(BaseModel):
    """One who was invited."""

    name: str | None = Field(None, validation_alias=AliasChoices("displayName", "name"))
    email: str | None = None


class _Transcript(BaseModel):
    """The parts of a transcript that we use."""

    sentences: list[_Sentence]
    id: str | None = None
    title: str | None = None
    date: float | str | None = Field(None, validation_alias=AliasChoices("dateString", "date"))
    meeting_attendees: list[_Attendee] | None = None


def _find_transcript(document: Document) -> Mapping[str, object]:
    """The transcript itself, out of what wraps it; empty where there is none."""
    found: object = document.json
    if isinstance(found, list):
        found = {"sentences": found}
    for wrapper in ("data", "transcript"):
        inner = found.get(wrapper) if isinstance(found, dict) else None
        found = inner if isinstance(inner, dict) else found
    return found if isinstance(found, dict) else {}


def _matches(document: Document) -> bool:
    sentences = _find_transcript(document).get("sentences")
    first = sentences[0] if isinstance(sentences, list) and sentences else None
    return isinstance(first, dict) and bool({"speaker_name", "speaker_id"} & first.keys())


def _parse(document: Document) -> ParsedFile:
    transcript = _Transcript.model_validate(_find_transcript(document))
    turns = join_turns(_make_turn(sentence) for sentence in transcript.sentences)
    conversation = Conversation(
        external_id=transcript.id or document.path_id,
        kind=ConversationKind.CALL,
        turns=turns,
        started_at=document.parse_time(transcript.date, place="'date'"),
        participants=_list_participants(transcript, turns),
        attributes={"title": transcript.title} if transcript.title else {},
    )
    return ParsedFile(conversations=(conversation,))


def _make_turn(sentence: _Sentence) -> Turn:
    """The sentence as a turn of its speaker."""
    speaker = sentence.speaker_name or name_speaker(sentence.speaker_id)
    return Turn(speaker, sentence.text, start_ms=sentence.start, end_ms=sentence.end)


def _list_participants(transcript: _Transcript, turns: tuple[Turn, ...]) -> tuple[Participant, ...]:
    """The attendees with their addresses, and speakers that are no attendee by name."""
    attendees = tuple(
        Participant(person.name or "", email=person.email)
        for person in transcript.meeting_attendees or ()
        if person.name or person.email
    )
    names = {person.name for person in attendees}
    return attendees + tuple(one for one in list_speakers(turns) if one.name not in names)


FORMAT = Format(name="Fireflies", suffixes=JSON_SUFFIXES, matches=_matches, parse=_parse, rank=10)
