"""The nightly flow: the stages in their order, with retries, a lock and a ledger.

The only module that knows Prefect. Stages pass ids and counts; all data goes through the store.
Without a Prefect server (`PREFECT_API_URL`) one runs inside this process, so that nothing is left
behind when the process is killed.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

import uvicorn
from prefect import flow, task
from prefect.settings import PREFECT_API_URL, temporary_settings
from prefect.task_runners import ProcessPoolTaskRunner, TaskRunner, ThreadPoolTaskRunner
from prefect.tasks import exponential_backoff

from core.errors import SettingsError
from core.logs import configure_logs
from core.settings import Settings, load_settings
from core.settings import TaskRunner as Runner
from core.store.runs import last_completed_night
from pipeline import cluster, extract, intake, publish, references, reprocess, suggest
from pipeline.ledger import Ledger, open_ledger
from pipeline.night import Counts, Night, Progress, add_counts, normalise_sources
from pipeline.resources import get_store
from pipeline.workers import end_with_parent

T = TypeVar("T")
Result = dict[str, Any]
"""What a night did: `run`, `night`, `snapshot`, `counts`, `seconds`."""


def _worker_settings() -> Settings:
    """The settings in whatever process a task runs, with its logs set up."""
    settings = load_settings()
    configure_logs(level=settings.log_level, as_json=settings.log_json)
    return settings


def _no_progress(_stage: str, _done: int, _all: int) -> None:
    """Tells nobody."""


_progress: ContextVar[Progress] = ContextVar("progress", default=_no_progress)


@task(name="scan")
def scan_task(url: str, night: Night) -> intake.Scan:
    """What is new in a source."""
    return intake.scan_source(url, night, _worker_settings())


@task(name="references")
def references_task(url: str, night: Night) -> Counts:
    """The CRM tables, personas and messages of a source, and the joins that they make possible."""
    settings = _worker_settings()
    return add_counts(
        [
            references.read_references(url, night, settings),
            references.relink(url, night, settings),
        ]
    )


@task(name="ingest", task_run_name="ingest-{number}")
def ingest_task(url: str, paths: Sequence[str], night: Night, number: int) -> Counts:
    """One batch of files."""
    del number  # names the task run
    return intake.ingest_batch(url, paths, night, _worker_settings())


@task(name="screen")
def screen_task() -> Counts:
    """Copies of templates, left out."""
    return extract.leave_out_templates(_worker_settings())


@task(name="extract", task_run_name="extract-{number}")
def extract_task(ids: Sequence[str], number: int) -> Counts:
    """One batch of conversations."""
    del number  # names the task run
    return extract.extract_batch(ids, _worker_settings())


@task(name="cluster")
def cluster_task(night: Night) -> Counts:
    """Themes of all mentions that have none."""
    return cluster.cluster(night, _worker_settings())


@task(name="suggest")
def suggest_task(night: Night) -> Counts:
    """Suggested persona changes."""
    return suggest.suggest(night, _worker_settings())


@task(name="publish")
def publish_task(night: Night) -> tuple[str, Counts]:
    """The snapshot of the night."""
    return publish.publish(night, _worker_settings())


@task(name="relabel", task_run_name="relabel-{number}")
def relabel_task(ids: Sequence[str], number: int) -> Counts:
    """One batch of the history."""
    del number  # names the task run
    return reprocess.relabel_batch(ids, _worker_settings())


@flow(name="nightly")
def nightly(sources: list[str], night: date, now: datetime) -> Result:
    """One night: references, scan, ingest, screen, extract, cluster, suggest, publish."""
    settings = load_settings()
    with open_ledger(settings, day=night, now=now) as ledger:
        return _run_stages(ledger, settings, sources)


@flow(name="scheduled", retries=3, retry_delay_seconds=300)
def scheduled() -> list[Result]:
    """What the schedule starts: tonight, and every night that was missed before it."""
    return _catch_up_to(datetime.now(UTC))


@flow(name="missed")
def missed(now: datetime) -> list[Result]:
    """What the schedule starts with: every night that was missed up to that of `now`."""
    return _catch_up_to(now)


def _catch_up_to(now: datetime) -> list[Result]:
    """The nights up to that of `now`, of the sources in the settings."""
    settings = load_settings()
    configure_logs(level=settings.log_level, as_json=settings.log_json)
    return catch_up(settings, normalise_sources(settings.sources), now=now)


@flow(name="reprocess")
def reprocessing() -> Counts:
    """The history through the present extractor, laid aside; goes on where it was cut off."""
    settings = load_settings()
    batches = [(batch, n) for n, batch in enumerate(reprocess.list_batches(settings))]
    return add_counts(_gather(settings, "relabel", relabel_task, batches))


def run_reprocess(settings: Settings, *, progress: Progress = _no_progress) -> Counts:
    """Runs the reprocess flow through Prefect; arguments and errors are those of `run_night`."""
    get_store(settings).migrate()
    return _run_flow(reprocessing.with_options(task_runner=make_runner(settings)), progress)


def run_night(
    settings: Settings,
    sources: Sequence[str],
    *,
    as_of: date | None = None,
    now: datetime | None = None,
    progress: Progress = _no_progress,
) -> Result:
    """Runs the nightly flow once, through Prefect; returns what it did.

    Args:
        settings: must equal what the environment gives, since workers read that.
        sources: folders or bucket prefixes.
        as_of: the night to run; today if None.
        now: the clock.
        progress: told stage, batches done, batches in all.

    Raises:
        RunLocked: another run is at work.
        FieldbackError: the run failed; the store and the last snapshot are whole.
    """
    moment = now or datetime.now(UTC)
    if as_of is not None and as_of > moment.date():
        raise SettingsError(f"{as_of} has not come yet")
    get_store(settings).migrate()
    run = nightly.with_options(task_runner=make_runner(settings))
    return _run_flow(run, progress, list(sources), as_of or moment.date(), moment)


def _run_flow(run: Callable[..., T], progress: Progress, *args: Any) -> T:
    """The result of a flow, with somebody told of its progress."""
    token = _progress.set(progress)
    try:
        with prefect_server():
            return run(*args)
    finally:
        _progress.reset(token)


def catch_up(settings: Settings, sources: Sequence[str], *, now: datetime) -> list[Result]:
    """Runs every night since the last completed one, in order, up to today's."""
    store = get_store(settings)
    store.migrate()
    with store.read() as conn:
        last = last_completed_night(conn)
    today = now.date()
    first = today if last is None else min(last + timedelta(days=1), today)
    days = [first + timedelta(days=n) for n in range((today - first).days + 1)]
    return [run_night(settings, sources, as_of=day, now=now) for day in days]


