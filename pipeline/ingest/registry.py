"""Which format a file is in, and what the file holds: the one entry to all parsers."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

from pydantic import ValidationError

from core.errors import InputError, MalformedRecord, UnknownFormat
from core.vocabulary import Conversation
from pipeline.ingest import formats
from pipeline.ingest.config import SourceConfig
from pipeline.ingest.document import (
    JSON_SUFFIXES,
    CallDetails,
    Document,
    Format,
    ParsedFile,
    sort_results,
)
from pipeline.ingest.limits import fit_conversation, fit_details
from pipeline.ingest.repeats import Seen
from pipeline.ingest.validation import explain, find_fault, quote_name

__all__ = ["CallDetails", "Format", "ParsedFile", "find_formats", "parse_document", "parse_file"]


@cache
def find_formats() -> tuple[Format, ...]:
    """Every format, in the order in which they are asked: one for each module in `formats`."""
    names = (module.name for module in pkgutil.iter_modules(formats.__path__))
    modules = (importlib.import_module(f"{formats.__name__}.{name}") for name in names)
    found: list[Format] = [module.FORMAT for module in modules if hasattr(module, "FORMAT")]
    return tuple(sorted(found, key=lambda known: (known.rank, known.name)))


def parse_file(content: bytes, path: str, config: SourceConfig | None = None) -> ParsedFile:
    """What a file holds; never raises, for what cannot be used comes back in `problems`."""
    try:
        return parse_document(Document(path, content, config or SourceConfig()))
    except InputError as error:
        return ParsedFile(problems=(error,))


def parse_document(document: Document) -> ParsedFile:
    """What a document holds; raises InputError where nothing of it can be used."""
    found = _find_format(document)
    try:
        parsed = found.parse(document)
    except ValidationError as error:
        raise document.fault(explain(error)) from error
    except RecursionError as error:
        raise document.fault("the file is nested too deeply") from error
    if parsed == ParsedFile():
        raise document.fault(f"the file holds no records ({found.name})")
    conversations, faults = sort_results(_finish(document, parsed.conversations))
    details = tuple(fit_details(one) for one in parsed.details)
    return replace(
        parsed,
        conversations=conversations,
        details=details,
        problems=(*parsed.problems, *faults),
        format=found.name,
    )


def _find_format(document: Document) -> Format:
    """The format of a document; raises UnknownFormat, or MalformedRecord for broken JSON."""
    candidates = [known for known in find_formats() if document.suffix in known.suffixes]
    if not candidates:
        reason = f"no format has the suffix {quote_name(document.suffix)!r}"
        raise UnknownFormat(reason, path=document.path)
    for known in candidates:
        if known.matches(document):
            return known
    raise UnknownFormat(_describe_unknown(document, candidates), path=document.path)


def _describe_unknown(document: Document, candidates: list[Format]) -> str:
    """Why none of the formats that share the suffix fits."""
    names = ", ".join(sorted(known.name for known in candidates))
    if document.suffix in JSON_SUFFIXES:
        keys = ", ".join(repr(quote_name(key)) for key in list(document.json_object)[:8])
        what = f"a JSON object with the keys {keys}" if keys else "JSON that is not an object"
        return f"{what} is none of: {names}"
    return f"the content is none of: {names}"


def _finish(
    document: Document, conversations: tuple[Conversation, ...]
) -> Iterator[Conversation | InputError]:
    """Each conversation with what its file's name adds, or the reason why it cannot be used."""
    seen = Seen(document)
    for conversation in conversations:
        try:
            complete = _complete(document, conversation)
            key = (complete.source, complete.external_id)
            if seen.admit(key, replace(complete, line=None), conversation.line):
                yield complete
        except MalformedRecord as error:
            yield error


def _complete(document: Document, conversation: Conversation) -> Conversation:
    """The conversation as it can be stored; raises MalformedRecord where it cannot be used."""
    complete = fit_conversation(_add_name_facts(document, conversation))
    fault = find_fault(complete)
    if fault:
        raise document.fault(fault, conversation.line or _find_null_line(document))
    return complete


def _add_name_facts(document: Document, conversation: Conversation) -> Conversation:
    """The conversation with date and title from a file name such as `2026-10-07 Marlow call.vtt`.

    Only where the file gives neither a date nor an account of its own.
    """
    dated = document.dated_name
    if dated is None:
        return conversation
    date, title = dated
    started_at = conversation.started_at or document.parse_time(date, place="the file's name")
    if conversation.account is not None or not title:
        return replace(conversation, started_at=started_at)
    attributes = {"title": title, **conversation.attributes}
    return replace(conversation, started_at=started_at, attributes=attributes)


def _find_null_line(document: Document) -> int | None:
    """The line of the first null byte of the file, or None."""
    position = document.content.find(b"\x00")
    return document.content.count(b"\n", 0, position) + 1 if position >= 0 else None
