"""One file, what a format makes of it, and what a format is."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import PurePosixPath

import orjson

from core.errors import InputError, MalformedRecord
from core.vocabulary import Conversation, CrmTables, Message, Participant, PersonaDefinition
from pipeline.ingest.config import SourceConfig
from pipeline.ingest.decoding import decode
from pipeline.ingest.times import parse_time

MAX_LINE_CHARACTERS = 1_000_000
JSON_SUFFIXES = (".json", ".vcon")
_DATED_NAME = re.compile(r"(\d{4}-\d{2}-\d{2})(?!\d)[\s_-]*(.*)", re.DOTALL)

Place = tuple[str, int]
"""A file and the 1-based line in it."""


@dataclass(frozen=True)
class Document:
    """One file, decoded when its text is asked for.

    Attributes:
        path: the file's path relative to its source, with `/`.
        content: its bytes.
        config: how its source is to be read.
    """

    path: str
    content: bytes
    config: SourceConfig = field(default_factory=SourceConfig)

    @cached_property
    def text(self) -> str:
        """The whole text; raises UnreadableFile where the bytes are none."""
        return decode(self.content, self.path)

    @property
    def suffix(self) -> str:
        """The file name's suffix in small letters, with its dot."""
        return PurePosixPath(self.path).suffix.lower()

    @property
    def stem(self) -> str:
        """The file name without its suffix."""
        return PurePosixPath(self.path).stem

    @property
    def path_id(self) -> str:
        """The path without its suffix: the id of a conversation whose file gives none."""
        return str(PurePosixPath(self.path).with_suffix("")) if self.stem else self.path

    @cached_property
    def json(self) -> object:
        """What the text says as JSON; raises MalformedRecord, naming the line, where it is none."""
        try:
            return orjson.loads(self.text)
        except json.JSONDecodeError as error:
            reason = f"not valid JSON, or cut short: {error.msg}"
            raise MalformedRecord(reason, path=self.path, line=error.lineno) from error

    @cached_property
    def json_object(self) -> Mapping[str, object]:
        """The JSON object that the text holds; empty where it holds something else."""
        if self.suffix not in JSON_SUFFIXES:
            return {}
        return self.json if isinstance(self.json, dict) else {}

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """The lines without their ends; raises MalformedRecord where one is too long to read."""
        lines = tuple(re.split(r"\r\n|\r|\n", self.text))
        for number, line in enumerate(lines, start=1):
            if len(line) > MAX_LINE_CHARACTERS:
                reason = f"the line is longer than {MAX_LINE_CHARACTERS:,} characters"
                raise MalformedRecord(reason, path=self.path, line=number)
        return lines

    @property
    def dated_name(self) -> tuple[str, str] | None:
        """The ISO date that the file name starts with and the words after it, or None."""
        match = _DATED_NAME.fullmatch(self.stem)
        return (match[1], match[2].replace("_", " ").strip()) if match else None

    def parse_time(
        self, value: str | float | None, line: int | None = None, *, place: str
    ) -> datetime | None:
        """The moment in UTC; None for nothing; raises MalformedRecord for an unreadable date.

        `place` says where the date stands, such as `column 'Close Date'`; it is never quoted.
        """
        if value is None or value == "":
            return None
        try:
            return parse_time(value, self.config.zone, day_first=self.config.day_first)
        except ValueError as error:
            raise self.fault(f"the date in {place} cannot be read", line) from error

    def fault(self, reason: str, line: int | None = None) -> MalformedRecord:
        """An error that names this file."""
        return MalformedRecord(reason, path=self.path, line=line)


@dataclass(frozen=True)
class CallDetails:
    """What one file says about a call whose words are in another.

    `speakers` maps the recorder's speaker ids to those who speak.
    """

    external_id: str
    started_at: datetime | None = None
    title: str | None = None
    account: str | None = None
    speakers: Mapping[str, Participant] = field(default_factory=dict)
    participants: tuple[Participant, ...] = ()


@dataclass(frozen=True)
class ParsedFile:
    """What one file holds, and what of it could not be used.

    `places` maps `accounts/KEY`, `contacts/KEY` and `deals/KEY` to the file and line of the row.
    """

    conversations: tuple[Conversation, ...] = ()
    crm: CrmTables = field(default_factory=CrmTables)
    personas: tuple[PersonaDefinition, ...] = ()
    messages: tuple[Message, ...] = ()
    details: tuple[CallDetails, ...] = ()
    problems: tuple[InputError, ...] = ()
    format: str = ""
    places: Mapping[str, Place] = field(default_factory=dict)


@dataclass(frozen=True)
class Format:
    """One way to write conversations down.

    Attributes:
        name: what the format is called in messages.
        suffixes: suffixes of files that may be in it.
        matches: whether a document with such a suffix is in it, by its content.
        parse: what the document holds; may raise InputError.
        rank: formats of a lower rank are asked first; the catch-alls have a high one.
    """

    name: str
    suffixes: tuple[str, ...]
    matches: Callable[[Document], bool]
    parse: Callable[[Document], ParsedFile]
    rank: int = 0


def sort_results(
    results: Iterator[Conversation | InputError],
) -> tuple[tuple[Conversation, ...], tuple[InputError, ...]]:
    """The conversations and the problems of a stream in which they are mixed."""
    items = tuple(results)
    return (
        tuple(item for item in items if isinstance(item, Conversation)),
        tuple(item for item in items if isinstance(item, InputError)),
    )
