"""Which kind of table a delimited file is: accounts, contacts, deals or notes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from pathlib import PurePosixPath

from pipeline.ingest.columns import (
    ACCOUNT_FIELDS,
    CONTACT_FIELDS,
    DEAL_FIELDS,
    NOTE_FIELDS,
    FieldNames,
    map_columns,
)


class TableKind(StrEnum):
    """What the rows of a table are."""

    ACCOUNTS = "accounts"
    CONTACTS = "contacts"
    DEALS = "deals"
    NOTES = "notes"


FIELDS: Mapping[TableKind, FieldNames] = {
    TableKind.ACCOUNTS: ACCOUNT_FIELDS,
    TableKind.CONTACTS: CONTACT_FIELDS,
    TableKind.DEALS: DEAL_FIELDS,
    TableKind.NOTES: NOTE_FIELDS,
}
_NAMES = {
    TableKind.NOTES: re.compile(r"notes?|activit(?:y|ies)|tasks?|engagements?|calls?|meetings?"),
    TableKind.DEALS: re.compile(r"deals?|opportunit(?:y|ies)|potentials?"),
    TableKind.CONTACTS: re.compile(r"contacts?|people|persons?|leads?"),
    TableKind.ACCOUNTS: re.compile(r"accounts?|compan(?:y|ies)|organi[sz]ations?|customers?"),
}


def find_table_kind(
    path: str, headers: tuple[str, ...], own: Mapping[str, str] | None = None
) -> TableKind | None:
    """The kind that the columns allow and the file's name says; else the columns' best guess."""
    fields = {kind: set(map_columns(headers, FIELDS[kind], own).fields) for kind in TableKind}
    named = _read_name(path)
    if named is not None and (_is_possible(named, fields[named]) or not _guess(fields)):
        return named
    return _guess(fields)


def _read_name(path: str) -> TableKind | None:
    """The kind that the file's name says: the last of its words that says one."""
    words = re.findall(r"[a-z]+", PurePosixPath(path).stem.lower())
    for word in reversed(words):
        for kind, names in _NAMES.items():
            if names.fullmatch(word):
                return kind
    return None


def _is_possible(kind: TableKind, fields: set[str]) -> bool:
    """Whether a table with these fields can be of that kind."""
    if kind is TableKind.NOTES:
        return bool(fields & {"text", "transcript"})
    if kind is TableKind.CONTACTS:
        return bool(fields & {"name", "email", "last_name"})
    return "name" in fields


def _guess(fields: Mapping[TableKind, set[str]]) -> TableKind | None:
    """The kind that the columns alone tell."""
    notes, deals = fields[TableKind.NOTES], fields[TableKind.DEALS]
    contacts, accounts = fields[TableKind.CONTACTS], fields[TableKind.ACCOUNTS]
    if "name" in deals and len(deals & {"stage", "amount", "closed_at", "outcome"}) >= 2:
        return TableKind.DEALS
    if contacts & {"name", "last_name"} and len(contacts & {"email", "phone", "last_name"}) >= 2:
        return TableKind.CONTACTS
    if "name" in accounts and "domain" in accounts and "started_at" not in notes:
        return TableKind.ACCOUNTS
    if notes & {"text", "transcript"}:
        return TableKind.NOTES
    is_account = "name" in accounts and bool(accounts & {"industry", "company_size"})
    return TableKind.ACCOUNTS if is_account else None
