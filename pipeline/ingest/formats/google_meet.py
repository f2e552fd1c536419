"""Google Meet's transcript document, saved as Markdown or text."""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.vocabulary import Conversation, ConversationKind, Participant
from pipeline.ingest.document import Document, Format, ParsedFile
from pipeline.ingest.speech import join_turns, list_speakers
from pipeline.ingest.transcript_text import read_transcript

_TITLE = re.compile(
    r"[#*\s]*(?P<title>\S.{0,200}?)\s+[-–(]\s*"
    r"(?P<date>\d{4}[/-]\d{2}[/-]\d{2}(?:\s+(?:at\s+)?\d{1,2}[:_]\d{2}(?:\s+[A-Z]{2,5})?)?)\)?"
    r"\s*[-–]\s*Transcript[*\s]*"
)
_ATTENDEES = re.compile(r"[#*\s]*(?:Attendees|Invited)\b[*:\s]*(?P<names>.{0,5000})")
_SKIPPED = re.compile(
    r"[#*\s]*(?:\d{2}:\d{2}:\d{2}|Transcript)[*\s]*"  # every five minutes; the heading
    r"|[#*_\s]*(?:This editable transcript was|(?:Meeting|Transcription) ended).*"
)
_N_TITLE_LINES = 10


def _find_title(document: Document) -> re.Match[str] | None:
    """The title line, with its date, near the top."""
    matches = (_TITLE.fullmatch(line[:400]) for line in document.lines[:_N_TITLE_LINES])
    return next((match for match in matches if match), None)


def _matches(document: Document) -> bool:
    return _find_title(document) is not None or document.suffix in (".md", ".markdown")


def _parse(document: Document) -> ParsedFile:
    title = _find_title(document)
    names, body = _split_attendees(document.lines)
    spoken = [line for line in body if not _SKIPPED.fullmatch(line[:400])]
    turns = join_turns(read_transcript(spoken).turns)
    known = {person.name: person for person in list_speakers(turns)}
    listed = tuple(Participant(name) for name in names if name not in known)
    date = re.sub(r"\s+at\s+", " ", title["date"].replace("_", ":")) if title else None
    conversation = Conversation(
        external_id=document.path_id,
        kind=ConversationKind.CALL,
        turns=turns,
        started_at=document.parse_time(date, 1, place="the title"),
        participants=(*known.values(), *listed),
        attributes={"title": title["title"]} if title else {},
    )
    return ParsedFile(conversations=(conversation,))


def _split_attendees(lines: Sequence[str]) -> tuple[list[str], list[str]]:
    """The attendees' names, on the line of their heading or the next, and the lines of talk."""
    names = ""
    body: list[str] = []
    is_heading = False
    for number, line in enumerate(lines):
        match = _ATTENDEES.fullmatch(line) if number < 2 * _N_TITLE_LINES else None
        if match:
            names, is_heading = match["names"], not match["names"].strip()
        elif is_heading and line.strip():
            names, is_heading = line, False
        elif not (number < _N_TITLE_LINES and _TITLE.fullmatch(line[:400])):
            body.append(line)
    return [name.strip() for name in names.split(",") if name.strip()], body


FORMAT = Format(
    name="Google Meet",
    suffixes=(".md", ".markdown", ".txt"),
    matches=_matches,
    parse=_parse,
    rank=20,
)
