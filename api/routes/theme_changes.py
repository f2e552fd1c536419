"""`PATCH /v1/themes/{id}`: what people change of themes, and take back.

The scope is `personas:write`, that of the people who answer for what marketing believes.
"""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import APIRouter
from sqlalchemy import Connection

from api.auth import Caller
from api.deps import PersonaWriter, Shared
from api.schemas.theme_changes import ChangedTheme, ThemeChange, ThemesChanged, ThemeUndo
from api.schemas.themes import LineageEntry
from core.store.themes import read_lineage, read_theme
from models import theme_decisions
from models.theme_decisions import Decision

router = APIRouter(prefix="/v1/themes", tags=["themes"])


@router.patch("/{theme_id}")
def change_theme(
    theme_id: str, body: ThemeChange, resources: Shared, caller: PersonaWriter
) -> ThemesChanged:
    """Renames a theme, merges it into another, splits it, hides it or shows it again; at once."""
    decision = decide(caller, body.reason)
    with resources.store.begin() as conn:
        return describe_changed(conn, [theme_id, *_apply(conn, theme_id, body, decision)])


@router.post("/{theme_id}/undo")
def undo_change(
    theme_id: str, resources: Shared, caller: PersonaWriter, body: ThemeUndo | None = None
) -> ThemesChanged:
    """Takes a change of a theme back: the last that stands, or the lineage entry that is named."""
    wish = body or ThemeUndo()
    with resources.store.begin() as conn:
        theme_decisions.undo_change(conn, theme_id, decide(caller, wish.reason), wish.entry)
        return describe_changed(conn, [theme_id])


def decide(caller: Caller, reason: str | None) -> Decision:
    """The caller's decision, made now."""
    now = datetime.now(UTC)
    return Decision(caller.name, now, now.date(), reason or "")


def describe_changed(conn: Connection, theme_ids: list[str]) -> ThemesChanged:
    """Themes as people's decisions leave them."""
    return ThemesChanged(items=[_describe(conn, theme_id) for theme_id in theme_ids])


def _apply(conn: Connection, theme_id: str, change: ThemeChange, decision: Decision) -> list[str]:
    """Makes the change; returns the ids of the other themes that it touched."""
    if change.label is not None:
        theme_decisions.rename(conn, theme_id, change.label, decision)
    elif change.merge_into is not None:
        theme_decisions.merge(conn, theme_id, change.merge_into, decision)
        return [change.merge_into]
    elif change.split is not None:
        return theme_decisions.split(conn, theme_id, change.split, decision)
    elif change.hidden:
        theme_decisions.hide(conn, theme_id, decision)
    else:
        theme_decisions.show(conn, theme_id, decision)
    return []


def _describe(conn: Connection, theme_id: str) -> ChangedTheme:
    row = read_theme(conn, theme_id)
    return ChangedTheme(
        id=row.id,
        label=row.label,
        status=row.status,
        merged_into=row.merged_into,
        lineage=[LineageEntry.model_validate(entry) for entry in read_lineage(conn, row.id)],
    )
