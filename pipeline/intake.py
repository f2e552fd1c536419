"""From files to stored conversations: what is new in a source, and batches of it.

A batch is one transaction. A file that was read is noted with a fingerprint in that same
transaction, so that a night that was cut off goes on where it stopped.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import orjson
from sqlalchemy import Connection

from core.errors import InputError, MalformedRecord
from core.logs import get_log
from core.settings import Settings
from core.store.conversations import (
    ConversationRecord,
    Saved,
    find_displaced,
    save_conversation,
)
from core.store.erasure import list_erased_conversations
from core.store.files import (
    DETAILS,
    read_content_hash,
    read_fingerprints,
    save_file,
    save_quarantine,
)
from core.vocabulary import Conversation, make_id
from models.screening import fingerprint, screen
from models.speakers import assign_roles
from pipeline.ingest.config import SourceConfig
from pipeline.ingest.details import add_details
from pipeline.ingest.document import ParsedFile
from pipeline.ingest.registry import parse_file
from pipeline.ingest.source import SourceFile, read_file
from pipeline.links import Directory, find_contacts, link_conversation
from pipeline.night import Counts, Night, add_counts
from pipeline.references import list_source, read_directory, redact_texts, source_name
from pipeline.resources import get_redactor, get_role_model, get_store

FUTURE = "dated in the future"
SAME_ID = "the id of a conversation stands with other content in an earlier file"


@dataclass(frozen=True, slots=True)
class Scan:
    """What a source holds for this night: paths to read, in batches."""

    source: str
    batches: tuple[tuple[str, ...], ...]
    counts: Counts


@dataclass(frozen=True, slots=True)
class _Reading:
    """What came of one file, ready to be stored."""

    file: SourceFile
    content_hash: str | None
    parsed: ParsedFile
    records: tuple[ConversationRecord, ...]
    problems: tuple[InputError, ...]
    n_deferred: int
    config: SourceConfig


def scan_source(url: str, night: Night, settings: Settings) -> Scan:
    """Which files of a source are new or changed since they were last read."""
    listing = list_source(url, night.run_id)
    name = source_name(url, listing)
    with get_store(settings).begin() as conn:
        known = read_fingerprints(conn, url)
        n_refused = save_quarantine(
            conn,
            source=url,
            path="",
            problems=listing.problems,
            run_id=night.run_id,
            now=night.now,
        )
    todo = [f.path for f in listing.files if known.get(f.path) != _fingerprint(f, listing.config)]
    size = settings.batch_size
    return Scan(
        source=name,
        batches=tuple(tuple(todo[i : i + size]) for i in range(0, len(todo), size)),
        counts={
            "n_files": len(listing.files),
            "n_skipped": len(listing.files) - len(todo),
            "n_quarantined": n_refused,
        },
    )


def ingest_batch(url: str, paths: Sequence[str], night: Night, settings: Settings) -> Counts:
    """Reads, redacts and stores the conversations of these files; one transaction."""
    listing = list_source(url, night.run_id)
    files = {file.path: file for file in listing.files}
    wanted = [files[path] for path in paths if path in files]
    directory = read_directory(url, night.run_id, settings)
    readings = [_read_file(file, directory, night, settings) for file in wanted]
    with get_store(settings).begin() as conn:
        erased = list_erased_conversations(conn)
        kept = [_leave_out(reading, erased) for reading in readings]
        counts = [_save_reading(conn, url, reading, night) for reading in kept]
    n_erased = sum(len(reading.records) for reading in readings)
    n_erased -= sum(len(reading.records) for reading in kept)
    return add_counts([*counts, {"n_erased": n_erased}] if n_erased else counts)


def _leave_out(reading: _Reading, erased: set[str]) -> _Reading:
    """The reading without conversations that were erased."""
    left = tuple(record for record in reading.records if record.id not in erased)
    return replace(reading, records=left)


def _read_file(
    file: SourceFile, directory: Directory, night: Night, settings: Settings
) -> _Reading:
    """Everything that can be done before the transaction; trouble becomes `problems`."""
    try:
        content = read_file(file, max_bytes=settings.max_file_bytes)
    except InputError as error:
        return _Reading(file, None, ParsedFile(), (), (error,), 0, directory.config)
    parsed = parse_file(content, file.path, directory.config)
    conversations = add_details(parsed.conversations, directory.details)
    due = [c for c in conversations if not _is_deferred(c, night)]
    records, problems = [], list(parsed.problems)
    for conversation in due:
        try:
            records.append(_prepare(conversation, file, directory, night))
        except InputError as error:
            problems.append(error)
        except Exception as error:  # noqa: BLE001 - one bad conversation must not stop the batch
            get_log(run=night.run_id).error("preparing failed", error=type(error).__name__)
            reason = f"cannot be prepared: {type(error).__name__}"
            problems.append(MalformedRecord(reason, path=file.path, line=conversation.line))
    return _Reading(
        file,
        hashlib.sha256(content + directory.config.fingerprint.encode()).hexdigest(),
        parsed,
        tuple(records),
        tuple(problems),
        sum(night.is_later(c.started_at) for c in conversations),
        directory.config,
    )


def _prepare(
    conversation: Conversation, file: SourceFile, directory: Directory, night: Night
) -> ConversationRecord:
    """A conversation as it is stored: dated, linked, with roles, redacted."""
    if night.is_future(conversation.started_at):
        raise MalformedRecord(FUTURE, path=file.path, line=conversation.line)
    source = conversation.source or directory.source
    roles = assign_roles(
        conversation,
        directory.crm,
        own_domains=directory.own_domains,
        model=get_role_model(),
    )
    link = link_conversation(roles, directory)
    known = replace(roles, account=link.account_ref or roles.account)
    redacted = get_redactor().redact(known, directory.crm)
    screening, mark = screen(redacted), fingerprint(redacted)
    return ConversationRecord(
        id=make_id("cnv", source, conversation.external_id),
        source=source,
        external_id=conversation.external_id,
        kind=conversation.kind,
        started_at=conversation.started_at,
        account_ref=link.account_ref,
        account_id=link.account_id,
        deal_ref=conversation.deal,
        deal_id=link.deal_id,
        contact_ids=link.contact_ids,
        rep_id=link.rep_id,
        titles=redact_texts(find_contacts(roles, directory).titles, directory.crm),
        attributes=redacted.attributes,
        path=file.path,
        content_hash=_hash_value(replace(conversation, line=None)),
        screening=screening,
        n_words=mark.n_words,
        signature=None if screening else mark.signature,
        night=night.day,
        turns=redacted.turns,
    )


def _save_reading(conn: Connection, url: str, reading: _Reading, night: Night) -> Counts:
    file, problems = reading.file, list(reading.problems)
    if reading.content_hash is not None and reading.content_hash == read_content_hash(
        conn, source=url, path=file.path
    ):
        _note_file(conn, url, reading, night, n_conversations=None)
        return {"n_read": 1, "n_unchanged": len(reading.records)}
    outcomes, n_displaced = dict.fromkeys(Saved, 0), 0
    for record in reading.records:
        displaced = find_displaced(conn, record)
        if displaced is not None:
            n_displaced += _quarantine_rival(conn, url, displaced, night)
        outcome = save_conversation(conn, record)
        outcomes[outcome] += 1
        if outcome is Saved.REFUSED:
            problems.append(MalformedRecord(SAME_ID, path=file.path))
    n_quarantined = save_quarantine(
        conn,
        source=url,
        path=file.path,
        problems=problems,
        run_id=night.run_id,
        now=night.now,
        content_hash=reading.content_hash,
    )
    _note_file(conn, url, reading, night, n_conversations=len(reading.records))
    return {
        "n_read": 1,
        "n_conversations": len(reading.records),
        "n_new": outcomes[Saved.NEW],
        "n_changed": outcomes[Saved.CHANGED],
        "n_unchanged": outcomes[Saved.UNCHANGED],
        "n_deferred": reading.n_deferred - sum(p.reason == FUTURE for p in problems),
        "n_quarantined": n_quarantined + n_displaced,
        "n_screened": sum(record.screening is not None for record in reading.records),
    }


def _quarantine_rival(conn: Connection, url: str, path: str, night: Night) -> int:
    """Tells that a file's conversation gave way to one of the same id in a file before it."""
    return save_quarantine(
        conn,
        source=url,
        path=path,
        problems=[MalformedRecord(SAME_ID, path=path)],
        run_id=night.run_id,
        now=night.now,
    )


