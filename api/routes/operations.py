"""Runs, quarantine and whether the server is well."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import PlainTextResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST

from api.deps import EvidenceReader, InsightsReader, Paged, Shared
from api.errors import answer_problem
from api.metrics import render_metrics
from api.schemas.operations import (
    Health,
    QuarantineEntry,
    QuarantineList,
    Readiness,
    Run,
    RunList,
)
from core.errors import NotFound
from core.snapshot import current_id
from core.store.files import count_quarantine, list_quarantine
from core.store.runs import list_runs, read_run

router = APIRouter(tags=["operations"])


@router.get("/v1/runs")
def get_runs(resources: Shared, _caller: InsightsReader, page: Paged) -> RunList:
    """Runs, the latest first."""
    with resources.store.read() as conn:
        found = list_runs(conn, limit=page.limit + 1, offset=page.offset())
    shown, next_cursor = page.cut(found)
    return RunList(items=[Run.model_validate(run) for run in shown], next_cursor=next_cursor)


@router.get("/v1/runs/{run_id}")
def get_run(run_id: str, resources: Shared, _caller: InsightsReader) -> Run:
    """One run: what it read, found, published and skipped."""
    with resources.store.read() as conn:
        run = read_run(conn, run_id)
    if run is None:
        raise NotFound(f"no run {run_id!r}")
    return Run.model_validate(run)


@router.get("/v1/quarantine")
def get_quarantine(
    resources: Shared,
    _caller: EvidenceReader,
    page: Paged,
    run: Annotated[str | None, Query(description="Only what this run put there.")] = None,
) -> QuarantineList:
    """Input that could not be used, the latest first."""
    with resources.store.read() as conn:
        found = list_quarantine(conn, limit=page.limit + 1, offset=page.offset(), run_id=run)
        n_entries = count_quarantine(conn)
    shown, next_cursor = page.cut(found)
    return QuarantineList(
        items=[QuarantineEntry.model_validate(entry) for entry in shown],
        n_entries=n_entries,
        next_cursor=next_cursor,
    )


@router.get("/healthz")
def get_health() -> Health:
    """The process lives."""
    return Health(status="ok")


@router.get("/readyz", response_model=Readiness)
def get_readiness(request: Request, resources: Shared) -> Readiness | Response:
    """The database is migrated and a night has been published; 503 otherwise."""
    if not resources.store.is_current():
        return answer_problem(request, 503, "the database does not answer or is not migrated")
    snapshot = current_id(resources.settings.snapshot_url)
    if snapshot is None:
        return answer_problem(request, 503, "nothing has been published yet")
    return Readiness(status="ready", snapshot=snapshot)


@router.get("/metrics", response_class=PlainTextResponse)
def get_metrics(resources: Shared, _caller: InsightsReader) -> Response:
    """Figures for Prometheus."""
    with resources.store.read() as conn:
        text = render_metrics(conn, now=datetime.now(UTC))
    return Response(text, media_type=CONTENT_TYPE_LATEST)
