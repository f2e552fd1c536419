"""A small registry of three topics, for tests of what changes it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np

from models.registry import run_night
from models.theme_state import BufferedItem, RegistryState, ThemeItem

NIGHT = date(2026, 3, 1)
LATER = NIGHT + timedelta(days=1)
D = 32
WORDS = ("invoice", "export", "login")
SPACE = ("pain_point", "")


def make_entries(topic: int, numbers: Sequence[int]) -> list[BufferedItem]:
    """Mentions of a topic with their vectors."""
    point = np.random.default_rng(topic).normal(size=D)
    entries = []
    for n in numbers:
        vector = point + np.random.default_rng(100 * topic + n + 7).normal(0, 0.4, D)
        vector = (vector / np.linalg.norm(vector)).astype(np.float32)
        text = f"The {WORDS[topic]} fails in case {'abcdefghijklmnop'[n]}{n}"
        entries.append(BufferedItem(ThemeItem(f"{topic}-{n}", text, "pain_point"), vector, NIGHT))
    return entries


def make_items(topic: int, numbers: Sequence[int]) -> list[ThemeItem]:
    """The same mentions without vectors, as a person names them."""
    return [entry.item for entry in make_entries(topic, numbers)]


def add(
    state: RegistryState, entries: Sequence[BufferedItem], night: date = LATER
) -> RegistryState:
    """The state after a night of these mentions."""
    vectors = np.stack([entry.vector for entry in entries])
    return run_night(state, [entry.item for entry in entries], vectors, night=night).state


def make_state() -> RegistryState:
    """A theme of six mentions a topic."""
    entries = [entry for topic in range(3) for entry in make_entries(topic, range(6))]
    return add(RegistryState(), entries, NIGHT)


def find(state: RegistryState, topic: int) -> str:
    """The id of the topic's theme."""
    [found] = [t.id for t in state.themes.values() if WORDS[topic] in t.words]
    return found


def look(state: RegistryState) -> list[tuple[object, ...]]:
    """What a reader sees of the themes."""
    return [
        (t.id, t.label, t.keywords, t.status, t.into, t.is_pinned, t.weight, t.total.tobytes())
        for t in state.themes.values()
    ]
