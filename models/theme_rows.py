"""The registry in the store: rows of `core.tables` to the registry's values, and back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Row

from core.store.themes import LineageRow, read_spaces, read_themes
from core.vocabulary import LineageEvent, make_id
from models.theme_state import Example, LineageEntry, RegistryState, Space, Theme, ThemeStatus


def read_registry(conn: Connection, *, encoder: str = "") -> RegistryState:
    """The registry as the store has it, without what waits."""
    themes = {row.id: read_theme_row(row) for row in read_themes(conn)}
    spaces = {
        (row.kind, row.type): Space(
            np.frombuffer(row.total, np.float64), row.n_mentions, row.cohesion
        )
        for row in read_spaces(conn)
    }
    return RegistryState(encoder, themes, spaces=spaces)


def read_theme_row(row: Row[Any]) -> Theme:
    """The theme of a row."""
    total = np.frombuffer(row.total, np.float64)
    return Theme(
        id=row.id,
        kind=row.kind,
        type=row.type,
        total=total,
        weight=row.weight,
        words=row.words,
        label=row.label,
        keywords=tuple(row.keywords),
        examples=tuple(
            Example(id_, text, vector)
            for (id_, text), vector in zip(
                row.examples, _read_vectors(row.example_vectors, len(total)), strict=True
            )
        ),
        born=row.born,
        last_seen=row.last_seen,
        status=ThemeStatus(row.status),
        into=row.merged_into,
        is_pinned=row.is_pinned,
    )


def write_theme_row(theme: Theme, encoder: str) -> dict[str, Any]:
    """The row of a theme whose vectors come from `encoder`."""
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


def write_space_rows(state: RegistryState) -> list[dict[str, Any]]:
    """The rows of what the mentions of each kind and type share."""
    return [
        {
            "kind": kind,
            "type": type_,
            "total": np.asarray(space.total, np.float64).tobytes(),
            "n_mentions": space.count,
            "cohesion": space.cohesion,
        }
        for (kind, type_), space in sorted(state.spaces.items())
    ]


def write_lineage_rows(entries: Iterable[LineageEntry], *, first: int = 0) -> list[dict[str, Any]]:
    """The rows of lineage entries, numbered from `first` in their order."""
    return [
        {
            "id": make_id(
                "lin", entry.theme, entry.event, entry.night, entry.by, entry.reason, position
            ),
            "theme_id": entry.theme,
            "event": entry.event,
            "night": entry.night,
            "position": position,
            "reason": entry.reason,
            "by": entry.by,
            "details": dict(entry.details),
        }
        for position, entry in enumerate(entries, first)
    ]


def read_lineage_row(row: LineageRow) -> LineageEntry:
    """The lineage entry of a row."""
    entry = LineageEntry(row.theme_id, LineageEvent(row.event), row.night, row.reason, row.by)
    return replace(entry, details=row.details, id=row.id)


def _read_vectors(data: bytes, dimension: int) -> NDArray[np.float32]:
    vectors = np.frombuffer(data, np.float32)
    return vectors.reshape(-1, dimension) if len(vectors) else vectors
