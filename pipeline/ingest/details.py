"""Calls completed by what another file says about them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from core.vocabulary import Conversation, Participant, Role, Turn
from pipeline.ingest.document import CallDetails


def add_details(
    conversations: Iterable[Conversation], details: Iterable[CallDetails]
) -> tuple[Conversation, ...]:
    """The conversations with date, title, names and roles where details of the same id have them.

    A conversation that already has them comes back as it is.
    """
    known = {detail.external_id: detail for detail in details}
    return tuple(
        _complete(conversation, known[conversation.external_id])
        if conversation.external_id in known
        else conversation
        for conversation in conversations
    )


def _complete(conversation: Conversation, detail: CallDetails) -> Conversation:
    """One conversation with its details."""
    title = {"title": detail.title} if detail.title else {}
    return replace(
        conversation,
        turns=tuple(_name_speaker(turn, detail.speakers) for turn in conversation.turns),
        started_at=conversation.started_at or detail.started_at,
        account=conversation.account or detail.account,
        participants=detail.participants or conversation.participants,
        attributes={**title, **conversation.attributes},
    )


def _name_speaker(turn: Turn, speakers: Mapping[str, Participant]) -> Turn:
    """The turn with its speaker's name and role instead of the recorder's id."""
    person = speakers.get(turn.speaker)
    if person is None:
        return turn
    role = turn.role if turn.role is not Role.UNKNOWN else person.role
    return replace(turn, speaker=person.name or turn.speaker, role=role)
