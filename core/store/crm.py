"""Accounts, contacts and deals: what the CRM knows, without names of people."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

from sqlalchemy import Connection, select

from core.store.database import upsert
from core.store.erasure import list_erased_subjects
from core.tables import accounts, contacts, deals
from core.vocabulary import Account, Contact, CrmTables, Deal, make_id


def subject_id(key: bytes, source: str, identity: str) -> str:
    """The pseudonym of a person: a keyed hash of an e-mail address, key or name."""
    digest = hmac.new(key, f"{source}\x1f{identity.strip().lower()}".encode(), hashlib.sha256)
    return f"sub_{digest.hexdigest()[:20]}"


def save_crm(conn: Connection, *, source: str, crm: CrmTables, key: bytes) -> None:
    """Inserts or updates the CRM rows of one source; rows that vanished stay, people who were
    erased stay away."""
    upsert(conn, accounts, [_account_row(source, account) for account in crm.accounts])
    known = account_ids(conn, source)
    erased = list_erased_subjects(conn)
    people = [_contact_row(source, contact, known, key) for contact in crm.contacts]
    upsert(conn, contacts, [row for row in people if row["id"] not in erased])
    upsert(conn, deals, [_deal_row(source, deal, known) for deal in crm.deals])


def account_ids(conn: Connection, source: str) -> dict[str, str]:
    """Account key, and name in lower case, -> account id, of one source."""
    rows = conn.execute(
        select(accounts.c.id, accounts.c.key, accounts.c.name)
        .where(accounts.c.source == source)
        .order_by(accounts.c.id)
    ).all()
    return {row.name.lower(): row.id for row in rows} | {row.key: row.id for row in rows}


def deal_ids(conn: Connection, source: str) -> dict[str, str]:
    """Deal key -> deal id, of one source."""
    query = select(deals.c.id, deals.c.key).where(deals.c.source == source)
    return {row.key: row.id for row in conn.execute(query)}


def _account_row(source: str, account: Account) -> Mapping[str, object]:
    return {
        "id": make_id("acc", source, account.key),
        "source": source,
        "key": account.key,
        "name": account.name,
        "attributes": dict(account.attributes),
    }


def _contact_row(
    source: str, contact: Contact, known: Mapping[str, str], key: bytes
) -> Mapping[str, object]:
    return {
        "id": subject_id(key, source, contact.email or contact.name),
        "source": source,
        "account_id": _account_id(contact.account, known),
        "title": contact.title,
        "attributes": dict(contact.attributes),
    }


def _deal_row(source: str, deal: Deal, known: Mapping[str, str]) -> Mapping[str, object]:
    return {
        "id": make_id("deal", source, deal.key),
        "source": source,
        "key": deal.key,
        "account_id": _account_id(deal.account, known),
        "stage": deal.stage,
        "outcome": deal.outcome,
        "amount": deal.amount,
        "currency": deal.currency,
        "closed_at": deal.closed_at,
        "attributes": dict(deal.attributes),
    }


def _account_id(reference: str | None, known: Mapping[str, str]) -> str | None:
    if reference is None:
        return None
    return known.get(reference) or known.get(reference.lower())
