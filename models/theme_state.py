"""The values of the theme registry: what it holds, what it is given and what it answers.

======================  =====================================================================
`ThemeItem`             a mention to be grouped
`Theme`                 one theme: its id, its vector sum, its label, its examples, its fate
`BufferedItem`          a mention that belongs to no theme yet
`RegistryState`         all themes and the buffer; grows with these, not with history
`LineageEntry`          something that happened to a theme: when, why and by whom
`NightResult`           the next state, the night's assignments, the night's lineage
======================  =====================================================================
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from core.vocabulary import AUTOMATIC, LineageEvent

Scope = tuple[str, str]


class ThemeStatus(StrEnum):
    """How a theme stands. All but merged ones keep taking mentions under their own id."""

    ACTIVE = "active"
    HIDDEN = "hidden"
    MERGED = "merged"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class ThemeSettings:
    """What governs the registry.

    Likeness is the inner product of two vectors after what all mentions share is taken away;
    cohesion is the mean likeness of members among themselves. The next three are shares of it.

    `join`: a mention joins a theme at this share of the theme's cohesion.
    `absorb`: a bunch of new mentions belongs to a theme at this share of the usual cohesion.
    `birth`: mean likeness inside a bunch that becomes a theme.
    `cohesion`: the usual cohesion, and the most that a backlog may set.
    `backlog_size`: so many mentions, and as many as the themes hold, are grouped as a backlog.
    `buffer_nights`: how long a mention waits for a theme.
    `retire_nights`: a theme not seen for so long is retired (and revived when seen again).
    """

    join: float = 0.67
    absorb: float = 0.75
    birth: float = 0.9
    cohesion: float = 0.35
    min_mentions: int = 3
    min_conversations: int = 3
    min_accounts: int = 2
    backlog_size: int = 200
    buffer_nights: int = 28
    retire_nights: int = 180


@dataclass(frozen=True, slots=True)
class ThemeItem:
    """A mention to be grouped. Without a conversation or account it counts as one of its own."""

    id: str
    text: str
    kind: str = ""
    type: str | None = None
    conversation: str | None = None
    account: str | None = None

    @property
    def scope(self) -> Scope:
        """Kind and type: themes never reach beyond one scope."""
        return self.kind, self.type or ""


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """A member kept to show and to name its theme; `vector` has shape `(d,)`."""

    id: str
    text: str
    vector: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Theme:
    """Mentions that mean the same thing.

    `total` is the sum of the members' unit vectors, shape `(d,)`, and `weight` their number.
    `words` counts the members that hold a word. `into` is the theme that this one was merged into.
    A label given by a person is `is_pinned`: nothing automatic changes it.
    """

    id: str
    kind: str
    type: str | None
    total: NDArray[np.float64]
    weight: int
    words: Mapping[str, int]
    label: str
    keywords: tuple[str, ...]
    examples: tuple[Example, ...]
    born: date
    last_seen: date
    status: ThemeStatus = ThemeStatus.ACTIVE
    into: str | None = None
    is_pinned: bool = False

    @property
    def centroid(self) -> NDArray[np.float32]:
        """The members' mean direction, shape `(d,)`, length 1 (zeros without members)."""
        length = float(np.linalg.norm(self.total))
        return np.asarray(self.total / max(length, 1e-12), dtype=np.float32)

    @property
    def scope(self) -> Scope:
        """Kind and type."""
        return self.kind, self.type or ""


@dataclass(frozen=True, slots=True, eq=False)
class BufferedItem:
    """A mention that waits, its vector `(d,)`, and the night it came."""

    item: ThemeItem
    vector: NDArray[np.float32]
    since: date


@dataclass(frozen=True, slots=True, eq=False)
class Space:
    """What all mentions of one scope share.

    `total` is the sum of the unit vectors of all that was ever given, shape `(d,)`, `count` their
    number, `cohesion` the usual mean likeness of two members of one theme.
    """

    total: NDArray[np.float64]
    count: int
    cohesion: float


@dataclass(frozen=True, slots=True, eq=False)
class RegistryState:
    """All themes by id, all that wait, in the order of ids, and the space of each scope.

    `encoder` names where the vectors come from, `encoders_before` where earlier ones came from, the
    first first.
    """

    encoder: str = ""
    themes: Mapping[str, Theme] = field(default_factory=dict)
    buffer: tuple[BufferedItem, ...] = ()
    spaces: Mapping[Scope, Space] = field(default_factory=dict)
    encoders_before: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LineageEntry:
    """Something that happened to a theme, by whom (`fieldback` when automatic) and why.

    The store gives it its `id`.
    """

    theme: str
    event: LineageEvent
    night: date
    reason: str
    by: str = AUTOMATIC
    details: Mapping[str, str] = field(default_factory=dict)
    id: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class NightResult:
    """The state after a night, the theme of each item that came or waited, and what happened.

    An item's theme is the one that took it, which may be a part of another since.
    """

    state: RegistryState
    assignments: Mapping[str, str | None]
    lineage: tuple[LineageEntry, ...]
