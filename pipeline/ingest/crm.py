"""Accounts, contacts and deals from rows of CRM tables, and which rows name no known account."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from core.errors import MalformedRecord
from core.vocabulary import Account, Contact, CrmTables, Deal
from pipeline.ingest.amounts import Money, parse_amount
from pipeline.ingest.columns import ColumnMap
from pipeline.ingest.document import Document, ParsedFile, Place
from pipeline.ingest.limits import (
    MAX_CURRENCY_CHARACTERS,
    MAX_STAGE_CHARACTERS,
    cut_name,
    cut_optional,
)
from pipeline.ingest.tables import Row
from pipeline.ingest.validation import find_id_fault

_WON = re.compile(r"\bwon\b(?!['’])|closedwon|\bcontract signed\b", re.IGNORECASE)
_LOST = re.compile(
    r"\blost\b|closedlost|\bdisqualified\b|\bdead\b|\babandoned\b|\bno decision\b", re.IGNORECASE
)
_TRUE = ("true", "yes", "1", "y")
_EXTRA_FIELDS = ("industry", "company_size", "region", "lead_source", "campaign", "product", "team")


def _read_attributes(columns: ColumnMap, row: Row) -> dict[str, str]:
    """Every further column: known dimensions under their own name, others under their header."""
    known = {name: columns.read(row.cells, name) for name in _EXTRA_FIELDS}
    given = {name: value for name, value in known.items() if value is not None}
    return {**columns.read_others(row.cells), **given}


def _check_key(key: str, document: Document, row: Row) -> str:
    """The key; raises MalformedRecord where it cannot be one."""
    fault = find_id_fault(key)
    if fault:
        raise document.fault(fault, row.line)
    return key


def read_account(document: Document, columns: ColumnMap, row: Row) -> Account:
    """The account in a row; raises MalformedRecord where it has no name."""
    name = columns.read(row.cells, "name")
    if name is None:
        raise document.fault("the account has no name", row.line)
    key = _check_key(columns.read(row.cells, "key") or name, document, row)
    domain = normalise_domain(columns.read(row.cells, "domain") or "")
    return Account(key, cut_name(name), domain or None, _read_attributes(columns, row))


def read_contact(document: Document, columns: ColumnMap, row: Row) -> Contact:
    """The contact in a row; raises MalformedRecord where it has neither name nor e-mail."""
    parts = (columns.read(row.cells, part) for part in ("first_name", "last_name"))
    email = columns.read(row.cells, "email")
    name = columns.read(row.cells, "name") or " ".join(part for part in parts if part)
    if not name and not email:
        raise document.fault("the contact has neither a name nor an e-mail address", row.line)
    return Contact(
        key=_check_key(columns.read(row.cells, "key") or email or name, document, row),
        name=cut_name(name),
        email=email,
        phone=columns.read(row.cells, "phone"),
        title=cut_optional(columns.read(row.cells, "title")),
        account=cut_optional(columns.read(row.cells, "account")),
        attributes=_read_attributes(columns, row),
    )


def read_deal(document: Document, columns: ColumnMap, row: Row) -> Deal:
    """The deal in a row; raises MalformedRecord for no name, an unreadable date or amount."""
    name, key = columns.read(row.cells, "name"), columns.read(row.cells, "key")
    if name is None and key is None:
        raise document.fault("the deal has neither a name nor an id", row.line)
    money = _read_money(document, columns, row)
    closed_place = columns.place(row.cells, "closed_at")
    return Deal(
        key=_check_key(key or name or "", document, row),
        name=cut_name(name or key or ""),
        account=cut_optional(columns.read(row.cells, "account")),
        stage=cut_optional(columns.read(row.cells, "stage"), MAX_STAGE_CHARACTERS),
        outcome=read_outcome(columns, row.cells),
        amount=money.amount if money else None,
        currency=_read_currency(columns, row, money),
        rep=columns.read(row.cells, "rep"),
        closed_at=document.parse_time(
            columns.read(row.cells, "closed_at"), row.line, place=closed_place
        ),
        attributes=_read_attributes(columns, row),
    )


def _read_money(document: Document, columns: ColumnMap, row: Row) -> Money | None:
    """The amount of a deal, or None where the row gives none."""
    text = columns.read(row.cells, "amount")
    try:
        return parse_amount(text) if text else None
    except ValueError as error:
        place = columns.place(row.cells, "amount")
        raise document.fault(f"the amount in {place} cannot be read", row.line) from error


def _read_currency(columns: ColumnMap, row: Row, money: Money | None) -> str | None:
    """The deal's currency; None where what stands there is too long for one."""
    currency = columns.read(row.cells, "currency") or (money.currency if money else None)
    return currency if currency and len(currency) <= MAX_CURRENCY_CHARACTERS else None


