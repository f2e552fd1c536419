"""Runs nights through Prefect in one process; prints what each did.

usage: flow_driver.py SOURCE HOME

One night by threads in HOME/threads, one by processes in HOME/processes; in HOME/missed a night,
then a catching up three days later, then a schedule that starts while another run holds the lock.
The models and Prefect are imported once.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, date, datetime

from core.logs import configure_logs
from core.settings import Settings, load_settings
from pipeline.environment import prepare_environment

DAY, NOW = date(2026, 10, 31), datetime(2026, 11, 1, 3, 0, tzinfo=UTC)
FIRST_DAY, LATER = date(2026, 10, 20), datetime(2026, 10, 23, 23, 0, tzinfo=UTC)


def main() -> None:
    source, home = sys.argv[1:]
    configure_logs(level="WARNING")
    results = {}
    for runner in ("threads", "processes"):
        settings = _settings(home, runner, runner)
        prepare_environment(settings)
        from pipeline import flow
        from pipeline.flow import catch_up, run_night
        from pipeline.ledger import open_ledger

        results[runner] = run_night(settings, [source], as_of=DAY, now=NOW)
    settings = _settings(home, "missed", "threads")
    first = run_night(settings, [source], as_of=FIRST_DAY, now=NOW)
    nights = [first, *catch_up(settings, [source], now=LATER)]
    served: list[str] = []
    flow.scheduled.serve = lambda **options: served.append(options["name"])  # it would not return
    with open_ledger(settings, day=LATER.date(), now=LATER):
        flow.serve_schedule("0 2 * * *")
    json.dump({**results, "missed": nights, "served": served}, sys.stdout)


def _settings(home: str, folder: str, runner: str) -> Settings:
    """The settings of one home, in the environment, where the tasks look for them."""
    os.environ.update(FIELDBACK_HOME=f"{home}/{folder}", FIELDBACK_TASK_RUNNER=runner)
    return load_settings()


if __name__ == "__main__":
    main()
