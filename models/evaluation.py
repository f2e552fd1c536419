"""How right mentions are, against sentences labelled by people: figures as pure functions.

detect   is there a mention of this kind in the sentence at all?
typed    the pairs of kind and type, micro-averaged
value    traits: typed, and the value shares half its words with the labelled one (F1 of words)

Intervals: 95 %, percentile bootstrap over whole conversations, since sentences of one conversation
are not independent.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.vocabulary import Mention, MentionKind
from models.corpus import Label

N_RESAMPLES = 1000
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class GoldSentence:
    """One sentence with its labels, at its place in a conversation's turn."""

    conversation: str
    source: str
    turn: int
    start: int
    end: int
    text: str
    labels: tuple[Label, ...]


@dataclass(frozen=True, slots=True)
class JudgedSentence:
    """A labelled sentence and the mentions that overlap it most."""

    gold: GoldSentence
    mentions: tuple[Mention, ...]


@dataclass(frozen=True, slots=True)
class Tally:
    """True positives, false positives and false negatives."""

    right: int = 0
    wrong: int = 0
    missed: int = 0

    def __add__(self, other: Tally) -> Tally:
        """Both together."""
        return Tally(self.right + other.right, self.wrong + other.wrong, self.missed + other.missed)

    @property
    def precision(self) -> float:
        """Share of what was found that is right; 0 where nothing was found."""
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 0.0

    @property
    def recall(self) -> float:
        """Share of what is there that was found; 0 where nothing is there."""
        return self.right / (self.right + self.missed) if self.right + self.missed else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        both = 2 * self.right + self.wrong + self.missed
        return 2 * self.right / both if both else 0.0


@dataclass(frozen=True, slots=True)
class Figure:
    """One measure with the 95 % interval of its F1; `n` labels are there."""

    n: int
    precision: float
    recall: float
    f1: float
    low: float
    high: float


Measure = Callable[[JudgedSentence], Tally]


def place_mentions(
    gold: Sequence[GoldSentence], mentions: Mapping[str, Sequence[Mention]]
) -> tuple[list[JudgedSentence], int]:
    """Each sentence with its mentions, and how many mentions overlap no sentence.

    `mentions` is keyed by conversation.
    """
    by_turn: dict[tuple[str, int], list[int]] = defaultdict(list)
    for i, sentence in enumerate(gold):
        by_turn[sentence.conversation, sentence.turn].append(i)
    placed: list[list[Mention]] = [[] for _ in gold]
    n_lost = 0
    for conversation, found in mentions.items():
        for mention in found:
            place = _find_place(gold, by_turn.get((conversation, mention.turn), ()), mention)
            if place is None:
                n_lost += 1
            else:
                placed[place].append(mention)
    pairs = zip(gold, placed, strict=True)
    return [JudgedSentence(sentence, tuple(found)) for sentence, found in pairs], n_lost


def _find_place(
    gold: Sequence[GoldSentence], places: Iterable[int], mention: Mention
) -> int | None:
    """The sentence that the mention overlaps most; None where it overlaps none."""
    overlaps = {
        i: min(mention.end, gold[i].end) - max(mention.start, gold[i].start) for i in places
    }
    best = max(overlaps, key=overlaps.__getitem__, default=None)
    return best if best is not None and overlaps[best] > 0 else None


def detect(kind: MentionKind) -> Measure:
    """The measure "a mention of this kind at all"."""

    def measure(judged: JudgedSentence) -> Tally:
        expected = any(label.kind is kind for label in judged.gold.labels)
        found = any(mention.kind is kind for mention in judged.mentions)
        return Tally(int(expected and found), int(found > expected), int(expected > found))

    return measure


def typed(kind: MentionKind, only: str | None = None) -> Measure:
    """The measure over types of the kind, or over one type."""

    def measure(judged: JudgedSentence) -> Tally:
        expected = {x.type for x in judged.gold.labels if x.kind is kind and only in {None, x.type}}
        found = {x.type for x in judged.mentions if x.kind is kind and only in {None, x.type}}
        return Tally(len(expected & found), len(found - expected), len(expected - found))

    return measure


