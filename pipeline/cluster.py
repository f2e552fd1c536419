"""From mentions to themes: the registry is read, a night is run on it, and it is written back.

Written in one transaction. The registry itself is pure and lives in `models.registry`. A person may
change themes while a night is worked out: then it is worked out again, on what the person left.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sqlalchemy import Connection, Row

from core.errors import Conflict
from core.settings import Settings
from core.store.mentions import (
    WaitingMention,
    forget_removed,
    leave_word,
    list_removed,
    list_waiting,
    save_clustering,
)
from core.store.theme_members import Member, list_moved, settle_moved
from core.store.themes import (
    add_lineage,
    hold_version,
    list_splits,
    read_version,
    save_spaces,
    save_themes,
)
from core.vocabulary import LineageEvent
from models.registry import run_night
from models.theme_rows import (
    read_registry,
    write_lineage_rows,
    write_space_rows,
    write_theme_row,
)
from models.theme_state import (
    BufferedItem,
    LineageEntry,
    NightResult,
    RegistryState,
    ThemeSettings,
    ThemeStatus,
)
from models.vectors import DIMENSION, Encoder
from pipeline.encoder_change import follow_encoder
from pipeline.night import Counts, Night
from pipeline.resources import get_encoder, get_store
from pipeline.theme_catching_up import forget_words_of, take_back
from pipeline.theme_proposing import find_proposals, save_found
from pipeline.theme_waiting import list_buffer, make_item

NARROW = ThemeSettings(backlog_size=12, cohesion=0.2, join=0.5)
"""Mentions of one type share their subject already: what sets their themes apart is less, and their
words differ more, than among texts on anything, for which the registry's own settings are made."""
MOST_TRIES = 5


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """What the store knows before a night: its mentions, its themes, and what was changed."""

    version: int
    state: RegistryState
    waiting: Sequence[WaitingMention]
    removed: Sequence[Row[Any]]
    moved: Sequence[Member]
    splits: Sequence[tuple[str, str]]


def cluster(night: Night, settings: Settings) -> Counts:
    """Gives every waiting mention a theme where one fits, founds new themes, and proposes merges
    and splits.

    Raises:
        Conflict: people changed themes faster than a night takes.
    """
    n_moved = follow_encoder(night, settings)
    for _ in range(MOST_TRIES):
        counts = _try_night(night, settings)
        if counts is not None:
            return {**counts, "n_themes_of_new_encoder": n_moved}
    raise Conflict("people changed themes all the while: run the night again")


def _try_night(night: Night, settings: Settings) -> Counts | None:
    """What the night did; None where a person changed themes meanwhile."""
    encoder, store = get_encoder(), get_store(settings)
    # The lock keeps other nights out, so that what is read here holds until it is written below.
    with store.read() as conn:
        known = _read_known(conn, encoder)
        start, erased = take_back(
            conn, known.state, known.removed, known.moved, known.splits, encoder, night
        )
    new = _encode_new(known.waiting, encoder, night)
    result = _run(start, new, night, settings)
    with store.read() as conn:
        found = find_proposals(
            conn,
            start,
            result.state,
            _group_by_theme([*start.buffer, *new], result.assignments),
            known.splits,
            encoder=encoder,
            settings=theme_settings(settings),
        )
    with store.begin() as conn:
        if hold_version(conn) != known.version:
            return None
        lineage = (*erased, *result.lineage)
        _write(conn, result, known, lineage, night)
        forget_words_of(conn, known.removed, known.splits)
        n_open = save_found(conn, found, result.state, night, settings)
    events = [entry.event for entry in result.lineage]
    themes = result.state.themes.values()
    return {
        "n_themes": sum(theme.status is ThemeStatus.ACTIVE for theme in themes),
        "n_themes_born": events.count(LineageEvent.BORN),
        "n_waiting": len(result.state.buffer),
        "n_theme_proposals": n_open,
    }


