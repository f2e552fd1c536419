"""Who speaks: rep or customer, for every turn of a conversation.

What the file says stands. Else the CRM knows the name or the e-mail's domain; else the label says
it ("Sales Rep", "Prospect (Priya)"); else a model over the texts decides, jointly for all speakers
of the conversation. Where speakers are not told apart, every sentence gets a role of its own.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from core.vocabulary import (
    Conversation,
    ConversationKind,
    CrmTables,
    Participant,
    Role,
    RoleSpan,
    Turn,
)
from models.role_model import RoleModel
from models.sentences import split_sentences

_REP_LABEL = re.compile(
    r"^(?:(?:the|our)\s+)?(?:sales\b.*|(?:account\s)?(?:rep|representative|executive)|ae|se|sdr|bdr|"
    r"csm|agent|seller|salesperson|vendor|advisor|adviser|consultant|counselor|counsellor|"
    r"solutions?\s(?:engineer|consultant))\b",
    re.IGNORECASE,
)
_CUSTOMER_LABEL = re.compile(
    r"^(?:(?:the|our)\s+)?(?:prospect(?:ive)?|customer|client|buyer|caller|lead|patient|student|"
    r"homeowner|member|persuadee)\b",
    re.IGNORECASE,
)
_NOT_REP = re.compile(r"\bsales\s+(?:manager|director|lead|vp|ops|operations)\b", re.IGNORECASE)
_INTRODUCES = re.compile(
    r"\b(?:[Ii]'m|[Ii]’m|[Ii] am|[Mm]y name is|[Tt]his is|[Ii]t's)\s+[A-Z]\w+[\w ,&-]{0,70}?"
    r"\b(?:from|with|at|of)\s+[A-Z]"
)
_THANKS = re.compile(
    r"\b(?:thanks|thank you|appreciate)\b[^.?!]{0,40}\b(?:time|meet\w*|having|invit\w*|allow\w*"
    r"|letting|join\w*|attend\w*|agreeing|seeing|taking|hosting)\b",
    re.IGNORECASE,
)
N_OPENING_TURNS = 3
_LABEL_BREAKS = re.compile(r"[_\d]+")
_ANONYMOUS = re.compile(r"^(?:speaker|unknown|participant|channel)?[\s_:#-]*$", re.IGNORECASE)


@dataclass(frozen=True)
class _Crm:
    """What the CRM tables say about names and domains, in lower case."""

    customers: frozenset[str]
    reps: frozenset[str]
    customer_domains: frozenset[str]
    own_domains: frozenset[str]

    def role_of(self, name: str, email: str | None) -> Role:
        """The role of a person by name or by the domain of the e-mail."""
        wanted = name.strip().casefold()
        domain = (email or "").rpartition("@")[2].casefold()
        if wanted in self.customers and wanted not in self.reps:
            return Role.CUSTOMER
        if wanted in self.reps or domain in self.own_domains:
            return Role.REP
        return Role.CUSTOMER if domain in self.customer_domains else Role.UNKNOWN


def assign_roles(
    conversation: Conversation,
    crm: CrmTables,
    *,
    own_domains: Sequence[str] = (),
    model: RoleModel,
) -> Conversation:
    """The conversation with a role for every turn that can have one.

    Args:
        conversation: as parsed; turns that have a role keep it.
        crm: the tables of the same source.
        own_domains: e-mail domains of the company that sells.
        model: decides where nobody says it.
    """
    if conversation.kind is ConversationKind.NOTE:
        return conversation
    if _is_undiarised(conversation.turns):
        return replace(conversation, turns=_with_spans(conversation.turns, model))
    known = _known_roles(conversation, _read_crm(crm, own_domains))
    roles = {**known, **_guess(conversation.turns, known, model)}
    return replace(
        conversation,
        turns=tuple(_with_role(turn, roles) for turn in conversation.turns),
        participants=tuple(
            _participant_with_role(each, roles) for each in conversation.participants
        ),
    )


def _is_undiarised(turns: Sequence[Turn]) -> bool:
    """Whether nothing tells the speakers apart: one anonymous label for all, and no role."""
    speakers = {turn.speaker.strip().casefold() for turn in turns}
    has_role = any(turn.role is not Role.UNKNOWN for turn in turns)
    return len(speakers) == 1 and not has_role and _is_anonymous(next(iter(speakers)))


def _is_anonymous(speaker: str) -> bool:
    """Whether the label names nobody."""
    return _ANONYMOUS.match(_LABEL_BREAKS.sub(" ", speaker)) is not None


def _with_spans(turns: Sequence[Turn], model: RoleModel) -> tuple[Turn, ...]:
    """The turns with a role for every sentence, decided over all turns in one go."""
    ranges = [split_sentences(turn.text) for turn in turns]
    texts = [turn.text[a:b] for turn, of in zip(turns, ranges, strict=True) for a, b in of]
    roles = iter(model.decide_sentences(texts))
    return tuple(
        replace(turn, spans=tuple(RoleSpan(start, end, next(roles)) for start, end in of_turn))
        for turn, of_turn in zip(turns, ranges, strict=True)
    )


def _read_crm(crm: CrmTables, own_domains: Sequence[str]) -> _Crm:
    """The names and domains of the CRM tables."""
    own = frozenset(domain.casefold().lstrip("@") for domain in own_domains)
    domains = _lowered(account.domain for account in crm.accounts)
    return _Crm(
        customers=_lowered(contact.name for contact in crm.contacts),
        reps=_lowered(deal.rep for deal in crm.deals),
        customer_domains=frozenset(domain.removeprefix("www.") for domain in domains) - own,
        own_domains=own,
    )


def _lowered(values: Iterable[str | None]) -> frozenset[str]:
    """The values that are there, in lower case."""
    return frozenset(value.strip().casefold() for value in values if value and value.strip())


def _known_roles(conversation: Conversation, crm: _Crm) -> dict[str, Role]:
    """Each speaker's role as far as file, CRM or label tell it."""
    emails = {each.name: each.email for each in conversation.participants}
    stated = _stated_roles(conversation)
    known: dict[str, Role] = {}
    for name in {*(turn.speaker for turn in conversation.turns), *emails}:
        is_own_rep = bool(conversation.rep) and name.casefold() == str(conversation.rep).casefold()
        for role in (
            stated.get(name, Role.UNKNOWN),
            Role.REP if is_own_rep and name else Role.UNKNOWN,
            crm.role_of(name, emails.get(name)),
            read_label(name),
        ):
            if role is not Role.UNKNOWN:
                known[name] = role
                break
    return known