def read_outcome(columns: ColumnMap, cells: Mapping[str, str]) -> str:
    """`won`, `lost` or `open`: from the outcome column, flags, or the stage's name."""
    for field in ("outcome", "stage"):
        value = columns.read(cells, field) or ""
        if _LOST.search(value):
            return "lost"
        if _WON.search(value):
            return "won"
    is_won = columns.read(cells, "is_won")
    if is_won is not None and is_won.lower() in _TRUE:
        return "won"
    is_closed = (columns.read(cells, "is_closed") or "").lower() in _TRUE
    return "lost" if is_closed and is_won is not None else "open"


def normalise_domain(text: str) -> str:
    """The bare domain of a website or e-mail address: `marlow.example` of `https://www.marlow.example/`."""
    host = re.sub(r"^[a-z]+://", "", text.strip().lower()).split("/")[0].rpartition("@")[2]
    return host.partition(":")[0].removeprefix("www.")


@dataclass(frozen=True, slots=True)
class AccountIndex:
    """Accounts to be found by key, name or domain, whatever the case."""

    by_key: Mapping[str, Account]
    by_name: Mapping[str, Account]
    by_domain: Mapping[str, Account]

    def find(self, reference: str | None) -> Account | None:
        """The account that a text names; of several parted by `;`, the first that is known."""
        for part in (reference or "").split(";"):
            name = part.strip().casefold()
            found = self.by_key.get(name) or self.by_name.get(name)
            found = found or (self.by_domain.get(normalise_domain(part)) if name else None)
            if found:
                return found
        return None


def index_accounts(accounts: Iterable[Account]) -> AccountIndex:
    """An index of accounts; where two share a name, the first counts."""
    items = tuple(accounts)[::-1]
    return AccountIndex(
        {account.key.casefold(): account for account in items},
        {account.name.casefold(): account for account in items},
        {account.domain: account for account in items if account.domain},
    )


def merge_crm(files: Iterable[ParsedFile]) -> tuple[CrmTables, dict[str, Place]]:
    """All rows of several files as one set of tables, and the place that each row comes from."""
    items = tuple(files)
    tables = CrmTables(
        tuple(row for parsed in items for row in parsed.crm.accounts),
        tuple(row for parsed in items for row in parsed.crm.contacts),
        tuple(row for parsed in items for row in parsed.crm.deals),
    )
    return tables, {key: place for parsed in items for key, place in parsed.places.items()}


def link_problems(crm: CrmTables, places: Mapping[str, Place]) -> tuple[MalformedRecord, ...]:
    """A problem for each contact and deal that names no known account.

    A contact is linked by its e-mail's domain, too. `places` is what `merge_crm` gives.
    """
    index = index_accounts(crm.accounts)
    unlinked = (*_find_unlinked_contacts(crm, index), *_find_unlinked_deals(crm, index))
    return tuple(_make_problem(key, is_named, places) for key, is_named in unlinked)


def _find_unlinked_contacts(crm: CrmTables, index: AccountIndex) -> Iterator[tuple[str, bool]]:
    """Place key of each contact without a known account, and whether it names any."""
    for contact in crm.contacts:
        if not index.find(contact.account) and not index.find(contact.email):
            yield f"contacts/{contact.key}", bool(contact.account)


def _find_unlinked_deals(crm: CrmTables, index: AccountIndex) -> Iterator[tuple[str, bool]]:
    """Place key of each deal without a known account, and whether it names any."""
    for deal in crm.deals:
        if not index.find(deal.account):
            yield f"deals/{deal.key}", bool(deal.account)


def _make_problem(key: str, is_named: bool, places: Mapping[str, Place]) -> MalformedRecord:
    """The problem of a row that names no known account, with its place where known."""
    kind = key.split("/")[0].removesuffix("s")
    reason = f"the {kind} names no account"
    if is_named:
        reason = f"the {kind}'s account column names no known account"
    path, line = places.get(key, ("", None))
    return MalformedRecord(reason, path=path, line=line)
