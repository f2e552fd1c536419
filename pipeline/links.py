"""Whose conversation it is: the account, deal, contacts and rep that it belongs to."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.store.crm import subject_id
from core.vocabulary import Contact, Conversation, CrmTables, Participant, Role
from pipeline.ingest.config import SourceConfig
from pipeline.ingest.document import CallDetails


@dataclass(frozen=True, slots=True)
class Directory:
    """What is known about a source: its CRM, by every name that a file may use."""

    source: str
    config: SourceConfig
    crm: CrmTables
    details: tuple[CallDetails, ...]
    own_domains: tuple[str, ...]
    subject_key: bytes
    account_ids: Mapping[str, str]  # key, or name in lower case -> id
    deal_ids: Mapping[str, str]
    account_of_domain: Mapping[str, str]  # domain -> account id
    account_names: tuple[str, ...]  # in lower case, the longest first
    contacts: Mapping[str, Contact]  # name or e-mail in lower case

    @classmethod
    def build(
        cls,
        *,
        source: str,
        config: SourceConfig,
        crm: CrmTables,
        details: tuple[CallDetails, ...],
        own_domains: Sequence[str],
        account_ids: Mapping[str, str],
        deal_ids: Mapping[str, str],
        subject_key: bytes,
    ) -> Directory:
        """The directory of one source."""
        by_name = {c.name.lower(): c for c in reversed(crm.contacts)}
        by_email = {c.email.lower(): c for c in reversed(crm.contacts) if c.email}
        names = {account.name.lower() for account in crm.accounts if len(account.name) > 2}
        return cls(
            source=source,
            config=config,
            crm=crm,
            details=details,
            own_domains=tuple(own_domains),
            subject_key=subject_key,
            account_ids=account_ids,
            deal_ids=deal_ids,
            account_of_domain={
                account.domain.lower(): account_ids[account.key]
                for account in crm.accounts
                if account.domain and account.key in account_ids
            },
            account_names=tuple(sorted(names, key=lambda name: (-len(name), name))),
            contacts=by_name | by_email,
        )


@dataclass(frozen=True, slots=True)
class Link:
    """Where a conversation belongs; None where nothing tells."""

    account_ref: str | None
    account_id: str | None
    deal_id: str | None
    contact_ids: tuple[str, ...]
    rep_id: str | None


@dataclass(frozen=True, slots=True)
class FoundContacts:
    """The customers who speak: pseudonyms and titles."""

    ids: tuple[str, ...]
    titles: tuple[str, ...]
    accounts: tuple[str, ...]


def link_conversation(conversation: Conversation, directory: Directory) -> Link:
    """The CRM rows that a conversation belongs to.

    The account is the one that the file names; else that of a contact, of an e-mail domain, or the
    longest account name in the title. The deal is the one named, else the account's only one.
    """
    found = find_contacts(conversation, directory)
    title = conversation.attributes.get("title", "")
    account_ref = conversation.account or _account_in_title(title, directory)
    account_id = _look_up(directory.account_ids, account_ref)
    if account_id is None:
        account_id = next(
            (id_ for name in found.accounts if (id_ := _look_up(directory.account_ids, name))),
            _account_by_domain(conversation, directory),
        )
    return Link(
        account_ref=account_ref,
        account_id=account_id,
        deal_id=_look_up(directory.deal_ids, conversation.deal)
        or _only_deal(account_id, directory),
        contact_ids=found.ids,
        rep_id=_rep_id(conversation, directory),
    )


def late_link(
    account_ref: str | None,
    deal_ref: str | None,
    attributes: Mapping[str, str],
    directory: Directory,
) -> dict[str, str]:
    """The account and deal that a stored conversation belongs to, as far as they are known now."""
    title = attributes.get("title", "")
    account_id = _look_up(directory.account_ids, account_ref or _account_in_title(title, directory))
    deal_id = _look_up(directory.deal_ids, deal_ref) or _only_deal(account_id, directory)
    found = {"account_id": account_id, "deal_id": deal_id}
    return {name: value for name, value in found.items() if value is not None}


def find_contacts(conversation: Conversation, directory: Directory) -> FoundContacts:
    """The customers of a conversation, looked up in the CRM by e-mail, then by name."""
    people = [p for p in conversation.participants if p.role is not Role.REP]
    known = {p.name.lower() for p in people}
    speakers = dict.fromkeys(t.speaker for t in conversation.turns if t.role is Role.CUSTOMER)
    people += [Participant(name) for name in speakers if name and name.lower() not in known]
    ids, titles, accounts = [], [], []
    for person in people:
        contact = _contact(person, directory)
        if contact is None and person.email is None and person.role is not Role.CUSTOMER:
            continue
        identity = (contact.email or contact.name) if contact else (person.email or person.name)
        ids.append(subject_id(directory.subject_key, directory.source, identity))
        titles.append(person.title or (contact.title if contact else None))
        accounts.append(contact.account if contact else None)
    return FoundContacts(
        tuple(dict.fromkeys(ids)),
        tuple(dict.fromkeys(title for title in titles if title)),
        tuple(dict.fromkeys(account for account in accounts if account)),
    )


def _contact(person: Participant, directory: Directory) -> Contact | None:
    by_email = directory.contacts.get((person.email or "").lower())
    return by_email or directory.contacts.get(_bare_name(person.name).lower())


def _bare_name(name: str) -> str:
    """`Ana Ruiz (COO)` and `Ana Ruiz - Marlow` as `Ana Ruiz`."""
    return re.split(r"\s*[(|–]|\s-\s", name, maxsplit=1)[0].strip()


def _account_in_title(title: str, directory: Directory) -> str | None:
    words = title.lower()
    return next((name for name in directory.account_names if _has_name(words, name)), None)


def _has_name(title: str, name: str) -> bool:
    """True if the name stands in the title as a word of its own: `arc` is not in `search`."""
    return name in title and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", title) is not None


def _account_by_domain(conversation: Conversation, directory: Directory) -> str | None:
    domains = (p.email.rsplit("@", 1)[-1].lower() for p in conversation.participants if p.email)
    return next(
        (directory.account_of_domain[d] for d in domains if d in directory.account_of_domain), None
    )


def _only_deal(account_id: str | None, directory: Directory) -> str | None:
    deals = [
        deal
        for deal in directory.crm.deals
        if account_id is not None and _look_up(directory.account_ids, deal.account) == account_id
    ]
    return directory.deal_ids.get(deals[0].key) if len(deals) == 1 else None


def _rep_id(conversation: Conversation, directory: Directory) -> str | None:
    reps = [p.email or p.name for p in conversation.participants if p.role is Role.REP]
    identity = conversation.rep or next(iter(reps), None)
    return subject_id(directory.subject_key, directory.source, identity) if identity else None


def _look_up(ids: Mapping[str, str], reference: str | None) -> str | None:
    if reference is None:
        return None
    return ids.get(reference) or ids.get(reference.lower())