def _note_file(
    conn: Connection, url: str, reading: _Reading, night: Night, *, n_conversations: int | None
) -> None:
    """Notes the file as read; one that waits for a later night, or failed, is read again."""
    is_done = reading.content_hash is not None and not reading.n_deferred
    row: dict[str, Any] = {
        "source": url,
        "path": reading.file.path,
        "fingerprint": _fingerprint(reading.file, reading.config) if is_done else None,
        "content_hash": reading.content_hash if is_done else None,
        "status": "read" if reading.content_hash is not None else "failed",
        "format": _format(reading.parsed),
        "run_id": night.run_id,
    }
    if n_conversations is not None:
        row["n_conversations"] = n_conversations
    save_file(conn, **row)


def _fingerprint(file: SourceFile, config: SourceConfig) -> str:
    """What changes when a file, or how its source is to be read, does."""
    return f"{file.fingerprint}-{config.fingerprint}"


def _format(parsed: ParsedFile) -> str | None:
    """The name of a file's format, marked where it completes calls that lie in other files."""
    return f"{DETAILS} {parsed.format}" if parsed.details else parsed.format or None


def _is_deferred(conversation: Conversation, night: Night) -> bool:
    moment = conversation.started_at
    return night.is_later(moment) and not night.is_future(moment)


def _hash_value(value: Any) -> str:
    return hashlib.sha256(
        orjson.dumps(asdict(value), option=orjson.OPT_SORT_KEYS, default=str)
    ).hexdigest()
