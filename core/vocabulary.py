"""The words of Fieldback as types: what the rooms hand to each other.

Everything here is a frozen value without behaviour beyond derived facts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Role(StrEnum):
    """Who speaks."""

    REP = "rep"
    CUSTOMER = "customer"
    UNKNOWN = "unknown"


class ConversationKind(StrEnum):
    """A call transcript or a rep's note."""

    CALL = "call"
    NOTE = "note"


class MentionKind(StrEnum):
    """What a mention is."""

    OBJECTION = "objection"
    PAIN_POINT = "pain_point"
    PERSONA_TRAIT = "persona_trait"


class SuggestionStatus(StrEnum):
    """Where a suggestion stands."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    EXPIRED = "expired"


class VerdictKind(StrEnum):
    """What a person says of a mention."""

    RIGHT = "right"
    WRONG = "wrong"
    OTHER_TYPE = "other_type"


AUTOMATIC = "fieldback"  # who did what nobody did


class ProposalAction(StrEnum):
    """What is proposed for a theme."""

    MERGE = "merge"
    SPLIT = "split"


class ProposalStatus(StrEnum):
    """Where a proposal for a theme stands."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"


class LineageEvent(StrEnum):
    """What can happen to a theme."""

    BORN = "born"
    MERGED = "merged"
    SPLIT = "split"
    RETIRED = "retired"
    REVIVED = "revived"
    RENAMED = "renamed"
    HIDDEN = "hidden"


@dataclass(frozen=True, slots=True)
class RoleSpan:
    """Who says the characters `start` to `end` of a turn whose speakers are not told apart."""

    start: int
    end: int
    role: Role


@dataclass(frozen=True, slots=True)
class Turn:
    """What one speaker says without a break.

    `text` stands as in the file: offsets of mentions refer to it. `spans` is empty unless the turn
    is an undiarised block in which several people speak; then it covers the text sentence by
    sentence, and `role` is `unknown`.
    """

    speaker: str
    text: str
    role: Role = Role.UNKNOWN
    start_ms: int | None = None
    end_ms: int | None = None
    spans: tuple[RoleSpan, ...] = ()


@dataclass(frozen=True, slots=True)
class Participant:
    """One who takes part in a conversation."""

    name: str
    role: Role = Role.UNKNOWN
    email: str | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Conversation:
    """One call transcript or one rep note, as parsed from a file.

    `account`, `deal` and `rep` are the names or ids that the file gives; they are resolved against
    the CRM tables later. `attributes` holds columns that have no place here: they become segments.
    `line` is the 1-based line of the file where the conversation starts, for error messages.
    """

    external_id: str
    kind: ConversationKind
    turns: tuple[Turn, ...]
    started_at: datetime | None = None
    account: str | None = None
    deal: str | None = None
    rep: str | None = None
    participants: tuple[Participant, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)
    source: str | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """A customer organisation, from the CRM. `attributes`: every further column, by its header."""

    key: str
    name: str
    domain: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Contact:
    """A person at an account, from the CRM; lives in memory only, the store keeps a keyed hash."""

    key: str
    name: str
    email: str | None = None
    phone: str | None = None
    title: str | None = None
    account: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Deal:
    """A sales opportunity, from the CRM. `outcome` is `won`, `lost` or `open`."""

    key: str
    name: str
    account: str | None = None
    stage: str | None = None
    outcome: str | None = None
    amount: float | None = None
    currency: str | None = None
    rep: str | None = None
    closed_at: datetime | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CrmTables:
    """What the CRM tables of one source say; used to join, to tell roles and to redact."""

    accounts: tuple[Account, ...] = ()
    contacts: tuple[Contact, ...] = ()
    deals: tuple[Deal, ...] = ()


@dataclass(frozen=True, slots=True)
class PersonaDefinition:
    """A buyer persona as marketing keeps it in a file.

    `fields` maps a trait type, `pain_point` or `objection` to its values in marketing's words.
    A conversation belongs to the persona when its contact's title contains one of `titles` and,
    where `industries` are given, its account's industry is one of them.
    """

    slug: str
    name: str
    owner: str | None = None
    titles: tuple[str, ...] = ()
    industries: tuple[str, ...] = ()
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Message:
    """A claim that marketing makes. `answers` holds taxonomy ids such as `objection/security`."""

    slug: str
    text: str
    channel: str | None = None
    stage: str | None = None
    personas: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mention:
    """One finding in one sentence.

    `start` and `end` are character offsets of the quote in the text of turn `turn` (from 0).
    `statement` is the quote cut down to the clause that carries the meaning: what is grouped.
    `value` is given for persona traits: the shortest verbatim piece that says it.
    `confidence` is a calibrated probability, 0 to 1. Where `is_sure` is false the extractor
    abstains: it is a question for a person and not counted.
    """

    turn: int
    start: int
    end: int
    quote: str
    kind: MentionKind
    type: str
    confidence: float
    statement: str
    value: str | None = None
    normalised: str | None = None
    is_sure: bool = True

    def as_row(self) -> dict[str, Any]:
        """What is kept and shown of it, by field: all but `is_sure`, which is for the moment when
        it is found."""
        values = asdict(self)
        del values["is_sure"]
        return values


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a person said of one mention; of two about the same one the later `number` stands.

    `mention` is as the person saw it. `to`: the kind and type that it has instead, with
    `other_type` alone.
    """

    number: int
    kind: VerdictKind
    mention: Mention
    to: tuple[MentionKind, str] | None
    by: str
    decided_at: datetime


def grouping_text(kind: str, statement: str, value: str | None) -> str:
    """What a mention is grouped by: a trait by its value, the others by their statement."""
    return value if kind == MentionKind.PERSONA_TRAIT and value else statement


def make_id(prefix: str, *parts: object) -> str:
    """An id that is the same whenever the parts are: `prefix_` and 20 hexadecimal digits."""
    joined = "\x1f".join("" if part is None else str(part) for part in parts)
    return f"{prefix}_{hashlib.sha256(joined.encode()).hexdigest()[:20]}"