def serve_schedule(cron: str) -> None:
    """Serves the nightly deployment until it is stopped; starts with what was missed.

    If that fails Prefect logs it, and the next scheduled run catches up.
    """
    with prefect_server(has_scheduler=True):
        yesterday = datetime.now(UTC) - timedelta(days=1)
        if _is_behind(load_settings(), yesterday.date()):
            missed(yesterday, return_state=True)
        scheduled.serve(name="nightly", cron=cron, pause_on_shutdown=False, limit=1)


def _is_behind(settings: Settings, day: date) -> bool:
    """True if nights up to `day` were missed since the last one that was completed."""
    store = get_store(settings)
    store.migrate()
    with store.read() as conn:
        last = last_completed_night(conn)
    return last is not None and last < day


def make_runner(settings: Settings) -> TaskRunner[Any]:
    """The Prefect task runner that the settings ask for.

    Raises:
        SettingsError: dask is asked for, and is not installed or has no address.
    """
    if settings.task_runner is Runner.THREADS:
        return ThreadPoolTaskRunner(max_workers=settings.workers)
    if settings.task_runner is Runner.PROCESSES:
        return ProcessPoolTaskRunner(max_workers=settings.workers, initializer=end_with_parent)
    if settings.dask_address is None:
        raise SettingsError("FIELDBACK_DASK_ADDRESS: the task runner dask needs it")
    try:
        from prefect_dask import DaskTaskRunner  # an extra: loaded only where it is asked for
    except ImportError as error:
        raise SettingsError("the task runner dask needs: pip install fieldback[dask]") from error
    runner: TaskRunner[Any] = DaskTaskRunner(address=settings.dask_address)
    return runner


