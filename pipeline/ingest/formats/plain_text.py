"""Plain text: `Name: text`, `[00:12] Name (Title): text`, `[Name] 00:12:03`, Otter, or no speakers.

A text in which nobody is named is one turn without a speaker, or a note where its path says so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from core.vocabulary import Conversation, ConversationKind, Participant, Role, Turn
from pipeline.ingest.document import Document, Format, ParsedFile
from pipeline.ingest.speech import join_turns, list_speakers
from pipeline.ingest.transcript_text import read_transcript

_FACT = re.compile(r"\s*\**([A-Za-z][A-Za-z ]{1,20}?)\**\s*:\**\s+(\S.{0,300})")
_FACT_FIELDS = {
    "date": "started_at", "call date": "started_at", "meeting date": "started_at",
    "recorded": "started_at", "start time": "started_at", "started at": "started_at",
    "account": "account", "company": "account", "account name": "account",
    "deal": "deal", "opportunity": "deal", "deal name": "deal",
    "call id": "external_id", "meeting id": "external_id",
    "title": "title", "subject": "title", "meeting": "title", "topic": "title",
    "duration": "duration", "stage": "deal_stage", "deal stage": "deal_stage",
    "attendees": "attendees", "participants": "attendees",
}  # fmt: skip
_NOTE_PATH = re.compile(r"(?<![a-z])notes?(?![a-z])", re.IGNORECASE)


def _matches(document: Document) -> bool:
    return document.suffix in (".txt", ".text")


def _parse(document: Document) -> ParsedFile:
    facts, body, n_facts = _split_facts(document.lines)
    transcript = read_transcript(body)
    turns = transcript.turns
    is_note = not any(turn.speaker for turn in turns) and bool(_NOTE_PATH.search(document.path))
    if is_note:
        turns = tuple(replace(turn, role=Role.REP) for turn in turns)
    conversation = Conversation(
        external_id=facts.get("external_id", document.path_id),
        kind=ConversationKind.NOTE if is_note else ConversationKind.CALL,
        turns=join_turns(turns) if transcript.is_in_blocks else turns,
        started_at=document.parse_time(
            facts.get("started_at"), n_facts or None, place="the lines above the talk"
        ),
        account=facts.get("account"),
        deal=facts.get("deal"),
        participants=_list_participants(turns, transcript.titles, facts.get("attendees", "")),
        attributes={
            name: facts[name] for name in ("title", "duration", "deal_stage") if name in facts
        },
    )
    return ParsedFile(conversations=(conversation,))


def _split_facts(lines: Sequence[str]) -> tuple[dict[str, str], Sequence[str], int]:
    """Facts such as `Date: 2026-10-07` above the transcript, the lines below, and how many above.

    A lone fact that no empty line parts from the talk is taken as one too.
    """
    facts: dict[str, str] = {}
    for number, line in enumerate(lines):
        match = _FACT.fullmatch(line)
        field = _FACT_FIELDS.get(match[1].strip().lower()) if match else None
        if match and field and field not in facts:
            facts[field] = match[2].strip()
        elif line.strip(" \t-=_*#"):
            return facts, lines[number:], number
    return facts, (), len(lines)


def _list_participants(
    turns: Sequence[Turn], titles: Mapping[str, str], attendees: str
) -> tuple[Participant, ...]:
    """Those who speak, with their titles, and those who are only listed."""
    speakers = tuple(
        replace(person, title=titles.get(person.name)) for person in list_speakers(turns)
    )
    known = {person.name for person in speakers}
    listed = (name.strip() for name in re.split(r"[,;]", attendees))
    return speakers + tuple(Participant(name) for name in listed if name and name not in known)


FORMAT = Format(
    name="plain text", suffixes=(".txt", ".text"), matches=_matches, parse=_parse, rank=100
)
