"""Suggested changes to personas: what customers of a persona say that the persona does not.

Values are compared by their terms (words without endings and filler), so that "just e-mail me" and
"email" support the same value. Everything suggested resolves to mentions.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from core.vocabulary import make_id
from models.normalisation import normalise_value

Fields = Mapping[str, Sequence[str]]
EXCLUSIVE = frozenset({"channel", "tool", "buying_role", "company_size", "role"})
"""Fields in which a value that the calls contradict is replaced; in the others values add up."""
COUNTABLE = frozenset({"company_size", "role"})
"""Fields whose values are compared, and proposed, in their normalised form."""
MIN_SHARE = 0.1  # of the persona's conversations that say anything about the field
MAX_PER_FIELD = 3
_WORD = re.compile(r"[a-z0-9][a-z0-9&+/#.]*[a-z0-9&+#]|[a-z0-9]")
_FILLER = frozenset(
    """
    a about all also always an and any are as at be because been being best better big but by can
    company could current currently do does doing done ever every everything existing for from get
    gets go going good got had has have high i id if ill im in into is it its ive just keep kind
    know like lot low main mainly make makes me more most mostly much my need needs never new no not
    of old on one only or our out over own people person please prefer prefers pretty really right
    same send sent small so some sort still team than that the their them then there they thing
    things think this through to up us use used uses using very via want wants was way we well were
    what when which who whole will with would you your entire now business
    """.split()  # noqa: SIM905 - a list of 130 words reads better as text
)
_SPELLINGS = {"e-mail": "email", "mail": "email", "emailed": "email", "spread": "spreadsheet"}


class HasMatch(Protocol):
    """What decides which conversations belong to a persona."""

    @property
    def slug(self) -> str: ...  # noqa: D102 - a protocol's member
    @property
    def titles(self) -> Sequence[str]: ...  # noqa: D102 - a protocol's member
    @property
    def industries(self) -> Sequence[str]: ...  # noqa: D102 - a protocol's member


@dataclass(frozen=True, slots=True)
class Statement:
    """One mention of a persona's customer: a trait's value, or the theme of a pain or objection.

    `field` is the trait type, `pain_point` or `objection`.
    """

    mention: str
    conversation: str
    account: str | None
    field: str
    value: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Proposal:
    """A suggested change with the mentions behind it, the surest first."""

    id: str
    persona: str
    field: str
    operation: str
    value: str
    replaces: str | None
    evidence: tuple[str, ...]
    n_conversations: int
    n_accounts: int
    n_persona: int


@dataclass(frozen=True, slots=True)
class _Candidate:
    terms: frozenset[str]
    statements: tuple[Statement, ...]

    @property
    def n_conversations(self) -> int:
        return len({s.conversation for s in self.statements})

    @property
    def n_accounts(self) -> int:
        return len({s.account or s.conversation for s in self.statements})


def match_persona(
    titles: Sequence[str], industry: str | None, personas: Sequence[HasMatch]
) -> str | None:
    """Slug of the first persona whose titles (and industries, if it has any) fit."""
    for persona in personas:
        if persona.industries and (industry or "").lower() not in {
            wanted.lower() for wanted in persona.industries
        }:
            continue
        if any(_has_words(title, wanted) for title in titles for wanted in persona.titles):
            return persona.slug
    return None


def suggest_changes(
    slug: str,
    fields: Fields,
    statements: Sequence[Statement],
    *,
    n_persona: int,
    min_conversations: int = 3,
    min_accounts: int = 2,
) -> list[Proposal]:
    """What a persona's `n_persona` conversations say that its fields do not; best supported first.

    A value is proposed when enough conversations and accounts say it and no value of the field
    covers it. It replaces a value of an exclusive field that fewer conversations say than a
    proposal needs; otherwise it is added.
    """
    by_field: dict[str, list[Statement]] = defaultdict(list)
    for statement in statements:
        by_field[statement.field].append(statement)
    proposals = []
    for name, said in sorted(by_field.items()):
        n_field = len({s.conversation for s in said})
        needed = max(min_conversations, MIN_SHARE * n_field)
        current = list(fields.get(name, ()))
        candidates = [
            c
            for c in _candidates(said)
            if c.n_conversations >= needed
            and c.n_accounts >= min_accounts
            and not any(find_terms(name, value) & c.terms for value in current)
        ][:MAX_PER_FIELD]
        replaceable = _seldom_said(name, current, said, needed) if name in EXCLUSIVE else []
        for candidate in candidates:
            replaces = replaceable.pop(0) if replaceable else None
            proposals.append(_propose(slug, name, candidate, replaces, n_persona))
    return sorted(proposals, key=lambda p: (-p.n_conversations, p.id))


@lru_cache(maxsize=50_000)
def find_terms(field: str, text: str) -> frozenset[str]:
    """What two values of a field must share to support each other.

    For sizes and roles that is the band or function, and nothing where there is none; for the
    others the words that carry the meaning, without endings, in lower case.
    """
    if field in COUNTABLE:
        normal = normalise_value(field, text)
        return frozenset({normal}) if normal else frozenset()
    words = (_SPELLINGS.get(word, word) for word in _WORD.findall(text.lower().replace("'", "")))
    return frozenset(_stem(word) for word in words if word not in _FILLER and len(word) > 1)


def _candidates(said: Sequence[Statement]) -> list[_Candidate]:
    """Groups of statements that share a term, the most supported first; a statement once.

    Greedy cover: the term with the most conversations takes its statements, then the next.
    """
    left = list(said)
    found = []
    while left:
        support: dict[str, set[str]] = defaultdict(set)
        for statement in left:
            for term in find_terms(statement.field, statement.value):
                support[term].add(statement.conversation)
        if not support:
            break
        term = min(support, key=lambda t: (-len(support[t]), t))
        taken = [s for s in left if term in find_terms(s.field, s.value)]
        found.append(_Candidate(frozenset({term}), tuple(taken)))
        left = [s for s in left if term not in find_terms(s.field, s.value)]
    return found


def _propose(
    slug: str, field: str, candidate: _Candidate, replaces: str | None, n_persona: int
) -> Proposal:
    term = next(iter(candidate.terms))
    ordered = sorted(candidate.statements, key=lambda s: (-s.confidence, s.mention))
    return Proposal(
        id=make_id("sug", slug, field, term),
        persona=slug,
        field=field,
        operation="add" if replaces is None else "replace",
        value=term if field in COUNTABLE else _wording(field, candidate.statements, term),
        replaces=replaces,
        evidence=tuple(s.mention for s in ordered),
        n_conversations=candidate.n_conversations,
        n_accounts=candidate.n_accounts,
        n_persona=n_persona,
    )


def _wording(field: str, statements: Iterable[Statement], term: str) -> str:
    """The wording that most share, the shortest of those; never one of filler alone."""
    counts = Counter(s.value.strip(" .,!?;:") for s in statements)
    shared = Counter(find_terms(field, value) for value in counts.elements())
    return min(
        counts,
        key=lambda value: (
            -shared[find_terms(field, value)],
            -counts[value],
            len(find_terms(field, value) - {term}),
            len(value),
            value,
        ),
    )


def _seldom_said(
    field: str, current: Sequence[str], said: Sequence[Statement], needed: float
) -> list[str]:
    """Values that fewer than `needed` conversations support; those that cannot be compared stay."""
    return [
        value
        for value in current
        for terms in [find_terms(field, value)]
        if terms and _count_support(field, terms, said) < needed
    ]


def _count_support(field: str, terms: frozenset[str], said: Sequence[Statement]) -> int:
    """The conversations in which a value shares one of these terms."""
    return len({s.conversation for s in said if terms & find_terms(field, s.value)})


def _has_words(title: str, wanted: str) -> bool:
    return re.search(rf"\b{re.escape(wanted)}\b", title, re.IGNORECASE) is not None


def _stem(word: str) -> str:
    """A word without a plural or verbal ending: enough to compare values of a few words."""
    for ending, keep in (("ies", "y"), ("sses", "ss"), ("ings", ""), ("ing", ""), ("ed", "")):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)] + keep
    return word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > 3 else word
