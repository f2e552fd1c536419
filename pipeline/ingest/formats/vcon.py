"""vCon 0.0.2 and later: text dialogs, and transcripts among the analyses."""

from __future__ import annotations

from collections.abc import Iterator

import orjson
from pydantic import AliasChoices, BaseModel, ConfigDict, Field, TypeAdapter

from core.vocabulary import Conversation, ConversationKind, Participant, Role, Turn
from pipeline.ingest.document import JSON_SUFFIXES, Document, Format, ParsedFile
from pipeline.ingest.formats.deepgram import is_deepgram, read_deepgram
from pipeline.ingest.formats.whisper import read_segments
from pipeline.ingest.markup import strip_markup
from pipeline.ingest.speech import join_turns, list_speakers, name_speaker, read_role
from pipeline.ingest.transcript_text import read_transcript
from pipeline.ingest.wire import Label, Seconds


class _Party(BaseModel):
    """One who takes part."""

    name: str | None = None
    email: str | None = Field(None, validation_alias=AliasChoices("email", "mailto"))
    role: str | None = None
    title: str | None = None

    def to_participant(self) -> Participant:
        """The party with the role that the file states."""
        return Participant(self.name or "", read_role(self.role), self.email, self.title)


class _Dialog(BaseModel):
    """A recording, or a message in `body`."""

    type: str
    start: str | None = None
    parties: list[int] | int | None = None
    originator: int | None = None
    body: object = None
    mediatype: str | None = Field(None, validation_alias=AliasChoices("mediatype", "mimetype"))

    @property
    def speaker(self) -> int | None:
        """Whose message it is: the originator, else the first party."""
        first = self.parties[0] if isinstance(self.parties, list) and self.parties else None
        return next(
            (one for one in (self.originator, first, self.parties) if isinstance(one, int)), None
        )


class _Analysis(BaseModel):
    """What a vendor made of a dialog."""

    type: str
    body: object = None


class _VCon(BaseModel):
    """The parts of a vCon that we use."""

    uuid: str | None = None
    created_at: str | None = None
    subject: str | None = None
    parties: list[_Party] = Field(default_factory=list)
    dialog: list[_Dialog] = Field(default_factory=list)
    analysis: list[_Analysis] = Field(default_factory=list)


class _Utterance(BaseModel):
    """An entry of a transcript that is a list; vendors name its parts differently."""

    model_config = ConfigDict(populate_by_name=True)

    text: str = Field(validation_alias=AliasChoices("text", "message", "transcript", "content"))
    speaker: Label = Field("", validation_alias=AliasChoices("speaker", "speaker_name", "party"))
    start: Seconds = Field(None, validation_alias=AliasChoices("start", "start_time"))
    end: Seconds = Field(None, validation_alias=AliasChoices("end", "end_time"))


_UTTERANCES = TypeAdapter(list[_Utterance])


def _matches(document: Document) -> bool:
    return "vcon" in document.json_object


def _parse(document: Document) -> ParsedFile:
    call = _VCon.model_validate(document.json_object)
    people = tuple(party.to_participant() for party in call.parties)
    turns = tuple(_read_messages(call, people)) or tuple(_read_transcripts(call))
    if not turns:
        raise document.fault("the vCon holds neither messages nor a transcript")
    starts = [dialog.start for dialog in call.dialog if dialog.start]
    conversation = Conversation(
        external_id=call.uuid or document.path_id,
        kind=ConversationKind.CALL,
        turns=turns,
        started_at=document.parse_time(
            starts[0] if starts else call.created_at,
            place="'dialog.start'" if starts else "'created_at'",
        ),
        participants=tuple(person for person in people if person.name or person.email)
        or list_speakers(turns),
        attributes={"title": call.subject} if call.subject else {},
    )
    return ParsedFile(conversations=(conversation,))


def _read_messages(call: _VCon, people: tuple[Participant, ...]) -> Iterator[Turn]:
    """A turn for each text dialog."""
    for dialog in call.dialog:
        if dialog.type != "text" or not isinstance(dialog.body, str) or not dialog.body.strip():
            continue
        index = dialog.speaker
        is_known = index is not None and 0 <= index < len(people)
        person = people[index] if index is not None and is_known else Participant("")
        yield Turn(person.name, strip_markup(dialog.body).strip(), person.role)


def _read_transcripts(call: _VCon) -> Iterator[Turn]:
    """The turns of each analysis that is a transcript."""
    for analysis in call.analysis:
        if "transcript" in analysis.type.lower():
            yield from _read_body(analysis.body)


def _read_body(body: object) -> tuple[Turn, ...]:
    """The turns of a transcript in whichever shape its vendor gives it."""
    value = _load_text(body)
    if isinstance(value, str):
        return read_transcript(value.splitlines()).turns
    if is_deepgram(value):
        return read_deepgram(value)
    if isinstance(value, dict) and "segments" in value:
        return read_segments(value)
    if isinstance(value, dict):
        inner = value.get("utterances", value.get("transcript", value.get("text", [])))
        return _read_body(inner) if isinstance(inner, str | list | dict) else ()
    return join_turns(
        Turn(name_speaker(part.speaker), part.text, Role.UNKNOWN, part.start, part.end)
        for part in _UTTERANCES.validate_python(value if isinstance(value, list) else [])
    )


def _load_text(body: object) -> object:
    """A body that is JSON in a text, loaded; any other as it is."""
    if isinstance(body, str) and body.lstrip()[:1] in ("{", "["):
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError:
            return body  # a text that begins with a bracket, as a tag does
    return body


FORMAT = Format(name="vCon", suffixes=JSON_SUFFIXES, matches=_matches, parse=_parse, rank=5)
