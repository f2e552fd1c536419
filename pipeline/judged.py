"""People's verdicts as labelled sentences in context, to learn from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection

from core.store.conversations import read_conversations
from core.store.mentions import read_mentions
from core.store.verdicts import list_judged_conversations, read_verdicts
from core.vocabulary import Conversation, ConversationKind, Mention
from models.corpus import Label, LabelledConversation, LabelledSentence
from models.features import SpokenSentence, list_sentences

REGISTERS = {ConversationKind.CALL: "spoken_b2b", ConversationKind.NOTE: "note"}
PATH = "verdicts"
UNKNOWN = "unknown"


def label_judged(conn: Connection) -> list[LabelledConversation]:
    """The conversations in which people judged something, by id, as the corpus has its own.

    Only the sentences that hold a verdict are marked as judged. Their labels are all that counts in
    them now: what people said and, beside it, what the extractor was sure of. Each conversation is
    a family of its own.
    """
    ids = list_judged_conversations(conn)
    given, counted = read_verdicts(conn, ids), read_mentions(conn, ids)
    return [
        _label(
            conversation,
            [verdict.mention for verdict in given[conversation.external_id]],
            counted.get(conversation.external_id, ()),
        )
        for conversation in read_conversations(conn, ids)
    ]


def _label(
    conversation: Conversation, judged: Sequence[Mention], counted: Sequence[Mention]
) -> LabelledConversation:
    return LabelledConversation(
        id=conversation.external_id,
        family=conversation.external_id,
        register=REGISTERS[conversation.kind],
        industry=UNKNOWN,
        product=UNKNOWN,
        buyer=UNKNOWN,
        path=PATH,
        sentences=[
            LabelledSentence(
                text=sentence.text,
                turn=sentence.turn,
                role=sentence.role,
                labels=tuple(Label(m.kind, m.type, m.value) for m in _within(sentence, counted)),
                line=number,
                is_judged=bool(_within(sentence, judged)),
            )
            for number, sentence in enumerate(list_sentences(conversation), start=1)
        ],
    )


def _within(sentence: SpokenSentence, found: Iterable[Mention]) -> list[Mention]:
    """The mentions that begin in a sentence."""
    return [
        mention
        for mention in found
        if mention.turn == sentence.turn and sentence.start <= mention.start < sentence.end
    ]
