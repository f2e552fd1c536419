"""Training examples: the corpus's sentences in context, with their labels and noise."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from core.vocabulary import ConversationKind, MentionKind, Role
from models.corpus import LabelledConversation, LabelledSentence
from models.features import SpokenSentence, describe_context

_WORD = re.compile(r"\S+")
_FILLERS = ("um", "uh", "you know", "like", "I mean", "so", "well", "yeah")


@dataclass(frozen=True, slots=True)
class Example:
    """One sentence that may be labelled.

    `labels` holds `kind/type` keys; `spans` the character range of each trait's value by type.
    """

    text: str
    context: str
    labels: frozenset[str]
    spans: tuple[tuple[str, int, int], ...]
    family: str
    register: str
    conversation: str
    place: str


def list_examples(conversations: Iterable[LabelledConversation]) -> list[Example]:
    """The customer's sentences of dialogues and all sentences of notes, in order."""
    return [
        _make_example(conversation, spoken, index)
        for conversation in conversations
        for spoken in [_speak(conversation.sentences)]
        for index, sentence in enumerate(conversation.sentences)
        if conversation.is_note or sentence.role is Role.CUSTOMER
    ]


def sample_rep_examples(
    conversations: Iterable[LabelledConversation], *, share: float, seed: int
) -> list[Example]:
    """A share of the rep's sentences of dialogues, which never have a label.

    They talk of price or security without minding it: that is what a model has to tell apart.
    """
    rng = random.Random(seed)  # noqa: S311 (a sample, no secret)
    return [
        _make_example(conversation, spoken, index)
        for conversation in conversations
        if not conversation.is_note
        for spoken in [_speak(conversation.sentences)]
        for index, sentence in enumerate(conversation.sentences)
        if sentence.role is Role.REP and rng.random() < share
    ]


def _speak(sentences: Sequence[LabelledSentence]) -> list[SpokenSentence]:
    """The sentences as the extractor would see them."""
    return [SpokenSentence(s.turn, 0, len(s.text), s.text, s.role) for s in sentences]


def _make_example(
    conversation: LabelledConversation, spoken: Sequence[SpokenSentence], index: int
) -> Example:
    """Sentence `index` with its context."""
    sentence = conversation.sentences[index]
    kind = ConversationKind.NOTE if conversation.is_note else ConversationKind.CALL
    return Example(
        text=sentence.text,
        context=describe_context(spoken, index, kind),
        labels=frozenset(label.key for label in sentence.labels),
        spans=_find_spans(sentence),
        family=conversation.family,
        register=conversation.register,
        conversation=conversation.id,
        place=f"{conversation.path}:{sentence.line}",
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


def add_noise(example: Example, rng: random.Random, share: float) -> Example:
    """The example as speech recognition or a hurried typist might give it, for `share` of them."""
    if rng.random() < share / 2:
        example = replace(example, context=example.context.split(" ", 1)[0])
    if rng.random() >= share:
        return example
    is_stripped = rng.random() < 0.6
    n_fillers = rng.choice((0, 0, 1, 2)) if example.register not in {"note", "ai_summary"} else 0
    return _rebuild(example, rng, is_stripped=is_stripped, n_fillers=n_fillers)


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
