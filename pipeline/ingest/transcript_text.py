"""Turns from lines of text, in whichever of the usual styles they are written."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from core.vocabulary import Turn
from pipeline.ingest.labels import find_speakers, split_label
from pipeline.ingest.times import parse_clock

_CLOCK = r"\d{1,3}:\d{2}(?::\d{2})?(?:[.,]\d{1,6})?"
_NAME = r"[^\s\[\]():][^\[\]():\t]{0,79}?"
# `[Name] 11:02:09` (Zoom)
_BRACKETED_NAME = re.compile(rf"\s*\[(?P<name>[^\[\]]{{1,80}})\]\s*(?P<clock>{_CLOCK})\s*")
# `Name  0:12` (Otter); two blanks, or a line of its own after an empty one
_TRAILING_CLOCK = re.compile(rf"(?P<name>{_NAME})(?:\s{{2,}}|\t)\(?(?P<clock>{_CLOCK})\)?\s*")
# `11:02:09<TAB>Name:<TAB>text` (Zoom chat) and `[00:12] Name (Title): text`
_LEADING_CLOCK = re.compile(
    rf"\s*[\[(]?(?P<clock>{_CLOCK})(?:\s*(?:-->|[-–])\s*{_CLOCK})?[\])]?\s*[-–]?\s*(?P<rest>.*)"
)
# `Name [00:12]: text` and `Name (00:12): text`
_INNER_CLOCK = re.compile(
    rf"\s*(?P<name>{_NAME})\s*[\[(](?P<clock>{_CLOCK})[\])]\s*:?\s*(?P<rest>.*)"
)
_FOOTER = re.compile(r"\s*Transcribed by https?://otter\.ai/?\s*", re.IGNORECASE)
_WALL_CLOCK_MS = 3 * 3600 * 1000  # a call that starts later than this shows the time of day


@dataclass(frozen=True, slots=True)
class _Header:
    """What a line says before the words: who speaks from here on, and the words on this line."""

    name: str
    text: str
    clock: str | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Transcript:
    """The turns of a text, the titles given in brackets, and whether names stand on own lines."""

    turns: tuple[Turn, ...]
    titles: Mapping[str, str] = field(default_factory=dict)
    is_in_blocks: bool = False


_Reader = Callable[[str], _Header | None]


def read_transcript(lines: Sequence[str]) -> Transcript:
    """The turns of a text; one without a speaker where nobody is named.

    Lines of one turn stay apart by a newline, and nothing but headers and empty edges is lost.
    """
    kept = [line for line in lines if not _FOOTER.fullmatch(line)]
    for read, is_in_blocks in ((_read_bracketed, True), (_read_trailing, True)):
        if sum(read(line) is not None for line in kept) >= 1:
            return _collect(kept, read, is_in_blocks=is_in_blocks)
    return _collect(kept, _make_label_reader(kept), is_in_blocks=False)


def _read_bracketed(line: str) -> _Header | None:
    """The header in `[Name] 11:02:09`."""
    match = _BRACKETED_NAME.fullmatch(line[:200])
    return _Header(match["name"].strip(), "", match["clock"]) if match else None


def _read_trailing(line: str) -> _Header | None:
    """The header in Otter's `Name  0:12`."""
    match = _TRAILING_CLOCK.fullmatch(line[:200])
    return _Header(match["name"].strip(), "", match["clock"]) if match else None


def _make_label_reader(lines: Sequence[str]) -> _Reader:
    """A reader of `Name: text` for those names that do speak in these lines."""
    speakers = find_speakers(_drop_clock(line)[1] for line in lines)

    def read(line: str) -> _Header | None:
        clock, rest = _drop_clock(line)
        label = split_label(rest)
        if label is None or label.name not in speakers:
            return None
        return _Header(label.name, label.text, clock, label.title)

    return read


def _drop_clock(line: str) -> tuple[str | None, str]:
    """The time that stands before or in brackets after the name, and the line without it."""
    head, tail = line[:200], line[200:]
    inner = _INNER_CLOCK.fullmatch(head)
    if inner:
        return inner["clock"], f"{inner['name'].strip()}: {inner['rest']}{tail}"
    leading = _LEADING_CLOCK.fullmatch(head)
    if leading:
        return leading["clock"], leading["rest"] + tail
    return None, line


def _collect(lines: Iterable[str], read: _Reader, *, is_in_blocks: bool) -> Transcript:
    """The turns between the headers that `read` finds."""
    headers = [_Header("", "")]
    bodies: list[list[str]] = [[]]
    for line in lines:
        header = read(line)
        if header is None:
            bodies[-1].append(line.rstrip())
        else:
            headers.append(header)
            bodies.append([header.text.strip()])
    titles = {header.name: header.title for header in headers if header.title}
    spoken = ((header, _join(body)) for header, body in zip(headers, bodies, strict=True))
    turns = _make_turns([(header, text) for header, text in spoken if text])
    return Transcript(turns, titles, is_in_blocks)


def _join(lines: list[str]) -> str:
    """The lines as one text, without empty edges; empty where they are only rules."""
    text = "\n".join(lines).strip()
    return text if text.strip("-=_* \n") else ""


def _make_turns(spoken: Sequence[tuple[_Header, str]]) -> tuple[Turn, ...]:
    """Turns with their start; times of day are counted from the first."""
    starts = [parse_clock(header.clock) if header.clock else None for header, _ in spoken]
    first = next((start for start in starts if start is not None), 0)
    origin = first if first >= _WALL_CLOCK_MS else 0
    return tuple(
        Turn(header.name, text, start_ms=None if start is None else max(0, start - origin))
        for (header, text), start in zip(spoken, starts, strict=True)
    )
