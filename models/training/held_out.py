"""Corpus conversations as the extractor would meet them, with their labels as the truth."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.vocabulary import Conversation, ConversationKind, Mention, Turn
from models.corpus import LabelledConversation, LabelledSentence
from models.evaluation import GoldSentence, JudgedSentence, place_mentions
from models.extraction import Extractor


@dataclass(frozen=True, slots=True)
class Truth:
    """A conversation and what its sentences say; `source` of each sentence is the register."""

    conversation: Conversation
    sentences: tuple[GoldSentence, ...]


def as_truth(labelled: LabelledConversation) -> Truth:
    """The conversation with its sentences joined to turns."""
    turns: list[list[LabelledSentence]] = []
    for sentence in labelled.sentences:
        if sentence.turn == len(turns):
            turns.append([])
        turns[-1].append(sentence)
    separator = "\n" if labelled.is_note else " "
    kind = ConversationKind.NOTE if labelled.is_note else ConversationKind.CALL
    conversation = Conversation(
        external_id=labelled.id,
        kind=kind,
        turns=tuple(
            Turn(str(own[0].role), separator.join(s.text for s in own), own[0].role)
            for own in turns
        ),
    )
    sentences = (x for i, own in enumerate(turns) for x in _locate(labelled, i, own))
    return Truth(conversation, tuple(sentences))


def _locate(
    labelled: LabelledConversation, turn: int, sentences: Sequence[LabelledSentence]
) -> Iterable[GoldSentence]:
    """The sentences of one turn at their places in its text."""
    start = 0
    for sentence in sentences:
        end = start + len(sentence.text)
        yield GoldSentence(
            labelled.id, labelled.register, turn, start, end, sentence.text, sentence.labels
        )
        start = end + 1


def judge_extractor(
    extractor: Extractor,
    conversations: Iterable[LabelledConversation],
    *,
    with_unsure: bool = False,
) -> list[JudgedSentence]:
    """Every sentence of these conversations, in order, with what the extractor finds in it."""
    truths = [as_truth(conversation) for conversation in conversations]
    found = extractor.extract([truth.conversation for truth in truths])
    mentions: dict[str, Sequence[Mention]] = {
        truth.conversation.external_id: [
            mention for mention in own if mention.is_sure or with_unsure
        ]
        for truth, own in zip(truths, found, strict=True)
    }
    gold = [sentence for truth in truths for sentence in truth.sentences]
    judged, _ = place_mentions(gold, mentions)
    return judged
