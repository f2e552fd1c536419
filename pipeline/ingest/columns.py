"""Which column of a CRM export is which field: HubSpot, Salesforce, Zoho, Pipedrive, Salesmate.

A header is compared by its letters and digits alone, so that `Deal - Title`, `deal_title` and
`Deal Title` are one. Where several columns give one field, the first listed that has a value does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.ingest.validation import quote_name

FieldNames = Mapping[str, tuple[str, ...]]

_OWNERS = (
    "rep", "rep name", "sales rep", "owner name", "owner full name", "owner", "owner alias",
    "hubspot owner", "record owner", "assigned to", "assigned", "activity assigned to",
    "assigned to user", "user", "user name", "author", "created by", "owner id", "hubspot owner id",
    "ownerid",
)  # fmt: skip
_ACCOUNT_LINKS = (
    "account", "account id", "accountid", "account key", "account name", "company account",
    "company", "company id", "company name", "associated company ids primary",
    "associated company ids", "associated company id", "associated company primary",
    "associated company", "associated companies", "primary company", "primary company id",
    "organization", "organization id", "organization name", "organisation", "client", "customer",
    "customer name", "parent account", "parent name", "parent id", "parentid", "related to",
)  # fmt: skip
_DEAL_LINKS = (
    "deal", "deal id", "deal name", "deal title", "opportunity", "opportunity id",
    "opportunity name", "opportunityid", "associated deal ids", "associated deal id",
    "associated deal", "associated deals", "what id", "whatid", "potential name",
)  # fmt: skip
_STAGES = (
    "stage", "stage name", "stagename", "deal stage", "dealstage", "opportunity stage",
    "sales stage", "pipeline stage",
)  # fmt: skip

NOTE_FIELDS: FieldNames = {
    "text": (
        "text", "note", "notes", "note body", "hs note body", "note content", "note text",
        "activity note", "content", "body", "full comments", "comments", "comment",
        "meeting notes", "call notes", "hs call body", "hs meeting body", "hs task body",
        "call description", "activity description", "description", "note description", "summary",
        "body preview", "hs body preview", "message",
    ),
    "transcript": ("transcript", "call transcript", "transcription"),
    "id": (
        "id", "note id", "record id", "hs object id", "activity id", "task id", "external id",
        "external system id", "external key", "engagement id", "call id",
    ),
    "started_at": (
        "started at", "date", "activity date", "activitydate", "hs timestamp", "timestamp",
        "note date", "call date", "meeting date", "due date", "created at", "created on",
        "create date", "created date", "createddate", "created time", "creation time", "add time",
        "created", "date time", "datetime", "time", "last modified date", "modified time",
    ),
    "account": _ACCOUNT_LINKS,
    "deal": _DEAL_LINKS,
    "rep": ("note owner", "task owner", "activity owner", *_OWNERS),
    "contact": (
        "contact", "contact name", "contact person", "associated contact", "associated contacts",
        "primary contact", "person", "person name", "who name", "name",
    ),
    "email": ("email", "contact email", "person email", "e mail"),
    "kind": ("kind", "record kind"),
    "title": ("title", "subject", "note title", "activity subject", "call title"),
}  # fmt: skip

_DIMENSIONS: FieldNames = {
    "industry": ("industry", "account industry", "company industry", "sector", "vertical"),
    "company_size": (
        "company size", "number of employees", "numberofemployees", "employees", "no of employees",
        "employee count", "headcount", "size", "employee range",
    ),
    "region": ("region", "territory", "sales region", "geo"),
    "lead_source": ("lead source", "leadsource", "source", "original source", "deal source"),
    "campaign": ("campaign", "campaign name", "primary campaign source", "campaign source"),
    "product": ("product", "product name", "product line"),
    "team": ("team", "sales team", "hubspot team"),
}  # fmt: skip

ACCOUNT_FIELDS: FieldNames = {
    "key": (
        "key", "account key", "account id", "accountid", "company id", "companyid", "record id",
        "hs object id", "organization id", "id",
    ),
    "name": (
        "account name", "company name", "company", "account", "organization name", "organization",
        "organisation", "name",
    ),
    "domain": (
        "domain", "company domain name", "domain name", "website", "website url", "web site",
        "organization website", "url",
    ),
    **_DIMENSIONS,
}  # fmt: skip

CONTACT_FIELDS: FieldNames = {
    "key": (
        "key", "contact key", "contact id", "contactid", "record id", "hs object id", "person id",
        "id",
    ),
    "name": ("name", "full name", "contact name", "contact", "person name", "person"),
    "first_name": ("first name", "firstname", "given name", "person first name"),
    "last_name": ("last name", "lastname", "surname", "family name", "person last name"),
    "email": (
        "email", "e mail", "email address", "person email", "person email work", "email work",
        "work email", "primary email",
    ),
    "phone": (
        "phone", "phone number", "mobile", "mobile phone", "mobile phone number", "mobilephone",
        "person phone", "person phone work", "work phone", "business phone", "primary phone",
    ),
    "title": (
        "title", "job title", "jobtitle", "designation", "position", "person job title",
        "contact title", "role",
    ),
    "account": _ACCOUNT_LINKS,
    **{name: known for name, known in _DIMENSIONS.items() if name in ("region", "lead_source")},
}  # fmt: skip

DEAL_FIELDS: FieldNames = {
    "key": (
        "key", "deal key", "deal id", "dealid", "opportunity id", "opportunityid", "record id",
        "hs object id", "potential id", "id",
    ),
    "name": (
        "deal name", "dealname", "deal title", "opportunity name", "potential name", "name",
        "title", "deal", "opportunity",
    ),
    "account": (*_ACCOUNT_LINKS, "deal organization", "deal organization name"),
    "stage": _STAGES,
    "outcome": ("outcome", "deal status", "status", "result", "deal outcome", "won lost"),
    "is_won": ("is won", "iswon", "is closed won", "hs is closed won", "won", "closed won"),
    "is_closed": ("is closed", "isclosed", "hs is closed", "closed"),
    "amount": (
        "amount", "deal amount", "deal value", "value", "acv", "arr", "tcv", "contract value",
        "opportunity amount", "amount in company currency", "total",
    ),
    "currency": (
        "currency", "currency code", "currencyisocode", "currency iso code", "deal currency",
        "deal currency of value", "amount currency", "deal currency code",
    ),
    "rep": ("deal owner", "opportunity owner", "potential owner", *_OWNERS),
    "closed_at": (
        "closed at", "close date", "closedate", "closed date", "closing date", "date closed",
        "deal closed on", "deal won time", "deal lost time", "won time", "lost time",
        "actual close date", "expected close date", "deal expected close date",
        "estimated close date",
    ),
    **{name: known for name, known in _DIMENSIONS.items() if name not in ("industry",)},
}  # fmt: skip


def normalise_header(header: str) -> str:
    """A header's words in small letters with one blank between them."""
    return " ".join(re.findall(r"[^\W_]+", header.casefold()))


