"""Which encoder the registry's vectors come from, and vectors that wait for a change of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, func, insert, select

from core.store.database import upsert
from core.tables import encoded_themes, registry_encoders, theme_scopes, themes


def read_encoder(conn: Connection) -> str | None:
    """Id of the encoder that the registry's vectors come from; None where it has none yet."""
    last = select(registry_encoders.c.encoder).order_by(registry_encoders.c.number.desc())
    known = conn.execute(last.limit(1)).scalar_one_or_none()
    # before 0004 themes alone told
    return known or conn.execute(select(themes.c.encoder).limit(1)).scalar_one_or_none()


def add_encoder(
    conn: Connection, encoder: str, *, night: date, n_themes: int, n_waiting: int
) -> None:
    """Notes that the vectors come from this encoder from now on, and how many were made anew."""
    last = conn.execute(select(func.max(registry_encoders.c.number))).scalar_one()
    row = {"encoder": encoder, "night": night, "n_themes": n_themes, "n_waiting": n_waiting}
    conn.execute(insert(registry_encoders), [{"number": (last or 0) + 1, **row}])


def list_encoders(conn: Connection) -> list[Row[Any]]:
    """Every encoder that the registry had (columns of `registry_encoders`), the first first."""
    return list(conn.execute(select(registry_encoders).order_by(registry_encoders.c.number)))


def list_unencoded(conn: Connection, encoder: str, *, limit: int) -> list[Row[Any]]:
    """Themes, by id, whose vectors neither come from this encoder nor lie ready."""
    query = (
        select(themes)
        .outerjoin(encoded_themes, _is_ready(encoder))
        .where(themes.c.encoder != encoder, encoded_themes.c.theme_id.is_(None))
        .order_by(themes.c.id)
        .limit(limit)
    )
    return list(conn.execute(query))


def save_encoded(conn: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
    """Lays vectors of themes ready (columns of `encoded_themes`)."""
    upsert(conn, encoded_themes, rows)


def read_encoded(conn: Connection, encoder: str) -> dict[str, Row[Any]]:
    """Theme id -> its vectors that lie ready."""
    query = select(encoded_themes).join(themes, _is_ready(encoder))
    return {row.theme_id: row for row in conn.execute(query)}


def clear_encoded(conn: Connection) -> None:
    """Takes the vectors that lay ready away, and what the scopes shared before."""
    conn.execute(delete(encoded_themes))
    conn.execute(delete(theme_scopes))


def _is_ready(encoder: str) -> ColumnElement[bool]:
    """Vectors of a theme that has changed since are not ready."""
    return and_(
        encoded_themes.c.theme_id == themes.c.id,
        encoded_themes.c.weight == themes.c.weight,
        encoded_themes.c.encoder == encoder,
    )
