"""Two labellings of the same sentences beside each other: what stays, what comes, what goes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

from core.verdicts import Place, place_of
from core.vocabulary import Mention, MentionKind

T = TypeVar("T", bound=Any)
ANY_TYPE = ""
"""Stands for all types of a kind together."""

Scope = tuple[MentionKind, str]
"""Kind and type, or kind and `ANY_TYPE`."""


class Fate(StrEnum):
    """What becomes of a mention: of a kind and type in a sentence."""

    KEPT = "kept"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Labelling:
    """A conversation of `n_sentences` as it was labelled before and is labelled now."""

    conversation_id: str
    n_sentences: int
    old: Sequence[Mention]
    new: Sequence[Mention]


@dataclass(frozen=True, slots=True)
class Tally:
    """How many are kept, added and removed; `old` and `new` follow."""

    kept: int = 0
    added: int = 0
    removed: int = 0

    @property
    def old(self) -> int:
        """How many there were."""
        return self.kept + self.removed

    @property
    def new(self) -> int:
        """How many there are."""
        return self.kept + self.added


@dataclass(frozen=True, slots=True)
class Change:
    """A mention that one of the labellings has and the other has not."""

    fate: Fate
    conversation_id: str
    mention: Mention


@dataclass
class LabelComparison:
    """What differs between two labellings; `add` counts one more conversation.

    `n_labelled`: sentences in which either labelling has a mention; `n_changed`: those of them
    where they do not have the same kinds and types. `n_values`: kept traits whose value differs.
    `examples` are the first few of each kind, type and fate, in the order in which they come.
    """

    n_examples: int = 3
    n_conversations: int = 0
    n_sentences: int = 0
    n_labelled: int = 0
    n_changed: int = 0
    n_values: int = 0
    examples: list[Change] = field(default_factory=list)
    _mentions: Counter[tuple[Scope, Fate]] = field(default_factory=Counter)
    _conversations: Counter[tuple[Scope, Fate]] = field(default_factory=Counter)
    _shown: Counter[tuple[Scope, Fate]] = field(default_factory=Counter)

    def add(self, labelling: Labelling) -> None:
        """Counts one conversation."""
        old, new = _by_place(labelling.old), _by_place(labelling.new)
        self.n_conversations += 1
        self.n_sentences += labelling.n_sentences
        self.n_labelled += len({place[:3] for place in old.keys() | new.keys()})
        self.n_changed += len({place[:3] for place in old.keys() ^ new.keys()})
        self.n_values += sum(old[place].value != new[place].value for place in old.keys() & new)
        for fate, place in _fates(old.keys(), new.keys()):
            self._mentions.update((scope, fate) for scope in _scopes_of(place))
            self._show(Change(fate, labelling.conversation_id, (old | new)[place]))
        for fate, scope in _fates(_scopes(old), _scopes(new)):
            self._conversations[scope, fate] += 1

    @property
    def share_unchanged(self) -> float:
        """The share of sentences where both have the same kinds and types; 1 if there are none."""
        return 1 - self.n_changed / self.n_sentences if self.n_sentences else 1.0

    def scopes(self) -> list[Scope]:
        """Every kind with its types, each kind's total first."""
        return sorted({scope for scope, _ in self._mentions})

    def mentions(self, scope: Scope) -> Tally:
        """What becomes of the mentions of a kind and type."""
        return _tally(self._mentions, scope)

    def conversations(self, scope: Scope) -> Tally:
        """In how many conversations a kind and type is still, newly, or no longer found."""
        return _tally(self._conversations, scope)

    def _show(self, change: Change) -> None:
        key = ((change.mention.kind, change.mention.type), change.fate)
        if change.fate is not Fate.KEPT and self._shown[key] < self.n_examples:
            self._shown[key] += 1
            self.examples.append(change)


def _by_place(mentions: Iterable[Mention]) -> dict[Place, Mention]:
    return {place_of(mention): mention for mention in mentions}


def _scopes_of(place: Place) -> tuple[Scope, Scope]:
    """What a mention counts for: its type, and its kind."""
    *_, kind, type_ = place
    return (kind, type_), (kind, ANY_TYPE)


def _scopes(places: Iterable[Place]) -> set[Scope]:
    return {scope for place in places for scope in _scopes_of(place)}


def _fates(old: Set[T], new: Set[T]) -> Iterator[tuple[Fate, T]]:
    """What becomes of each, in order."""
    for one in sorted(old | new):
        is_old, is_new = one in old, one in new
        yield Fate.KEPT if is_old and is_new else Fate.ADDED if is_new else Fate.REMOVED, one


def _tally(counter: Counter[tuple[Scope, Fate]], scope: Scope) -> Tally:
    return Tally(**{fate: counter[scope, fate] for fate in Fate})
