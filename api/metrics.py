"""What Prometheus sees: runs, quarantine, conversations and suggestions, counted in the store."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from prometheus_client import CollectorRegistry, Gauge, generate_latest
from sqlalchemy import Connection

from core.store.conversations import count_conversations
from core.store.files import count_quarantine
from core.store.runs import count_runs, last_completed_at
from core.store.suggestions import count_suggestions


def render_metrics(conn: Connection, *, now: datetime) -> bytes:
    """The metrics in Prometheus' text format."""
    registry = CollectorRegistry()
    _add(registry, "runs", "Nightly runs in the ledger.", "status", count_runs(conn))
    _add(
        registry,
        "conversations",
        "Conversations stored: counted, or why they are left out.",
        "state",
        count_conversations(conn),
    )
    _add(registry, "suggestions", "Persona suggestions.", "status", count_suggestions(conn))
    Gauge("fieldback_quarantine_entries", "Input that could not be used.", registry=registry).set(
        count_quarantine(conn)
    )
    completed = last_completed_at(conn)
    if completed is not None:
        Gauge(
            "fieldback_last_run_age_seconds",
            "Seconds since a run last completed.",
            registry=registry,
        ).set((now - completed).total_seconds())
    return generate_latest(registry)


def _add(
    registry: CollectorRegistry, name: str, text: str, label: str, counts: Mapping[str, int]
) -> None:
    gauge = Gauge(f"fieldback_{name}", text, [label], registry=registry)
    for value, n in sorted(counts.items()):
        gauge.labels(value).set(n)
