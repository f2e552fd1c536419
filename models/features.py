"""What the classifiers see of a sentence: its words and what was said just before."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.vocabulary import Conversation, ConversationKind, Role, Turn
from models.sentences import split_sentences

CONTEXT_SENTENCES = 3
CONTEXT_CHARACTERS = 240

_MARKERS = {Role.REP: "rep:", Role.CUSTOMER: "customer:", Role.UNKNOWN: "speaker:"}


@dataclass(frozen=True, slots=True)
class SpokenSentence:
    """One sentence where it stands: `start` to `end` of the text of turn `turn`."""

    turn: int
    start: int
    end: int
    text: str
    role: Role


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may hold mentions, with the text that comes before it.

    `context` starts with `call` or `note`; newer text stands nearer to its end.
    """

    sentence: SpokenSentence
    context: str


def list_sentences(conversation: Conversation) -> list[SpokenSentence]:
    """All sentences of a conversation in order, each with its role."""
    return [
        sentence
        for index, turn in enumerate(conversation.turns)
        for sentence in _sentences_of(index, turn)
    ]


def _sentences_of(index: int, turn: Turn) -> Iterable[SpokenSentence]:
    """The sentences of one turn; in an undiarised turn each span is cut by itself."""
    blocks = turn.spans or ()
    ranges = [(span.start, span.end, span.role) for span in blocks] or [
        (0, len(turn.text), turn.role)
    ]
    for start, end, role in ranges:
        for first, last in split_sentences(turn.text[start:end]):
            text = turn.text[start + first : start + last]
            yield SpokenSentence(index, start + first, start + last, text, role)


def find_candidates(sentences: Sequence[SpokenSentence], kind: ConversationKind) -> list[Candidate]:
    """The sentences that may be labelled: the customer's in calls, all in notes.

    Where no role at all is known in a call, every sentence may be the customer's.
    """
    roles_known = any(sentence.role is not Role.UNKNOWN for sentence in sentences)
    wanted = Role.CUSTOMER if roles_known else Role.UNKNOWN
    return [
        Candidate(sentence, describe_context(sentences, i, kind))
        for i, sentence in enumerate(sentences)
        if kind is ConversationKind.NOTE or sentence.role is wanted
    ]


def describe_context(
    sentences: Sequence[SpokenSentence], index: int, kind: ConversationKind
) -> str:
    """The few sentences before sentence `index`, with who says them, the newest last."""
    parts: list[str] = []
    n_characters = 0
    first = max(0, index - CONTEXT_SENTENCES)
    for i in range(index - 1, first - 1, -1):
        n_characters += len(sentences[i].text)
        if parts and n_characters > CONTEXT_CHARACTERS:
            break
        parts.append(_mark(sentences, i, first, kind))
    return " ".join([kind.value, *reversed(parts)])


def _mark(
    sentences: Sequence[SpokenSentence], index: int, first: int, kind: ConversationKind
) -> str:
    """A sentence, led by who says it where the speaker changes; notes have no speakers."""
    sentence = sentences[index]
    goes_on = index > first and sentences[index - 1].turn == sentence.turn
    if kind is ConversationKind.NOTE or goes_on:
        return sentence.text
    return f"{_MARKERS[sentence.role]} {sentence.text}"
