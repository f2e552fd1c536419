"""Rep notes as CSV, one note a row; a row with a transcript is a call."""

from __future__ import annotations

from collections.abc import Iterator

from core.errors import InputError
from core.vocabulary import Conversation, ConversationKind, Participant, Role, Turn
from pipeline.ingest.columns import NOTE_FIELDS, ColumnMap, map_columns
from pipeline.ingest.document import Document, Format, ParsedFile, sort_results
from pipeline.ingest.markup import strip_markup
from pipeline.ingest.speech import list_speakers
from pipeline.ingest.tables import TABLE_SUFFIXES, Row, read_table
from pipeline.ingest.transcript_text import read_transcript
from pipeline.ingest.validation import quote_names


def _matches(document: Document) -> bool:
    """True: whichever table the CRM tables leave is one of notes, or is told what it lacks."""
    return document.suffix in TABLE_SUFFIXES


def _parse(document: Document) -> ParsedFile:
    table = read_table(document)
    columns = map_columns(table.headers, NOTE_FIELDS, document.config.columns)
    if not {"text", "transcript"} & set(columns.fields):
        reason = (
            "no column holds a note's text ('Note', 'Body', 'Description'...) and it is no table "
            "of accounts, contacts or deals; name the column under `columns` in source.yaml. "
            f"It has: {quote_names(table.headers)}"
        )
        raise document.fault(reason, 1)
    conversations, problems = sort_results(_read_rows(document, table.rows, columns))
    return ParsedFile(conversations=conversations, problems=(*table.problems, *problems))


def _read_rows(
    document: Document, rows: tuple[Row, ...], columns: ColumnMap
) -> Iterator[Conversation | InputError]:
    """Each row's conversation, or what is wrong with the row."""
    for row in rows:
        try:
            yield _read_row(document, columns, row)
        except InputError as error:
            yield error


def _read_row(document: Document, columns: ColumnMap, row: Row) -> Conversation:
    """The note or call in a row; raises MalformedRecord where the row holds no text."""
    values = {field: columns.read(row.cells, field) for field in columns.fields}
    turns = _read_turns(values)
    if not turns:
        raise document.fault("the row holds no text", row.line)
    return Conversation(
        external_id=values.get("id") or f"{document.path_id}#{row.line}",
        kind=_read_kind(values),
        turns=turns,
        started_at=document.parse_time(
            values.get("started_at"), row.line, place=columns.place(row.cells, "started_at")
        ),
        account=values.get("account"),
        deal=values.get("deal"),
        rep=values.get("rep"),
        participants=_list_participants(values, turns),
        attributes=_read_attributes(values, columns, row),
        line=row.line,
    )


def _read_kind(values: dict[str, str | None]) -> ConversationKind:
    """What the row says it is; a call where it holds a transcript, else a note."""
    stated = (values.get("kind") or "").lower()
    if stated in ("call", "note"):
        return ConversationKind(stated)
    return ConversationKind.CALL if values.get("transcript") else ConversationKind.NOTE


def _read_turns(values: dict[str, str | None]) -> tuple[Turn, ...]:
    """The transcript's turns, or the note as one turn of the rep."""
    transcript = strip_markup(values.get("transcript") or "").strip()
    if transcript:
        return read_transcript(transcript.split("\n")).turns
    text = strip_markup(values.get("text") or "").strip()
    if _read_kind(values) is ConversationKind.CALL:
        return read_transcript(text.split("\n")).turns
    return (Turn(values.get("rep") or "", text, Role.REP),) if text else ()


def _list_participants(
    values: dict[str, str | None], turns: tuple[Turn, ...]
) -> tuple[Participant, ...]:
    """Those who speak, and the contact that the row names."""
    contact, email = values.get("contact"), values.get("email")
    if not contact and not email:
        return list_speakers(turns)
    return (*list_speakers(turns), Participant(contact or "", Role.CUSTOMER, email))


def _read_attributes(values: dict[str, str | None], columns: ColumnMap, row: Row) -> dict[str, str]:
    """Every further column under its header, and the title."""
    title = values.get("title")
    return {**columns.read_others(row.cells), **({"title": title} if title else {})}


FORMAT = Format(name="rep notes", suffixes=TABLE_SUFFIXES, matches=_matches, parse=_parse, rank=100)
