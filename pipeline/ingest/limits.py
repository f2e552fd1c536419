"""Names and references cut to what the store can hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from core.vocabulary import Conversation, Participant, Turn
from pipeline.ingest.document import CallDetails

MAX_NAME_CHARACTERS = 300
MAX_STAGE_CHARACTERS = 200
MAX_CURRENCY_CHARACTERS = 8
MAX_SPEAKER_CHARACTERS = 120  # of 200: a name may grow when it is redacted


def cut_name(name: str) -> str:
    """A name or reference of at most 300 characters."""
    return name[:MAX_NAME_CHARACTERS]


def cut_optional(text: str | None, limit: int = MAX_NAME_CHARACTERS) -> str | None:
    """The text cut to `limit` characters; None stays None."""
    return None if text is None else text[:limit]


def fit_conversation(conversation: Conversation) -> Conversation:
    """The conversation with speakers, links and participants of a length that can be stored."""
    return replace(
        conversation,
        turns=tuple(_fit_turn(turn) for turn in conversation.turns),
        account=cut_optional(conversation.account),
        deal=cut_optional(conversation.deal),
        rep=cut_optional(conversation.rep),
        participants=tuple(_fit_participant(person) for person in conversation.participants),
    )


def fit_details(details: CallDetails) -> CallDetails:
    """The details with account and participants of a length that can be stored."""
    speakers: Mapping[str, Participant] = {
        label[:MAX_SPEAKER_CHARACTERS]: _fit_participant(person)
        for label, person in details.speakers.items()
    }
    return replace(
        details,
        title=cut_optional(details.title),
        account=cut_optional(details.account),
        speakers=speakers,
        participants=tuple(_fit_participant(person) for person in details.participants),
    )


def _fit_turn(turn: Turn) -> Turn:
    """The turn, its speaker's name cut."""
    if len(turn.speaker) <= MAX_SPEAKER_CHARACTERS:
        return turn
    return replace(turn, speaker=turn.speaker[:MAX_SPEAKER_CHARACTERS])


def _fit_participant(person: Participant) -> Participant:
    """The participant, name cut as a speaker's is, so that both stay the same, and title."""
    name, title = person.name[:MAX_SPEAKER_CHARACTERS], cut_optional(person.title)
    return replace(person, name=name, title=title)
