"""The application: `uvicorn --factory api.app:create_app`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI

from api.errors import add_error_handlers
from api.resources import Resources
from api.routes import (
    messages,
    operations,
    pages,
    personas,
    review,
    segments,
    subjects,
    suggestions,
    theme_changes,
    theme_proposals,
    themes,
)
from core.errors import FieldbackError
from core.logs import get_log
from core.settings import Settings, load_settings

ROUTERS = (
    theme_proposals,  # before themes: `proposals` is no theme's id
    themes,
    theme_changes,
    segments,
    personas,
    suggestions,
    review,
    messages,
    subjects,
    operations,
    pages,
)


def create_app(settings: Settings | None = None) -> FastAPI:
    """The API and its pages; the settings are those of the environment if none are given."""
    app = FastAPI(
        title="Fieldback",
        version=version("fieldback"),
        summary="What sales conversations say: objections, pain points and persona updates.",
        lifespan=_live,
        docs_url=None,  # its page loads from a content network; ours is in routes/pages.py
        redoc_url=None,
    )
    app.state.resources = Resources.open(settings or load_settings())
    add_error_handlers(app)
    for module in ROUTERS:
        app.include_router(module.router)
    return app


@asynccontextmanager
async def _live(app: FastAPI) -> AsyncIterator[None]:
    """Brings the store up to date before the first request, and closes it after the last."""
    resources: Resources = app.state.resources
    try:
        resources.store.migrate()
    except FieldbackError as error:
        get_log().error("the server is not ready", reason=str(error))  # /readyz says so
    yield
    resources.close()
