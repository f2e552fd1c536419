"""Findings about the corpus: `python -m models.training.lint [LABELS.jsonl …]` prints them.

It fails on faults: duplicates in a family, unknown types, and near-duplicates of a sentence of the
labelled sets named, by which models are measured. Balance is told, and what is the same or nearly
the same in two families: they share what everybody says.
Suspected label errors need a trained model: they are the labelled sentences of held-out families
that it is surest about and contradicts (Northcutt et al. 2021).
"""

from __future__ import annotations

import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.vocabulary import Role
from models.classifier_terms import list_words
from models.corpus import LabelledConversation, load_corpus
from models.taxonomy import Taxonomy, load_taxonomy
from models.vectors import Encoder

NEAR = 0.95
MIN_WORDS = 7
MIN_OBJECTIONS, MIN_OTHERS = 200, 120


@dataclass(frozen=True, slots=True)
class Place:
    """A sentence and where it stands."""

    path: str
    line: int
    family: str
    text: str

    def __str__(self) -> str:
        """`file:line: text`."""
        return f"{self.path}:{self.line}: {self.text}"


def list_places(conversations: Iterable[LabelledConversation]) -> list[Place]:
    """Every sentence of the corpus that has a few words."""
    return [
        Place(conversation.path, sentence.line, conversation.family, sentence.text)
        for conversation in conversations
        for sentence in conversation.sentences
        if _is_long(sentence.text)
    ]


def find_duplicates(places: Iterable[Place]) -> Iterator[tuple[Place, Place]]:
    """Pairs of sentences with the same words."""
    seen: dict[str, Place] = {}
    for place in places:
        key = " ".join(word for word in list_words(place.text) if word[-1].isalnum())
        if key in seen:
            yield seen[key], place
        seen.setdefault(key, place)


def find_near_duplicates(
    places: Sequence[Place], encoder: Encoder
) -> Iterator[tuple[float, Place, Place]]:
    """Pairs of sentences of two families whose vectors have a cosine of `NEAR` or more."""
    vectors = encoder.encode([place.text for place in places])
    for start in range(0, len(places), 512):
        cosines = vectors[start : start + 512] @ vectors.T
        for i, j in np.argwhere(cosines >= NEAR):
            a, b = places[start + i], places[j]
            if start + i < j and a.family != b.family:
                yield float(cosines[i, j]), a, b


def find_test_text(
    places: Sequence[Place], encoder: Encoder, labels: Path
) -> Iterator[tuple[float, Place, str]]:
    """Sentences whose cosine with one of `labels` is `NEAR` or more, and that one."""
    lines = labels.read_text(encoding="utf-8").splitlines()
    texts = [
        text for text in (json.loads(line)["text"] for line in lines if line) if _is_long(text)
    ]
    cosines = encoder.encode([place.text for place in places]) @ encoder.encode(texts).T
    for i, j in np.argwhere(cosines >= NEAR):
        yield float(cosines[i, j]), places[i], texts[j]


def _is_long(text: str) -> bool:
    """Whether a text has enough words not to be said alike by chance."""
    return len(text.split()) >= MIN_WORDS


def find_unknown_types(
    conversations: Iterable[LabelledConversation], taxonomy: Taxonomy
) -> Iterator[str]:
    """Places of labels that the taxonomy doesn't have, and of labels on a rep's sentence."""
    for conversation in conversations:
        for sentence in conversation.sentences:
            place = f"{conversation.path}:{sentence.line}"
            for label in sentence.labels:
                if label.key not in taxonomy.by_key:
                    yield f"{place}: {label.key} is not in the taxonomy"
            if sentence.labels and sentence.role is Role.REP and not conversation.is_note:
                yield f"{place}: a rep's sentence has a label"


def describe_balance(
    conversations: Sequence[LabelledConversation], taxonomy: Taxonomy
) -> Iterator[str]:
    """One line a type: labels and families that have it, marked where they are few."""
    families: dict[str, set[str]] = defaultdict(set)
    counts: Counter[str] = Counter()
    for conversation in conversations:
        for sentence in conversation.sentences:
            for label in sentence.labels:
                counts[label.key] += 1
                families[label.key].add(conversation.family)
    for entry in taxonomy.types:
        wanted = MIN_OBJECTIONS if entry.kind == "objection" else MIN_OTHERS
        mark = "  few" if counts[entry.key] < wanted else ""
        yield f"{entry.key}: {counts[entry.key]} in {len(families[entry.key])} families{mark}"


def main() -> int:
    """The exit status: 1 where there are faults."""
    conversations, taxonomy = load_corpus(), load_taxonomy()
    places = list_places(conversations)
    faults = [*find_unknown_types(conversations, taxonomy)]
    twice = list(find_duplicates(places))
    faults += [f"twice: {a} | {b}" for a, b in twice if a.family == b.family]
    encoder = Encoder.load()
    faults += [
        f"test text ({cosine:.2f}): {place} | {text}"
        for labels in sys.argv[1:]
        for cosine, place, text in find_test_text(places, encoder, Path(labels))
    ]
    near = find_near_duplicates(places, encoder)
    told = [f"twice: {a} | {b}" for a, b in twice if a.family != b.family]
    told += [f"near ({cosine:.2f}): {a} | {b}" for cosine, a, b in near]
    for line in (*describe_balance(conversations, taxonomy), *told, *faults):
        sys.stdout.write(line + "\n")
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
