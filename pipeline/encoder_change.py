"""The registry moves to another encoder: ids and members stay, every vector is made anew.

Theme by theme the new vectors are laid beside the old ones, so that a run that was killed goes on
where it stopped; then all are put in place in one transaction. No vectors of two encoders meet.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Row

from core.settings import Settings
from core.store import Store
from core.store.encoders import (
    add_encoder,
    clear_encoded,
    list_unencoded,
    read_encoded,
    read_encoder,
    save_encoded,
)
from core.store.mentions import list_waiting, save_clustering
from core.store.theme_members import list_members
from core.store.themes import hold_version, save_spaces, save_themes
from models.theme_encoding import MOST_TEXTS, VectorSource, encode_theme, finish_change
from models.theme_rows import read_registry, read_theme_row, write_space_rows, write_theme_row
from models.theme_state import BufferedItem, RegistryState, Theme
from pipeline.night import Night
from pipeline.resources import get_encoder, get_store
from pipeline.theme_waiting import list_buffer

THEMES_AT_ONCE = 20


class _Remembering:
    """An encoder that has read some texts already."""

    def __init__(self, source: VectorSource, texts: Sequence[str]) -> None:
        self.id = source.id
        self._source = source
        self._known = dict(zip(texts, source.encode(texts), strict=True))

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors `(n, d)`."""
        if not texts or any(text not in self._known for text in texts):
            return self._source.encode(texts)
        return np.stack([self._known[text] for text in texts])


def follow_encoder(night: Night, settings: Settings) -> int:
    """Moves the registry to the encoder in use, where it has another; how many themes moved."""
    store, encoder = get_store(settings), get_encoder()
    with store.begin() as conn:
        known = read_encoder(conn)
        if known is None:
            add_encoder(conn, encoder.id, night=night.day, n_themes=0, n_waiting=0)
    if known in (None, encoder.id):
        return 0
    while True:
        _lay_ready(store, encoder)
        n_moved = _put_in_place(store, encoder, night)
        if n_moved is not None:
            return n_moved


def _lay_ready(store: Store, encoder: VectorSource) -> None:
    """Makes the vectors of all themes that have none ready, some in each transaction."""
    while True:
        with store.read() as conn:
            rows = list_unencoded(conn, encoder.id, limit=THEMES_AT_ONCE)
            texts = {row.id: _list_texts(conn, row.id) for row in rows}
        if not rows:
            return
        themes = [encode_theme(read_theme_row(row), texts[row.id], encoder) for row in rows]
        with store.begin() as conn:
            save_encoded(conn, [_encoded_row(theme, encoder.id) for theme in themes])


def _list_texts(conn: Connection, theme_id: str) -> list[str]:
    """What the members of a theme say, or a sample of them."""
    members = list_members(conn, theme_id, limit=MOST_TEXTS)
    return [member.text for member in members if member.counted_in == theme_id]


def _encoded_row(theme: Theme, encoder: str) -> dict[str, Any]:
    row = write_theme_row(theme, encoder)
    names = ("encoder", "weight", "total", "example_vectors")
    return {"theme_id": theme.id, **{name: row[name] for name in names}}


def _put_in_place(store: Store, encoder: VectorSource, night: Night) -> int | None:
    """Puts all new vectors in place; None where a person has changed themes meanwhile."""
    with store.read() as conn:
        texts = [entry.item.text for entry in list_buffer(list_waiting(conn))]
    source = _Remembering(encoder, texts)
    with store.begin() as conn:
        hold_version(conn)
        if list_unencoded(conn, encoder.id, limit=1):
            return None
        before = replace(
            read_registry(conn, encoder=read_encoder(conn) or ""),
            buffer=list_buffer(list_waiting(conn)),
        )
        ready = read_encoded(conn, encoder.id)
        themes = {id_: _take_vectors(theme, ready) for id_, theme in before.themes.items()}
        after = finish_change(before, themes, source)
        clear_encoded(conn)
        _write(conn, after, night)
    return len(themes)


def _take_vectors(theme: Theme, ready: Mapping[str, Row[Any]]) -> Theme:
    """The theme with the vectors that lie ready for it."""
    row = ready[theme.id]
    total = np.frombuffer(row.total, np.float64)
    vectors = np.frombuffer(row.example_vectors, np.float32).reshape(-1, len(total))
    pairs = zip(theme.examples, vectors, strict=True)
    return replace(
        theme,
        total=total,
        examples=tuple(replace(example, vector=vector) for example, vector in pairs),
    )


def _write(conn: Connection, state: RegistryState, night: Night) -> None:
    save_themes(conn, [write_theme_row(theme, state.encoder) for theme in state.themes.values()])
    save_spaces(conn, write_space_rows(state))
    save_clustering(conn, [_waiting_row(entry) for entry in state.buffer])
    n_themes, n_waiting = len(state.themes), len(state.buffer)
    add_encoder(conn, state.encoder, night=night.day, n_themes=n_themes, n_waiting=n_waiting)


def _waiting_row(entry: BufferedItem) -> dict[str, Any]:
    vector = entry.vector.tobytes()
    return {"key": entry.item.id, "theme_id": None, "clustered": entry.since, "vector": vector}