def valued(judged: JudgedSentence) -> Tally:
    """The measure over traits with their values."""
    free = [x for x in judged.gold.labels if x.kind is MentionKind.PERSONA_TRAIT]
    found = [x for x in judged.mentions if x.kind is MentionKind.PERSONA_TRAIT]
    n_expected, n_right = len(free), 0
    for mention in found:
        match = next((x for x in free if _is_same_trait(x, mention)), None)
        if match is not None:
            free.remove(match)
            n_right += 1
    return Tally(n_right, len(found) - n_right, n_expected - n_right)


def _is_same_trait(label: Label, mention: Mention) -> bool:
    """Whether type and half of the value's words agree."""
    if label.type != mention.type:
        return False
    a, b = _count_words(label.value), _count_words(mention.value)
    n_shared = (a & b).total()
    return n_shared > 0 and 2 * n_shared / (a.total() + b.total()) >= 0.5


def _count_words(text: str | None) -> Counter[str]:
    """The words of a value, lower-case."""
    return Counter(_WORD.findall((text or "").lower()))


def measure_all(judged: Sequence[JudgedSentence], *, seed: int = 0) -> dict[str, Figure]:
    """The figures by name: `objection.detect`, …, `persona_trait.value`."""
    measures: dict[str, Measure] = {}
    for kind in MentionKind:
        measures[f"{kind}.detect"] = detect(kind)
        measures[f"{kind}.typed"] = typed(kind)
    measures[f"{MentionKind.PERSONA_TRAIT}.value"] = valued
    return {name: estimate(judged, measure, seed=seed) for name, measure in measures.items()}


def measure_by_type(judged: Sequence[JudgedSentence], *, seed: int = 0) -> dict[str, Figure]:
    """The figure of each `kind/type` that is labelled or found."""
    keys = {(x.kind, x.type) for sentence in judged for x in sentence.gold.labels}
    keys |= {(x.kind, x.type) for sentence in judged for x in sentence.mentions}
    return {
        f"{kind}/{name}": estimate(judged, typed(kind, name), seed=seed)
        for kind, name in sorted(keys)
    }


def measure_by_source(
    judged: Sequence[JudgedSentence], *, seed: int = 0
) -> dict[str, dict[str, Figure]]:
    """All figures of each source."""
    by_source: dict[str, list[JudgedSentence]] = defaultdict(list)
    for sentence in judged:
        by_source[sentence.gold.source].append(sentence)
    return {
        source: measure_all(sentences, seed=seed) for source, sentences in sorted(by_source.items())
    }


def estimate(judged: Sequence[JudgedSentence], measure: Measure, *, seed: int = 0) -> Figure:
    """One measure over all sentences, with its interval."""
    by_conversation: dict[str, Tally] = defaultdict(Tally)
    for sentence in judged:
        by_conversation[sentence.gold.conversation] += measure(sentence)
    total = sum(by_conversation.values(), Tally())
    rows = [(t.right, t.wrong, t.missed) for _, t in sorted(by_conversation.items())]
    low, high = _interval(np.array(rows, dtype=np.int64).reshape(-1, 3), seed)
    n = total.right + total.missed
    return Figure(n, total.precision, total.recall, total.f1, low, high)


def _interval(tallies: NDArray[np.int64], seed: int) -> tuple[float, float]:
    """The 2.5 and 97.5 percentiles of F1 over resampled rows `(n, 3)`."""
    if not len(tallies):
        return 0.0, 0.0
    rng = np.random.default_rng(seed)
    drawn = tallies[rng.integers(0, len(tallies), (N_RESAMPLES, len(tallies)))].sum(axis=1)
    scores = 2 * drawn[:, 0] / np.maximum(1, 2 * drawn[:, 0] + drawn[:, 1] + drawn[:, 2])
    low, high = np.percentile(scores, [2.5, 97.5])
    return float(low), float(high)


def list_errors(judged: Sequence[JudgedSentence]) -> list[JudgedSentence]:
    """The sentences whose kinds and types differ from the labels."""
    return [
        sentence
        for sentence in judged
        if {(x.kind, x.type) for x in sentence.gold.labels}
        != {(x.kind, x.type) for x in sentence.mentions}
    ]
