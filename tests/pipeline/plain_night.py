"""Nights without Prefect, in this process: the stages in the flow's order, or clustering alone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from core.settings import Settings
from core.store.runs import start_run
from pipeline import cluster, extract, intake, publish, references, reprocess, suggest
from pipeline.night import Counts, Night, add_counts
from pipeline.resources import get_store

NOW = datetime(2026, 11, 1, 3, 0, tzinfo=UTC)
DAY = date(2026, 11, 20)


def spend_night(settings: Settings, later: int = 0) -> Counts:
    """What clustering did in the night of `DAY`, or of some days later."""
    day = DAY + timedelta(days=later)
    moment = datetime.combine(day, datetime.min.time(), UTC) + timedelta(hours=26)
    return cluster.cluster(Night(f"run_{day}", day, moment), settings)


def run_plain_night(
    settings: Settings, source: Path, day: date = date(2026, 10, 31), *, run_id: str = "run_1"
) -> Counts:
    """What a night over one source did."""
    night, url = Night(run_id, day, NOW), str(source)
    with get_store(settings).begin() as conn:
        start_run(conn, run_id=run_id, night=day, now=NOW)
    parts = [
        references.read_references(url, night, settings),
        references.relink(url, night, settings),
    ]
    scan = intake.scan_source(url, night, settings)
    parts.append(scan.counts)
    parts += [intake.ingest_batch(url, batch, night, settings) for batch in scan.batches]
    parts.append(extract.leave_out_templates(settings))
    parts += [extract.extract_batch(batch, settings) for batch in extract.list_batches(settings)]
    parts.append(reprocess.count_outdated(settings))
    parts += [cluster.cluster(night, settings), suggest.suggest(night, settings)]
    _, published = publish.publish(night, settings)
    return add_counts([*parts, published])
