"""From mentions to themes: the registry is read, a night is run on it, and it is written back.

Written in one transaction. The registry itself is pure and lives in `models.registry`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from sqlalchemy import Connection, Row

from core.settings import Settings
from core.store.mentions import (
    WaitingMention,
    forget_removed,
    list_removed,
    list_waiting,
    save_clustering,
)
from core.store.themes import (
    add_lineage,
    read_spaces,
    read_themes,
    save_spaces,
    save_themes,
)
from core.vocabulary import LineageEvent, make_id
from models.registry import run_night
from models.theme_changes import erase_items
from models.theme_state import (
    BufferedItem,
    Example,
    LineageEntry,
    NightResult,
    RegistryState,
    Space,
    Theme,
    ThemeItem,
    ThemeSettings,
    ThemeStatus,
)
from models.vectors import DIMENSION, Encoder
from pipeline.night import Counts, Night
from pipeline.resources import get_encoder, get_store

NARROW = ThemeSettings(backlog_size=12, cohesion=0.2, join=0.5)
"""Mentions of one type share their subject already: what sets their themes apart is less, and their
words differ more, than among texts on anything, for which the registry's own settings are made."""


def cluster(night: Night, settings: Settings) -> Counts:
    """Gives every waiting mention a theme where one fits, and founds new themes."""
    encoder, store = get_encoder(), get_store(settings)
    # The lock keeps other nights out, so that what is read here holds until it is written below.
    with store.read() as conn:
        waiting, removed = list_waiting(conn), list_removed(conn)
        known = _read_state(conn, waiting, encoder)
    state, erased = _forget(known, removed, encoder, night)
    new = [mention for mention in waiting if mention.clustered is None]
    quiet, state = _set_aside(state, {(mention.kind, mention.type) for mention in new})
    result = run_night(
        state,
        [_item(mention) for mention in new],
        encoder.encode([mention.text for mention in new]),
        night=night.day,
        settings=_theme_settings(settings),
    )
    result = _put_back(result, quiet, night, settings)
    with store.begin() as conn:
        forget_removed(conn, [row.id for row in removed])
        add_lineage(conn, _lineage_rows(erased))
        _write(conn, result, waiting, night)
    born = [entry for entry in result.lineage if entry.event is LineageEvent.BORN]
    active = [t for t in result.state.themes.values() if t.status is ThemeStatus.ACTIVE]
    return {
        "n_themes": len(active),
        "n_themes_born": len(born),
        "n_waiting": len(result.state.buffer),
    }


def _theme_settings(settings: Settings) -> ThemeSettings:
    return replace(
        NARROW,
        min_mentions=settings.theme_min_mentions,
        min_conversations=settings.theme_min_conversations,
        min_accounts=settings.theme_min_accounts,
        buffer_nights=settings.theme_buffer_days,
    )


def _item(mention: WaitingMention) -> ThemeItem:
    return ThemeItem(
        id=mention.id,
        text=mention.text,
        kind=mention.kind,
        type=mention.type,
        conversation=mention.conversation_id,
        account=mention.account_id,
    )


def _read_state(
    conn: Connection, waiting: Sequence[WaitingMention], encoder: Encoder
) -> RegistryState:
    """The registry as the store has it."""
    buffer = tuple(
        BufferedItem(_item(mention), np.frombuffer(mention.vector, np.float32), mention.clustered)
        for mention in waiting
        if mention.clustered is not None and mention.vector is not None
    )
    themes = {row.id: _theme(row) for row in read_themes(conn)}
    return RegistryState(encoder.id, themes, buffer, _read_spaces(conn))


def _forget(
    state: RegistryState, removed: Sequence[Row[Any]], encoder: Encoder, night: Night
) -> tuple[RegistryState, Sequence[LineageEntry]]:
    """The registry without the mentions of conversations that were replaced or erased."""
    gone = [row for row in removed if row.theme_id in state.themes]
    members: dict[str, list[BufferedItem]] = defaultdict(list)
    for row, vector in zip(gone, encoder.encode([row.text for row in gone]), strict=True):
        theme = state.themes[row.theme_id]
        item = ThemeItem(row.id, row.text, theme.kind, theme.type)
        members[row.theme_id].append(BufferedItem(item, vector, night.day))
    change = erase_items(state, members, night=night.day)
    return change.state, change.lineage


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
    conn: Connection, result: NightResult, waiting: Sequence[WaitingMention], night: Night
) -> None:
    state = result.state
    save_themes(conn, [_theme_row(theme, state.encoder) for theme in state.themes.values()])
    save_spaces(
        conn,
        [
            {
                "kind": kind,
                "type": type_,
                "total": np.asarray(space.total, np.float64).tobytes(),
                "n_mentions": space.count,
                "cohesion": space.cohesion,
            }
            for (kind, type_), space in sorted(state.spaces.items())
        ],
    )
    add_lineage(conn, _lineage_rows(result.lineage))
    vectors = {entry.item.id: entry.vector for entry in state.buffer}
    save_clustering(
        conn,
        [
            {
                "key": mention.id,
                "theme_id": result.assignments[mention.id],
                "clustered": mention.clustered or night.day,
                "vector": vectors[mention.id].tobytes() if mention.id in vectors else None,
            }
            for mention in waiting
        ],
    )


def _read_spaces(conn: Connection) -> dict[tuple[str, str], Space]:
    return {
        (row.kind, row.type): Space(
            np.frombuffer(row.total, np.float64), row.n_mentions, row.cohesion
        )
        for row in read_spaces(conn)
    }


def _theme(row: Row[Any]) -> Theme:
    vectors = np.frombuffer(row.example_vectors, np.float32).reshape(-1, DIMENSION)
    return Theme(
        id=row.id,
        kind=row.kind,
        type=row.type,
        total=np.frombuffer(row.total, np.float64),
        weight=row.weight,
        words=row.words,
        label=row.label,
        keywords=tuple(row.keywords),
        examples=tuple(
            Example(id_, text, vector)
            for (id_, text), vector in zip(row.examples, vectors, strict=True)
        ),
        born=row.born,
        last_seen=row.last_seen,
        status=ThemeStatus(row.status),
        into=row.merged_into,
        is_pinned=row.is_pinned,
    )


def _theme_row(theme: Theme, encoder: str) -> dict[str, Any]:
    vectors = [example.vector for example in theme.examples]
    return {
        "id": theme.id,
        "kind": theme.kind,
        "type": theme.type or "",
        "label": theme.label,
        "keywords": list(theme.keywords),
        "examples": [[example.id, example.text] for example in theme.examples],
        "example_vectors": np.asarray(vectors, np.float32).tobytes(),
        "status": theme.status,
        "weight": theme.weight,
        "total": np.asarray(theme.total, np.float64).tobytes(),
        "words": dict(sorted(theme.words.items())),
        "encoder": encoder,
        "born": theme.born,
        "last_seen": theme.last_seen,
        "merged_into": theme.into,
        "is_pinned": theme.is_pinned,
    }


def _lineage_rows(entries: Iterable[LineageEntry]) -> list[dict[str, Any]]:
    return [
        {
            "id": make_id("lin", entry.theme, entry.event, entry.night, entry.by, entry.reason),
            "theme_id": entry.theme,
            "event": entry.event,
            "night": entry.night,
            "position": position,
            "reason": entry.reason,
            "by": entry.by,
            "details": dict(entry.details),
        }
        for position, entry in enumerate(entries)
    ]