def _drop_object(header: str) -> str:
    """The header without the object that Pipedrive puts first: `email` of `Person - Email`."""
    return normalise_header(header.partition(" - ")[2])


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """Which columns give which field, and which are left over.

    `fields` maps a field to its headers, best first; `others` holds headers of no field.
    """

    fields: Mapping[str, tuple[str, ...]]
    others: tuple[str, ...]

    def read(self, row: Mapping[str, str], field: str) -> str | None:
        """The first value that the row gives for a field, or None."""
        return next(iter(self._read_all(row, field).values()), None)

    def place(self, row: Mapping[str, str], field: str) -> str:
        """Where the row gives a field, as a reason names it: `column 'Close Date'`."""
        header = next(iter(self._read_all(row, field)), field)
        return f"column {quote_name(header)!r}"

    def read_others(self, row: Mapping[str, str]) -> dict[str, str]:
        """The values that `read` gives for no field, under their headers."""
        surplus: dict[str, str] = {}
        for field in self.fields:
            values = self._read_all(row, field)
            surplus.update(tuple(values.items())[1:])
        return {
            header: row[header].strip() for header in self.others if row[header].strip()
        } | surplus

    def _read_all(self, row: Mapping[str, str], field: str) -> dict[str, str]:
        """Every value that the row gives for a field, by header, best first."""
        values = {header: row[header].strip() for header in self.fields.get(field, ())}
        return {header: value for header, value in values.items() if value}


def map_columns(
    headers: tuple[str, ...], known: FieldNames, own: Mapping[str, str] | None = None
) -> ColumnMap:
    """Which of the headers give which field; `own` maps further headers to fields, and wins."""
    fields_of_own = {normalise_header(header): field for header, field in (own or {}).items()}
    ranks = {alias: (field, rank) for field, names in known.items() for rank, alias in
             reversed(tuple(enumerate(names)))}  # fmt: skip
    found: dict[str, list[tuple[int, str]]] = {}
    others = []
    for header in headers:
        name = normalise_header(header)
        own_field = fields_of_own.get(name)
        name = name if name in ranks else _drop_object(header)
        field, rank = (own_field, -1) if own_field else ranks.get(name, ("", 0))
        if field in known:
            found.setdefault(field, []).append((rank, header))
        else:
            others.append(header)
    ordered = {field: tuple(h for _, h in sorted(items)) for field, items in found.items()}
    return ColumnMap(ordered, tuple(others))
