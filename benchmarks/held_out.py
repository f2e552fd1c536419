"""Figures on our own held-back families: `python -m benchmarks.held_out [--accept | FOLDER]`.

The families are those that neither network nor thresholds have seen (`judged_on` of the trained
files). `--accept` keeps the figures in `benchmarks/results/held_out.json`: from then on the tests
fail where a figure falls below the interval kept. With a folder of conversations in the corpus's
format, such as `models/training/unseen`, the figures are of those.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from models.corpus import LabelledConversation, load_corpus
from models.decisions import load_decisions
from models.evaluation import Figure, measure_all
from models.extraction import ARTIFACTS, Extractor
from models.training.held_out import judge_extractor

RESULTS = Path(__file__).parent / "results" / "held_out.json"


def list_held_out() -> list[LabelledConversation]:
    """The conversations of the families that nothing was fitted on."""
    families = set(load_decisions(ARTIFACTS / "mentions.json").judged_on)
    return [c for c in load_corpus() if c.family in families]


def measure(conversations: Sequence[LabelledConversation]) -> dict[str, Figure]:
    """The figures of the extractor that ships."""
    return measure_all(judge_extractor(Extractor.load(), conversations))


def main() -> None:
    """Prints the figures and, if told, keeps them."""
    parser = argparse.ArgumentParser(description=__doc__)
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--accept", action="store_true", help="Keep the figures.")
    choice.add_argument("folder", nargs="?", type=Path, help="Measure on its conversations.")
    options = parser.parse_args()
    conversations = load_corpus(options.folder) if options.folder else list_held_out()
    figures = {name: asdict(figure) for name, figure in measure(conversations).items()}
    text = json.dumps(figures, indent=1) + "\n"
    sys.stdout.write(text)
    if options.accept:
        RESULTS.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
