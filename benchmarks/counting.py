"""What the figures of several benchmarks are told by."""

from __future__ import annotations

from collections.abc import Iterable

from core.vocabulary import Conversation


def count_words(conversations: Iterable[Conversation]) -> int:
    """The words of all turns."""
    return sum(len(turn.text.split()) for each in conversations for turn in each.turns)