def theme_settings(settings: Settings) -> ThemeSettings:
    """What governs the registry of mentions."""
    return replace(
        NARROW,
        min_mentions=settings.theme_min_mentions,
        min_conversations=settings.theme_min_conversations,
        min_accounts=settings.theme_min_accounts,
        buffer_nights=settings.theme_buffer_days,
    )


def _read_known(conn: Connection, encoder: Encoder) -> Known:
    waiting = list_waiting(conn)
    return Known(
        version=read_version(conn),
        state=replace(read_registry(conn, encoder=encoder.id), buffer=list_buffer(waiting)),
        waiting=waiting,
        removed=list_removed(conn),
        moved=list_moved(conn),
        splits=list_splits(conn),
    )


def _encode_new(
    waiting: Sequence[WaitingMention], encoder: Encoder, night: Night
) -> list[BufferedItem]:
    """The mentions that no night has seen, with their vectors."""
    new = [mention for mention in waiting if mention.clustered is None]
    vectors = encoder.encode([mention.text for mention in new])
    return [
        BufferedItem(make_item(m), vector, night.day)
        for m, vector in zip(new, vectors, strict=True)
    ]


def _run(
    state: RegistryState, new: Sequence[BufferedItem], night: Night, settings: Settings
) -> NightResult:
    """The night on the mentions that are new."""
    quiet, state = _set_aside(state, {entry.item.scope for entry in new})
    result = run_night(
        state,
        [entry.item for entry in new],
        np.array([entry.vector for entry in new], np.float32).reshape(len(new), DIMENSION),
        night=night.day,
        settings=theme_settings(settings),
    )
    return _put_back(result, quiet, night, settings)


def _group_by_theme(
    offered: Sequence[BufferedItem], homes: Mapping[str, str | None]
) -> dict[str, list[BufferedItem]]:
    """The mentions that found a theme tonight, by its id."""
    groups: dict[str, list[BufferedItem]] = defaultdict(list)
    for entry in offered:
        if home := homes[entry.item.id]:
            groups[home].append(entry)
    return groups


def _set_aside(
    state: RegistryState, scopes: Collection[tuple[str, str]]
) -> tuple[tuple[BufferedItem, ...], RegistryState]:
    """What waits where nothing new came, and the state without it: no news, no new themes."""
    quiet = tuple(entry for entry in state.buffer if entry.item.scope not in scopes)
    busy = tuple(entry for entry in state.buffer if entry.item.scope in scopes)
    return quiet, replace(state, buffer=busy)


def _put_back(
    result: NightResult, quiet: Sequence[BufferedItem], night: Night, settings: Settings
) -> NightResult:
    """The night's result with those who waited on, unless they waited too long."""
    patient = [e for e in quiet if (night.day - e.since).days < settings.theme_buffer_days]
    buffer = sorted((*result.state.buffer, *patient), key=lambda entry: entry.item.id)
    unassigned = dict.fromkeys((entry.item.id for entry in quiet), None)
    return replace(
        result,
        state=replace(result.state, buffer=tuple(buffer)),
        assignments={**result.assignments, **unassigned},
    )


def _write(
    conn: Connection,
    result: NightResult,
    known: Known,
    lineage: Sequence[LineageEntry],
    night: Night,
) -> None:
    state = result.state
    forget_removed(conn, [row.id for row in known.removed])
    settle_moved(conn, [member.id for member in known.moved])
    save_themes(conn, [write_theme_row(theme, state.encoder) for theme in state.themes.values()])
    save_spaces(conn, write_space_rows(state))
    add_lineage(conn, write_lineage_rows(lineage))
    vectors = {entry.item.id: entry.vector.tobytes() for entry in state.buffer}
    save_clustering(
        conn, [_clustered(m, result.assignments, vectors, night) for m in known.waiting]
    )
    leave_word(conn, known.waiting, result.assignments)


def _clustered(
    mention: WaitingMention,
    homes: Mapping[str, str | None],
    vectors: Mapping[str, bytes],
    night: Night,
) -> dict[str, Any]:
    return {
        "key": mention.id,
        "theme_id": homes[mention.id],
        "clustered": mention.clustered or night.day,
        "vector": vectors.get(mention.id),
    }
