"""CRM tables: accounts, contacts and deals as CSV, told by file name or columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from core.errors import InputError, MalformedRecord
from core.vocabulary import Account, Contact, CrmTables, Deal
from pipeline.ingest.columns import ColumnMap, map_columns
from pipeline.ingest.crm import read_account, read_contact, read_deal
from pipeline.ingest.document import Document, Format, ParsedFile, Place
from pipeline.ingest.repeats import Seen
from pipeline.ingest.table_kinds import FIELDS, TableKind, find_table_kind
from pipeline.ingest.tables import TABLE_SUFFIXES, Row, Table, read_headers, read_table
from pipeline.ingest.validation import quote_names

_Record = Account | Contact | Deal
_READERS: Mapping[TableKind, Callable[[Document, ColumnMap, Row], _Record]] = {
    TableKind.ACCOUNTS: read_account,
    TableKind.CONTACTS: read_contact,
    TableKind.DEALS: read_deal,
}
_NEEDED = {
    TableKind.ACCOUNTS: (("name",), "the account's name, such as 'Account Name'"),
    TableKind.CONTACTS: (
        ("name", "first_name", "last_name", "email"),
        "the contact's name or e-mail address, such as 'Email'",
    ),
    TableKind.DEALS: (("name", "key"), "the deal's name, such as 'Deal Name'"),
}


def _find_kind(document: Document) -> TableKind | None:
    """The kind of CRM table that a file is, or None."""
    headers = read_headers(document)
    kind = find_table_kind(document.path, headers, document.config.columns)
    return kind if kind in _READERS else None


def _matches(document: Document) -> bool:
    return _find_kind(document) is not None


def _parse(document: Document) -> ParsedFile:
    kind = _find_kind(document) or TableKind.ACCOUNTS
    table = read_table(document)
    columns = map_columns(table.headers, FIELDS[kind], document.config.columns)
    needed, example = _NEEDED[kind]
    if not any(name in columns.fields for name in needed):
        reason = f"the table of {kind} has no column for {example}"
        raise document.fault(f"{reason}; it has: {quote_names(table.headers)}", 1)
    return _read_rows(document, kind, table, columns)


def _read_rows(document: Document, kind: TableKind, table: Table, columns: ColumnMap) -> ParsedFile:
    """The records of all rows, their places, and what is wrong with the others."""
    records: list[_Record] = []
    problems: list[InputError] = list(table.problems)
    places: dict[str, Place] = {}
    seen = Seen(document)
    for row in table.rows:
        try:
            record = _READERS[kind](document, columns, row)
            # Two contacts may share a name, and both of their numbers are to be redacted.
            key = record.key if kind is not TableKind.CONTACTS else row.line
            if not seen.admit(key, record, row.line):
                continue
        except MalformedRecord as error:
            problems.append(error)
            continue
        records.append(record)
        places.setdefault(f"{kind}/{record.key}", (document.path, row.line))
    crm = CrmTables(
        tuple(record for record in records if isinstance(record, Account)),
        tuple(record for record in records if isinstance(record, Contact)),
        tuple(record for record in records if isinstance(record, Deal)),
    )
    return ParsedFile(crm=crm, problems=tuple(problems), places=places)


FORMAT = Format(name="CRM table", suffixes=TABLE_SUFFIXES, matches=_matches, parse=_parse, rank=10)
