"""Captions, WebVTT and SRT: Zoom's `Name: text`, Teams' `<v Name>`, and cues without a speaker.

Read by own code, since a cue that ends before it starts is reported with its line, and the
parsers at hand keep no lines.
"""

from __future__ import annotations

import html
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass

from core.errors import InputError
from core.vocabulary import Conversation, ConversationKind, Turn
from pipeline.ingest.document import Document, Format, ParsedFile
from pipeline.ingest.labels import find_speakers, split_label
from pipeline.ingest.speech import join_turns, list_speakers
from pipeline.ingest.times import parse_clock

_CLOCK = r"(?:\d{1,3}:)?\d{1,3}:\d{1,2}[.,]\d{1,9}"
_TIMING = re.compile(rf"\s*({_CLOCK})\s*-->\s*({_CLOCK})(?:\s.*)?")
_VOICE = re.compile(r"<v(?:\.[^\s<>]{1,80})?\s+([^<>]{1,200})>")
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,200}>|<\d[\d:.]{0,20}>")


@dataclass(frozen=True, slots=True)
class Cue:
    """One caption: its text with tags, its times, and the line of its times."""

    text: str
    start_ms: int
    end_ms: int
    line: int


def _matches(document: Document) -> bool:
    if document.suffix in (".vtt", ".srt"):
        return True
    return document.text.lstrip().startswith("WEBVTT") or (
        document.suffix == ".txt" and any(_TIMING.fullmatch(line) for line in document.lines[:20])
    )


def _parse(document: Document) -> ParsedFile:
    items = tuple(_read_cues(document))
    cues = [item for item in items if isinstance(item, Cue)]
    problems = tuple(item for item in items if isinstance(item, InputError))
    if not cues and not problems:
        raise document.fault("there is no cue in the file", 1)
    turns = join_turns(_name_speakers(cues))
    conversation = Conversation(
        external_id=document.path_id,
        kind=ConversationKind.CALL,
        turns=turns,
        participants=list_speakers(turns),
    )
    return ParsedFile(conversations=(conversation,) if cues else (), problems=problems)


def _read_cues(document: Document) -> Iterator[Cue | InputError]:
    """Each cue, or the reason why it cannot be used, in the order of the file."""
    lines = document.lines
    timings = [number for number, line in enumerate(lines) if "-->" in line]
    for position, number in enumerate(timings):
        match = _TIMING.fullmatch(lines[number])
        if match is None:
            yield document.fault("the times of the cue cannot be read", number + 1)
            continue
        start_ms, end_ms = parse_clock(match[1]), parse_clock(match[2])
        if end_ms < start_ms:
            yield document.fault("the cue ends before it starts", number + 1)
            continue
        end = timings[position + 1] if position + 1 < len(timings) else len(lines)
        text = _read_payload(lines[number + 1 : end], is_followed=end < len(lines))
        yield Cue(text, start_ms, end_ms, number + 1)


def _read_payload(lines: tuple[str, ...], *, is_followed: bool) -> str:
    """The text of a cue: the lines up to the first empty one, joined by a space."""
    payload = list(itertools.takewhile(str.strip, lines))
    if len(payload) == len(lines) > 0 and payload[-1].strip().isdigit() and is_followed:
        payload.pop()  # the next cue's number, with no empty line before it
    return " ".join(line.strip() for line in payload)


def _name_speakers(cues: list[Cue]) -> Iterator[Turn]:
    """A turn for each voice of each cue; a cue without a name goes on with the last speaker."""
    plain = [(cue, _clean(cue.text)) for cue in cues]
    known = find_speakers(text for cue, text in plain if not _VOICE.search(cue.text))
    speaker = ""
    for cue, text in plain:
        if _VOICE.search(cue.text):
            for voice, spoken in _split_voices(cue.text):
                yield Turn(voice, spoken, start_ms=cue.start_ms, end_ms=cue.end_ms)
            continue
        label = split_label(text)
        if label is not None and label.name in known:
            speaker, text = label.name, label.text
        yield Turn(speaker, text, start_ms=cue.start_ms, end_ms=cue.end_ms)


def _split_voices(text: str) -> Iterator[tuple[str, str]]:
    """Speaker and words of each `<v Name>words</v>` of a cue."""
    before, *parts = _VOICE.split(text)
    if _clean(before):
        yield "", _clean(before)
    for name, words in zip(parts[::2], parts[1::2], strict=True):
        yield html.unescape(name).strip(), _clean(words)


def _clean(text: str) -> str:
    """The text without tags, entities resolved."""
    return html.unescape(_TAG.sub("", text)).strip()


FORMAT = Format(
    name="captions", suffixes=(".vtt", ".srt", ".txt"), matches=_matches, parse=_parse, rank=10
)
