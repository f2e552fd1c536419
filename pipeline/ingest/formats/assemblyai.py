"""AssemblyAI transcripts: utterances where speakers are told apart, else words, else the text."""

from __future__ import annotations

from pydantic import BaseModel

from core.vocabulary import Conversation, ConversationKind, Turn
from pipeline.ingest.document import JSON_SUFFIXES, Document, Format, ParsedFile
from pipeline.ingest.speech import join_turns, list_speakers, name_speaker
from pipeline.ingest.wire import Label, Milliseconds


class _Piece(BaseModel):
    """A word or an utterance."""

    text: str
    start: Milliseconds = None
    end: Milliseconds = None
    speaker: Label = ""

    def to_turn(self) -> Turn:
        """The piece as a turn."""
        speaker = name_speaker(self.speaker)
        return Turn(speaker, self.text, start_ms=self.start, end_ms=self.end)


class _Transcript(BaseModel):
    """The parts of a transcript that we use."""

    id: str | None = None
    text: str | None = None
    error: str | None = None
    words: list[_Piece] | None = None
    utterances: list[_Piece] | None = None


def _matches(document: Document) -> bool:
    keys = document.json_object.keys()
    return "text" in keys and bool(keys & {"words", "utterances"}) and "segments" not in keys


def _parse(document: Document) -> ParsedFile:
    transcript = _Transcript.model_validate(document.json_object)
    if transcript.error:
        raise document.fault("the recorder could not transcribe it")
    turns = _read_turns(transcript)
    conversation = Conversation(
        external_id=transcript.id or document.path_id,
        kind=ConversationKind.CALL,
        turns=turns,
        participants=list_speakers(turns),
    )
    return ParsedFile(conversations=(conversation,))


def _read_turns(transcript: _Transcript) -> tuple[Turn, ...]:
    """Turns by speaker; one without a speaker where nobody tells them apart."""
    if transcript.utterances:
        return join_turns(piece.to_turn() for piece in transcript.utterances)
    words = [piece.to_turn() for piece in transcript.words or ()]
    if any(word.speaker for word in words) or not transcript.text:
        return join_turns(words)
    start_ms, end_ms = (words[0].start_ms, words[-1].end_ms) if words else (None, None)
    return (Turn("", transcript.text, start_ms=start_ms, end_ms=end_ms),)


FORMAT = Format(name="AssemblyAI", suffixes=JSON_SUFFIXES, matches=_matches, parse=_parse, rank=10)
