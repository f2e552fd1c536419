"""Figures on our own held-back families: `python -m benchmarks.held_out [--accept]`.

The families are those that neither network nor thresholds have seen (`judged_on` of the trained
files). `--accept` keeps the figures in `benchmarks/results/held_out.json`: from then on the tests
fail where a figure falls below the interval kept.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

from models.corpus import load_corpus
from models.decisions import load_decisions
from models.evaluation import Figure, measure_all
from models.extraction import ARTIFACTS, Extractor
from models.training.held_out import judge_extractor

RESULTS = Path(__file__).parent / "results" / "held_out.json"


def measure_held_out() -> dict[str, Figure]:
    """The figures of the extractor that ships, on the families that nothing was fitted on."""
    families = set(load_decisions(ARTIFACTS / "mentions.json").judged_on)
    conversations = [c for c in load_corpus() if c.family in families]
    return measure_all(judge_extractor(Extractor.load(), conversations))


def main() -> None:
    """Prints the figures and, if told, keeps them."""
    figures = {name: asdict(figure) for name, figure in measure_held_out().items()}
    text = json.dumps(figures, indent=1) + "\n"
    sys.stdout.write(text)
    if "--accept" in sys.argv[1:]:
        RESULTS.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
