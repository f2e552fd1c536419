"""Re-labels a history in child processes, killing some of them on the way; prints what they leave.

usage: reprocess_driver.py SOURCE HOME DATABASE_URL [POINT …]

Points are those of `night_driver`. For each, a night is spent on a fresh store; then the taxonomy
loses a type, the history is re-labelled and switched, killed on the way, and done again.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from core.settings import load_settings
from models.extraction import Extractor
from pipeline import reprocess, resources
from pipeline.flow import run_reprocess
from tests.pipeline.night_driver import empty, fork, prepare, read_state
from tests.pipeline.plain_night import run_plain_night
from tests.taxonomies import write_taxonomy_without


def main() -> None:
    source, home, url, *points = sys.argv[1:]
    os.environ["FIELDBACK_WORKERS"] = "1"
    prepare(home, url)
    before = resources.get_extractor()
    taxonomy = write_taxonomy_without("objection/price", Path(home) / "taxonomy.yaml")
    after = Extractor.load(taxonomy=taxonomy)
    done = Path(home) / "relabelled.json"

    def scenario(point: str | None) -> dict[str, object]:
        empty(url, home)
        _extract_with(before)
        spent = fork(lambda: run_plain_night(load_settings(), Path(source)))
        _extract_with(after)
        statuses = [spent, fork(lambda: _renew(done), point)]
        n_kept = read_state(url)["rows"]["relabelled_conversations"]
        if point is not None:
            statuses.append(fork(lambda: _renew(done)))
        return {
            "statuses": statuses,
            "n_kept": n_kept,
            "n_relabelled": json.loads(done.read_text()),
            **read_state(url),
        }

    results = {"undisturbed": scenario(None)}
    json.dump(results | {point: scenario(point) for point in points}, sys.stdout)


def _extract_with(extractor: Extractor) -> None:
    resources._extractor = lambda: extractor


def _renew(done: Path) -> None:
    """Re-labels what is not yet, notes how much that was, and switches."""
    settings = load_settings()
    counts = run_reprocess(settings)
    done.write_text(json.dumps(counts.get("n_relabelled", 0)))
    reprocess.switch(settings)


if __name__ == "__main__":
    main()
