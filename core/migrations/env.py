"""Alembic's entry: runs the migrations on the connection that `Store.migrate` hands over."""

from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

from core.tables import UtcDateTime, metadata


def _render_item(_kind: str, item: object, _context: AutogenContext) -> str | Literal[False]:
    """Writes our time type as the plain type that the database sees."""
    return "sa.DateTime(timezone=True)" if isinstance(item, UtcDateTime) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    render_item=_render_item,
)
with context.begin_transaction():
    context.run_migrations()
