"""Names from the CRM tables, indexed once per source, and those that matter to a conversation."""

from __future__ import annotations

import threading
from collections import OrderedDict, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from core.vocabulary import Conversation, CrmTables
from pipeline.redaction.findings import Finding
from pipeline.redaction.labels import names_of, person_names
from pipeline.redaction.lexicon import Lexicon, Word, find_words
from pipeline.redaction.names import KnownNames, Name, find_sequences, index_by_first_word


@dataclass(frozen=True)
class Directory:
    """The names in one set of CRM tables.

    `people` knows every contact and rep by full name; `by_account` and `by_deal` list the labels of
    those whom a conversation with that account or deal may call by one name alone.
    """

    crm: CrmTables
    people: KnownNames
    companies: Mapping[str, Sequence[Name]]
    by_account: Mapping[str, Sequence[str]]
    by_deal: Mapping[str, Sequence[str]]

    def names_for(self, conversation: Conversation, lexicon: Lexicon) -> KnownNames:
        """The names to look for in the conversation."""
        present = [
            *(turn.speaker for turn in conversation.turns),
            *(participant.name for participant in conversation.participants),
            *self.by_account.get((conversation.account or "").casefold(), ()),
            *self.by_deal.get((conversation.deal or "").casefold(), ()),
            conversation.rep or "",
        ]
        return self.people.with_people(names_of(set(present), lexicon))

    def find_companies(self, words: Sequence[Word]) -> Iterator[Finding]:
        """Where names of companies stand among the words of a text."""
        return find_sequences(words, self.companies, "COMPANY")


class Directories:
    """Directories by their CRM tables, the latest kept; threads may share it.

    Tables are known by identity, since to compare them costs as much as to index them; a directory
    holds its tables, so that their identity is not given to others while it is kept.
    """

    N_KEPT = 8

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._lock = threading.Lock()
        self._kept: OrderedDict[int, Directory] = OrderedDict()

    def of(self, crm: CrmTables) -> Directory:
        """The directory of the CRM tables, indexed once."""
        with self._lock:
            directory = self._kept.pop(id(crm), None) or index_directory(crm, self._lexicon)
            self._kept[id(crm)] = directory
            if len(self._kept) > self.N_KEPT:
                self._kept.popitem(last=False)
            return directory


def index_directory(crm: CrmTables, lexicon: Lexicon) -> Directory:
    """The directory of the CRM tables."""
    labels = [*(contact.name for contact in crm.contacts), *(deal.rep or "" for deal in crm.deals)]
    people = (name for label in set(labels) for name in person_names(label, lexicon))
    return Directory(
        crm=crm,
        people=KnownNames(
            index_by_first_word(name for name in people if len(name) > 1), frozenset()
        ),
        companies=index_by_first_word(_company_names(crm, lexicon)),
        by_account=_people_by_account(crm),
        by_deal=_people_by_deal(crm),
    )


def _company_names(crm: CrmTables, lexicon: Lexicon) -> Iterator[Name]:
    """Names that are no person's: accounts and products, but for single first names."""
    accounts = (tuple(word.lower for word in find_words(each.name)) for each in crm.accounts)
    for name in (*accounts, *lexicon.products):
        if len(name) > 1 or (name and not lexicon.is_first_name(name[0])):
            yield name


def _people_by_account(crm: CrmTables) -> dict[str, list[str]]:
    """Names of contacts by key and by name of their account."""
    names = {account.key: account.name for account in crm.accounts}
    people: defaultdict[str, list[str]] = defaultdict(list)
    for contact in crm.contacts:
        for key in {contact.account or "", names.get(contact.account or "", "")} - {""}:
            people[key.casefold()].append(contact.name)
    return dict(people)


def _people_by_deal(crm: CrmTables) -> dict[str, list[str]]:
    """The rep's name by key and by name of the deal."""
    people: defaultdict[str, list[str]] = defaultdict(list)
    for deal in crm.deals:
        if deal.rep:
            for key in {deal.key, deal.name}:
                people[key.casefold()].append(deal.rep)
    return dict(people)
