"""Amazon Transcribe: Call Analytics (agent and customer) and plain jobs."""

from __future__ import annotations

from pydantic import BaseModel, Field

from core.vocabulary import Conversation, ConversationKind, Turn
from pipeline.ingest.document import JSON_SUFFIXES, Document, Format, ParsedFile
from pipeline.ingest.speech import join_turns, list_speakers, read_role
from pipeline.ingest.wire import Label, Milliseconds, Seconds


class _Segment(BaseModel):
    """What a participant says at a stretch, in Call Analytics."""

    content: str = Field(alias="Content")
    role: Label = Field("", alias="ParticipantRole")
    participant: Label = Field("", alias="ParticipantId")
    start_ms: Milliseconds = Field(None, alias="BeginOffsetMillis")
    end_ms: Milliseconds = Field(None, alias="EndOffsetMillis")


class _CallAnalytics(BaseModel):
    """The parts of a Call Analytics job that we use."""

    segments: list[_Segment] = Field(alias="Transcript")
    job: str | None = Field(None, alias="JobName")


class _AudioSegment(BaseModel):
    """What a speaker says at a stretch, in a plain job."""

    transcript: str
    start_time: Seconds = None
    end_time: Seconds = None
    speaker_label: Label = ""


class _Text(BaseModel):
    """The whole text of a plain job."""

    transcript: str


class _Results(BaseModel):
    """What was heard, in a plain job."""

    transcripts: list[_Text]
    audio_segments: list[_AudioSegment] = Field(default_factory=list)


class _Job(BaseModel):
    """The parts of a plain job that we use."""

    results: _Results
    job: str | None = Field(None, alias="jobName")


def _matches(document: Document) -> bool:
    found = document.json_object
    results = found.get("results")
    return isinstance(found.get("Transcript"), list) or (
        isinstance(results, dict) and "transcripts" in results
    )


def _parse(document: Document) -> ParsedFile:
    if "Transcript" in document.json_object:
        call = _CallAnalytics.model_validate(document.json_object)
        return _make_file(document, call.job, join_turns(map(_make_turn, call.segments)))
    plain = _Job.model_validate(document.json_object)
    return _make_file(document, plain.job, _read_plain(plain.results))


def _make_turn(segment: _Segment) -> Turn:
    """The segment with its role, which is its speaker's name too."""
    speaker = segment.role or segment.participant
    return Turn(speaker, segment.content, read_role(speaker), segment.start_ms, segment.end_ms)


def _read_plain(results: _Results) -> tuple[Turn, ...]:
    """The turns of a plain job; one without a speaker where it has no segments."""
    if results.audio_segments:
        return join_turns(
            Turn(
                part.speaker_label, part.transcript, start_ms=part.start_time, end_ms=part.end_time
            )
            for part in results.audio_segments
        )
    return join_turns(Turn("", text.transcript) for text in results.transcripts)


def _make_file(document: Document, job: str | None, turns: tuple[Turn, ...]) -> ParsedFile:
    """The one call of a job."""
    conversation = Conversation(
        external_id=job or document.path_id,
        kind=ConversationKind.CALL,
        turns=turns,
        participants=list_speakers(turns),
    )
    return ParsedFile(conversations=(conversation,))


FORMAT = Format(
    name="Amazon Transcribe", suffixes=JSON_SUFFIXES, matches=_matches, parse=_parse, rank=10
)