@contextmanager
def prefect_server(*, has_scheduler: bool = False) -> Iterator[None]:
    """A Prefect server in this process for as long as the context is open, unless there is one.

    `has_scheduler`: with the services that start scheduled runs.
    """
    if "PREFECT_API_URL" in os.environ:
        yield
        return
    from prefect.server.api.server import create_app  # heavy: not for those who have a server

    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        app = create_app(ephemeral=not has_scheduler)
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="on"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
        url = f"http://127.0.0.1:{bound.getsockname()[1]}/api"
        os.environ["PREFECT_API_URL"] = url  # for the processes that we start
        try:
            thread.start()
            _wait_for(server, thread)
            with temporary_settings({PREFECT_API_URL: url}):
                yield
        finally:
            # The server's services log their own cancellation as errors.
            logging.getLogger("prefect.server").setLevel(logging.CRITICAL)
            server.should_exit = True
            thread.join(timeout=10)
            del os.environ["PREFECT_API_URL"]


def _wait_for(server: uvicorn.Server, thread: threading.Thread) -> None:
    while not server.started:
        if not thread.is_alive():
            raise SettingsError("Prefect's server does not start; see PREFECT_HOME")
        time.sleep(0.02)


def _run_stages(ledger: Ledger, settings: Settings, sources: Sequence[str]) -> Result:
    night, names = ledger.night, set()
    for url in sources:
        # The CRM comes first: it tells names to redact and who is a customer.
        ledger.add(_run_one(ledger, settings, "references", references_task, url, night))
        scan = _run_one(ledger, settings, "scan", scan_task, url, night)
        if scan.source in names:
            raise SettingsError(
                f"two sources are called {scan.source}: name one in its source.yaml"
            )
        names.add(scan.source)
        ledger.add(scan.counts)
        batches = [(url, batch, night, n) for n, batch in enumerate(scan.batches)]
        _run_batches(ledger, settings, "ingest", ingest_task, batches)
    ledger.add(_run_one(ledger, settings, "screen", screen_task))
    unread = [(batch, n) for n, batch in enumerate(extract.list_batches(settings))]
    _run_batches(ledger, settings, "extract", extract_task, unread)
    ledger.add(reprocess.count_outdated(settings))
    # Themes need all mentions of the night at once: a night cut off and resumed gives the same.
    ledger.add(_run_one(ledger, settings, "cluster", cluster_task, night))
    ledger.add(_run_one(ledger, settings, "suggest", suggest_task, night))
    snapshot, counts = _run_one(ledger, settings, "publish", publish_task, night)
    ledger.add(counts)
    return ledger.result(snapshot)


def _run_one(ledger: Ledger, settings: Settings, stage: str, one: Any, *args: Any) -> Any:
    """The result of a stage that is one task."""
    progress = _progress.get()
    progress(stage, 0, 1)
    with ledger.stage(stage):
        result = one.with_options(**_retries(settings))(*args)
    progress(stage, 1, 1)
    return result


def _run_batches(
    ledger: Ledger, settings: Settings, stage: str, one: Any, batches: Sequence[tuple[Any, ...]]
) -> None:
    """Runs a stage as a task a batch."""
    with ledger.stage(stage):
        for counts in _gather(settings, stage, one, batches):
            ledger.add(counts)


def _gather(
    settings: Settings, stage: str, one: Any, batches: Sequence[tuple[Any, ...]]
) -> Iterator[Counts]:
    """What a task a batch did; all of them end before one that failed is told."""
    progress, retrying = _progress.get(), one.with_options(**_retries(settings))
    futures = [retrying.submit(*batch) for batch in batches]
    for done, future in enumerate(futures):
        progress(stage, done, len(futures))
        future.wait()
    yield from (future.result() for future in futures)
    progress(stage, len(futures), len(futures))


def _retries(settings: Settings) -> Mapping[str, Any]:
    return {
        "retries": settings.retries,
        "retry_delay_seconds": exponential_backoff(backoff_factor=settings.retry_delay_s),
        "retry_jitter_factor": 0.2,
    }
