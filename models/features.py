"""The sentences of a conversation, and which of them may hold mentions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.vocabulary import Conversation, ConversationKind, Role, Turn
from models.sentences import split_sentences


@dataclass(frozen=True, slots=True)
class SpokenSentence:
    """One sentence where it stands: `start` to `end` of the text of turn `turn`."""

    turn: int
    start: int
    end: int
    text: str
    role: Role


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


def find_candidates(sentences: Sequence[SpokenSentence], kind: ConversationKind) -> list[int]:
    """The places of the sentences that may be labelled: the customer's in calls, all in notes.

    Where no role at all is known in a call, every sentence may be the customer's.
    """
    roles_known = any(sentence.role is not Role.UNKNOWN for sentence in sentences)
    wanted = Role.CUSTOMER if roles_known else Role.UNKNOWN
    return [
        i
        for i, sentence in enumerate(sentences)
        if kind is ConversationKind.NOTE or sentence.role is wanted
    ]
