"""Deepgram transcripts: utterances, paragraphs or words by speaker, or channels; in seconds."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel, Field

from core.vocabulary import Conversation, ConversationKind, Turn
from pipeline.ingest.document import JSON_SUFFIXES, Document, Format, ParsedFile
from pipeline.ingest.speech import join_turns, list_speakers, name_speaker
from pipeline.ingest.wire import Label, Seconds


class _Utterance(BaseModel):
    """What one speaker says at a stretch."""

    transcript: str
    start: Seconds = None
    end: Seconds = None
    speaker: Label = ""
    channel: Label = ""


class _Word(BaseModel):
    """A word, and how it is written in a sentence."""

    word: str
    punctuated_word: str | None = None
    start: Seconds = None
    end: Seconds = None
    speaker: Label = ""


class _Sentence(BaseModel):
    """A sentence of a paragraph."""

    text: str


class _Paragraph(BaseModel):
    """Sentences of one speaker."""

    sentences: list[_Sentence]
    start: Seconds = None
    end: Seconds = None
    speaker: Label = ""


class _Paragraphs(BaseModel):
    """All paragraphs of a channel."""

    paragraphs: list[_Paragraph] = Field(default_factory=list)


class _Alternative(BaseModel):
    """One reading of a channel."""

    transcript: str = ""
    words: list[_Word] = Field(default_factory=list)
    paragraphs: _Paragraphs = Field(default_factory=_Paragraphs)


class _Channel(BaseModel):
    """One channel of the recording."""

    alternatives: list[_Alternative]


class _Results(BaseModel):
    """What was heard."""

    channels: list[_Channel] = Field(default_factory=list)
    utterances: list[_Utterance] = Field(default_factory=list)


class _Metadata(BaseModel):
    """What Deepgram says about its request."""

    request_id: str | None = None


class _Transcript(BaseModel):
    """The parts of a transcript that we use."""

    results: _Results
    metadata: _Metadata = Field(default_factory=_Metadata)


def is_deepgram(value: object) -> bool:
    """Whether a JSON value is a Deepgram transcript."""
    results = value.get("results") if isinstance(value, dict) else None
    return isinstance(results, dict) and "channels" in results


def _matches(document: Document) -> bool:
    return is_deepgram(document.json_object)


def _parse(document: Document) -> ParsedFile:
    transcript = _Transcript.model_validate(document.json_object)
    turns = _read_turns(transcript.results)
    conversation = Conversation(
        external_id=transcript.metadata.request_id or document.path_id,
        kind=ConversationKind.CALL,
        turns=turns,
        participants=list_speakers(turns),
    )
    return ParsedFile(conversations=(conversation,))


def read_deepgram(value: object) -> tuple[Turn, ...]:
    """The turns of a Deepgram transcript; raises pydantic's ValidationError."""
    return _read_turns(_Transcript.model_validate(value).results)


def _read_turns(results: _Results) -> tuple[Turn, ...]:
    """The turns in the order in which they begin."""
    n_channels = len(results.channels)
    if results.utterances:
        pieces = [
            _make_turn(
                part.speaker or (part.channel if n_channels > 1 else ""), part.transcript, part
            )
            for part in results.utterances
        ]
    else:
        pieces = [
            turn
            for index, channel in enumerate(results.channels)
            for alternative in channel.alternatives[:1]
            for turn in _read_alternative(alternative, str(index) if n_channels > 1 else "")
        ]
    return join_turns(sorted(pieces, key=lambda turn: turn.start_ms or 0))


def _read_alternative(alternative: _Alternative, channel: str) -> Iterator[Turn]:
    """The pieces of a channel, from its paragraphs, else its words, else its text."""
    if alternative.paragraphs.paragraphs:
        for part in alternative.paragraphs.paragraphs:
            text = " ".join(sentence.text for sentence in part.sentences)
            yield _make_turn(channel or part.speaker, text, part)
    elif alternative.words:
        for word in alternative.words:
            yield _make_turn(channel or word.speaker, word.punctuated_word or word.word, word)
    else:
        yield Turn(name_speaker(channel), alternative.transcript)


def _make_turn(speaker: str, text: str, timed: _Utterance | _Paragraph | _Word) -> Turn:
    """A turn of a speaker's number, with the times of a piece."""
    return Turn(name_speaker(speaker), text, start_ms=timed.start, end_ms=timed.end)


FORMAT = Format(name="Deepgram", suffixes=JSON_SUFFIXES, matches=_matches, parse=_parse, rank=10)
