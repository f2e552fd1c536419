"""The corpus as the network learns it: conversations with labelled sentences, and noise."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.vocabulary import ConversationKind, MentionKind, Role
from models.corpus import LabelledConversation, LabelledSentence
from models.features import SpokenSentence
from models.training.soft_targets import NO_TARGETS, SoftTargets

_WORD = re.compile(r"\S+")
_FILLERS = ("um", "uh", "you know", "like", "I mean", "so", "well", "yeah")


@dataclass(frozen=True, slots=True)
class Example:
    """One sentence.

    `labels` holds `kind/type` keys; `spans` the character range of each trait's value by type.
    Where `is_judged` is false nobody has said which labels it has. `soft_target` is what the
    teacher holds probable (`soft_targets.py`).
    """

    text: str
    turn: int
    role: Role
    labels: frozenset[str] = frozenset()
    spans: tuple[tuple[str, int, int], ...] = ()
    is_judged: bool = True
    soft_target: tuple[float, ...] | None = None

    def as_spoken(self) -> SpokenSentence:
        """The sentence as the extractor would see it."""
        return SpokenSentence(self.turn, 0, len(self.text), self.text, self.role)


@dataclass(frozen=True, slots=True)
class Talk:
    """The sentences of one conversation."""

    kind: ConversationKind
    examples: tuple[Example, ...]


def make_talk(conversation: LabelledConversation, soft_targets: SoftTargets = NO_TARGETS) -> Talk:
    """The conversation with the ranges of its values and what the teacher said of it."""
    return Talk(
        kind=ConversationKind.NOTE if conversation.is_note else ConversationKind.CALL,
        examples=tuple(
            Example(
                text=sentence.text,
                turn=sentence.turn,
                role=sentence.role,
                labels=frozenset(label.key for label in sentence.labels),
                spans=_find_spans(sentence),
                is_judged=sentence.is_judged,
                soft_target=soft_targets.find(conversation.id, place, sentence.text),
            )
            for place, sentence in enumerate(conversation.sentences)
        ),
    )


def _find_spans(sentence: LabelledSentence) -> tuple[tuple[str, int, int], ...]:
    """Where each trait's value stands."""
    lowered = sentence.text.lower()
    found = []
    for label in sentence.labels:
        if label.kind is MentionKind.PERSONA_TRAIT and label.value:
            start = lowered.find(label.value.lower())
            found.append((label.type, start, start + len(label.value)))
    return tuple(found)


def add_noise(talk: Talk, rng: random.Random, share: float) -> Talk:
    """The talk as speech recognition or a hurried typist might give it, for `share` of them."""
    if rng.random() >= share:
        return talk
    is_stripped = rng.random() < 0.6
    return replace(
        talk,
        examples=tuple(
            _rebuild(
                example,
                rng,
                is_stripped=is_stripped,
                n_fillers=rng.choice((0, 0, 0, 1)) * (talk.kind is ConversationKind.CALL),
            )
            for example in talk.examples
        ),
    )


def _rebuild(example: Example, rng: random.Random, *, is_stripped: bool, n_fillers: int) -> Example:
    """The example from changed words, the value ranges moved along."""
    words = [match.span() for match in _WORD.finditer(example.text)]
    fillers = {rng.randrange(len(words)) for _ in range(n_fillers)}
    text, starts = "", []
    for i, (start, end) in enumerate(words):
        if i in fillers:
            text += rng.choice((*_FILLERS, example.text[start:end])) + " "
        starts.append(len(text))
        text += _change_word(example.text[start:end], is_stripped=is_stripped, rng=rng) + " "
    starts.append(len(text))
    spans = tuple(
        (kind, *_move(words, starts, text, first, last)) for kind, first, last in example.spans
    )
    return replace(example, text=text.strip(), spans=spans)


def _change_word(word: str, *, is_stripped: bool, rng: random.Random) -> str:
    """The word without punctuation, or with a slip of the fingers now and then."""
    if is_stripped:
        return word.strip('.,;:!?"()…—–-') or word
    if len(word) > 4 and word.isalpha() and rng.random() < 0.08:
        i = rng.randrange(1, len(word) - 2)
        return word[:i] + word[i + 1] + word[i] + word[i + 2 :]
    return word.replace("'", "").replace("’", "") if rng.random() < 0.3 else word


def _move(
    words: Sequence[tuple[int, int]], starts: Sequence[int], text: str, first: int, last: int
) -> tuple[int, int]:
    """The range in the new text of the words that touch `first` to `last` in the old."""
    touched = [i for i, (start, end) in enumerate(words) if start < last and end > first]
    start, stop = starts[touched[0]], starts[touched[-1] + 1]
    return start, start + len(text[start:stop].rstrip())
