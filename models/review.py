"""In which order people judge mentions, so that each verdict teaches the most.

Uncertainty sampling (Lewis and Gale 1994): where a verdict is right or wrong, least confidence,
margin and entropy all ask first for the mention whose probability is nearest to one half (Settles
2009, section 3.1). Types take turns, so that the queue is not all of one type; what says nearly the
same as a statement that was judged or is asked already is left out, since it would teach little.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, zip_longest

from sqlalchemy import Connection

from core.errors import Mismatch
from core.store.conversations import read_conversations
from core.store.review import EVEN, Unjudged, list_judged, list_unjudged
from core.vocabulary import Conversation, Mention, MentionKind
from models.features import SpokenSentence, list_sentences
from models.taxonomy import Taxonomy

CONTEXT_SENTENCES = 3  # shown with a mention
ALIKE = 0.8  # Jaccard likeness of their words from which two statements say the same

_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Question:
    """A mention to judge, and the sentences before it."""

    item: Unjudged
    before: Sequence[SpokenSentence]


def order_queue(found: Iterable[Unjudged], judged: Iterable[Mention]) -> Iterator[Unjudged]:
    """The mentions to ask for, most informative first; only as much is done as is taken."""
    known: dict[tuple[str, str], list[frozenset[str]]] = defaultdict(list)
    for mention in judged:
        known[mention.kind, mention.type].append(_words(mention.statement))
    by_type: dict[tuple[str, str], list[Unjudged]] = defaultdict(list)
    for item in sorted(found, key=_doubt):
        by_type[item.mention.kind, item.mention.type].append(item)
    queues = [_leave_out_repeats(items, known[label]) for label, items in by_type.items()]
    for turn in zip_longest(*queues):
        yield from sorted((item for item in turn if item is not None), key=_doubt)


def find_context(conversation: Conversation, mention: Mention) -> list[SpokenSentence]:
    """The few sentences before a mention, the newest last."""
    here = (mention.turn, mention.start)
    before = [s for s in list_sentences(conversation) if (s.turn, s.start) < here]
    return before[-CONTEXT_SENTENCES:]


def read_queue(
    conn: Connection,
    taxonomy: Taxonomy,
    *,
    kind: MentionKind | None = None,
    type_: str | None = None,
    start: int = 0,
    n: int,
) -> list[Question]:
    """The mentions to ask for from place `start` on, `n` at most, most informative first.

    Raises:
        Mismatch: there is no such type.
    """
    known = [entry.id for entry in taxonomy.types if kind in (None, entry.kind)]
    if type_ is not None and type_ not in known:
        raise Mismatch(f"no type {type_!r}; there are {', '.join(known)}")
    queue = order_queue(list_unjudged(conn, kind=kind, type_=type_), list_judged(conn))
    found = list(islice(queue, start, start + n))
    ids = sorted({item.conversation_id for item in found})
    spoken = {one.external_id: one for one in read_conversations(conn, ids)}
    return [
        Question(item, find_context(spoken[item.conversation_id], item.mention)) for item in found
    ]


def find_label(taxonomy: Taxonomy, type_: str, kind: MentionKind) -> tuple[MentionKind, str]:
    """The kind and type that a person names.

    Raises:
        Mismatch: the kind has no such type.
    """
    if f"{kind}/{type_}" not in taxonomy.by_key:
        known = ", ".join(entry.id for entry in taxonomy.of_kind(kind))
        raise Mismatch(f"{kind} has no type {type_!r}; there are {known}")
    return kind, type_


def _doubt(item: Unjudged) -> tuple[float, str]:
    return abs(item.mention.confidence - EVEN), item.id


def _leave_out_repeats(
    items: Iterable[Unjudged], known: list[frozenset[str]]
) -> Iterator[Unjudged]:
    for item in items:
        words = _words(item.mention.statement)
        if not any(_likeness(words, other) >= ALIKE for other in known):
            known.append(words)
            yield item


def _words(statement: str) -> frozenset[str]:
    return frozenset(_WORD.findall(statement.casefold()))


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / max(1, len(one | other))