def _stated_roles(conversation: Conversation) -> dict[str, Role]:
    """Each speaker's role as the file states it: as a participant, else in most of the turns."""
    votes: defaultdict[str, Counter[Role]] = defaultdict(Counter)
    for turn in conversation.turns:
        if turn.role is not Role.UNKNOWN:
            votes[turn.speaker][turn.role] += 1
    stated = {name: roles.most_common(1)[0][0] for name, roles in votes.items()}
    for participant in conversation.participants:
        if participant.role is not Role.UNKNOWN:
            stated[participant.name] = participant.role
    return stated


def read_label(label: str) -> Role:
    """The role that a speaker's label says: `Sales Rep`, `AE (Jordan)`, `prospect_ceo`."""
    words = _LABEL_BREAKS.sub(" ", label).strip()
    for part in (words, *re.findall(r"\(([^)]*)\)", words)):
        if _CUSTOMER_LABEL.match(part):
            return Role.CUSTOMER
        if _REP_LABEL.match(part) and not _NOT_REP.match(part):
            return Role.REP
    return Role.UNKNOWN


def _guess(turns: Sequence[Turn], known: Mapping[str, Role], model: RoleModel) -> dict[str, Role]:
    """The roles of the speakers of whom nothing is known, by what they say."""
    said: defaultdict[str, list[str]] = defaultdict(list)
    for turn in turns:
        said[turn.speaker].extend(turn.text[a:b] for a, b in split_sentences(turn.text))
    if set(said) <= set(known):
        return {}
    if Role.REP not in known.values():
        hosts = _find_hosts(turns) - set(known)
        if len(hosts) == 1 and len(said) > 1:
            opened = dict.fromkeys(hosts, Role.REP)
            return {**opened, **model.decide_speakers(said, {**known, **opened})}
    return model.decide_speakers(said, known)


def _find_hosts(turns: Sequence[Turn]) -> set[str]:
    """Who opens by naming a company of their own and thanking for the visit: as a rep does."""
    return {
        turn.speaker
        for turn in turns[:N_OPENING_TURNS]
        if _INTRODUCES.search(turn.text) and _THANKS.search(turn.text)
    }


def _with_role(turn: Turn, roles: Mapping[str, Role]) -> Turn:
    """The turn with its speaker's role, unless the file gives it one."""
    if turn.role is not Role.UNKNOWN:
        return turn
    return replace(turn, role=roles.get(turn.speaker, Role.UNKNOWN))


def _participant_with_role(participant: Participant, roles: Mapping[str, Role]) -> Participant:
    """The participant with the role found, unless the file gives one."""
    if participant.role is not Role.UNKNOWN:
        return participant
    return replace(participant, role=roles.get(participant.name, Role.UNKNOWN))
