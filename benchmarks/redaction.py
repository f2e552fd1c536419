"""How well and how fast redaction works: `python -m benchmarks.redaction [--show] [--name NAME]`.

Two files hold sentences of our own with what must go, each a conversation by itself without CRM or
participants to help: `data/redaction.jsonl`, by which the rules were made, and
`data/redaction_unseen.jsonl`, written after them and read for the first time by `first_reading`. A
finding counts where it overlaps one of its type. Sentences about products are counted once more:
a tool taken for a person is lost to the personas. Speed is measured on the training corpus.

Figures go to `results/redaction.json` under NAME (`current`); those of other names stay.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.counting import count_words
from core.vocabulary import Conversation, ConversationKind, CrmTables, Turn
from models.corpus import load_corpus
from pipeline.redact import Redactor

DATA = Path(__file__).parent / "data"
RESULTS = Path(__file__).parent / "results" / "redaction.json"
SETS = {"development": "redaction.jsonl", "unseen": "redaction_unseen.jsonl"}
PRODUCT = "product"


def measure(redactor: Redactor, name: str, *, show: bool) -> dict[str, dict[str, float | int]]:
    """Recall and precision by type on one file, and how many product sentences stay as they are."""
    counts: Counter[tuple[str, str]] = Counter()
    for line in (DATA / name).read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        of_case = _count_findings(redactor, case, show=show)
        counts.update(of_case)
        if case.get("about") == PRODUCT:
            counts[PRODUCT, "kept" if not of_case["PERSON", "wrong"] else "lost"] += 1
    return summarise(counts)


def _count_findings(
    redactor: Redactor, case: Mapping[str, Any], *, show: bool
) -> Counter[tuple[str, str]]:
    """Findings of one sentence by (type, `hit` | `missed` | `wrong`)."""
    wanted = [tuple(each) for each in case["findings"]]
    found = [(each.start, each.end, each.tag) for each in redactor.find([case["text"]])[0]]
    missed = [each for each in wanted if not any(_agree(each, other) for other in found)]
    wrong = [each for each in found if not any(_agree(each, other) for other in wanted)]
    if show and (missed or wrong):
        print(f"{case['text']}\n   missed {missed}, wrong {wrong}")
    return Counter(
        [
            *((tag, "hit") for *place, tag in wanted if (*place, tag) not in missed),
            *((tag, "missed") for *_, tag in missed),
            *((tag, "wrong") for *_, tag in wrong),
        ]
    )


def _agree(first: tuple[int, int, str], second: tuple[int, int, str]) -> bool:
    """Whether two findings overlap and have one type."""
    return first[0] < second[1] and second[0] < first[1] and first[2] == second[2]


def summarise(counts: Counter[tuple[str, str]]) -> dict[str, dict[str, float | int]]:
    """Recall and precision by type and over all, and the product sentences kept."""
    tags = sorted({tag for tag, _ in counts} - {PRODUCT})
    summary = {tag: _rates(counts, [tag]) for tag in tags} | {"all": _rates(counts, tags)}
    kept, lost = counts[PRODUCT, "kept"], counts[PRODUCT, "lost"]
    return summary | ({PRODUCT: {"kept": kept, "n": kept + lost}} if kept + lost else {})


def _rates(counts: Counter[tuple[str, str]], tags: Iterable[str]) -> dict[str, float | int]:
    """Recall and precision of the types together, with their numbers."""
    hit, missed, wrong = (
        sum(counts[tag, what] for tag in tags) for what in ("hit", "missed", "wrong")
    )
    return {
        "recall": round(hit / max(1, hit + missed), 3),
        "precision": round(hit / max(1, hit + wrong), 3),
        "n": hit + missed,
        "wrong": wrong,
    }


def measure_speed(redactor: Redactor) -> dict[str, float | int]:
    """Words of the training corpus and CPU-seconds that their redaction takes."""
    conversations = [
        Conversation(
            each.id,
            ConversationKind.CALL,
            tuple(Turn(sentence.role.value, sentence.text) for sentence in each.sentences),
        )
        for each in load_corpus()
    ]
    n_words = count_words(conversations)
    started = time.process_time()
    for each in conversations:
        redactor.redact(each, CrmTables())
    cpu_s = time.process_time() - started
    return {"words": n_words, "cpu_s": round(cpu_s, 1), "words_per_cpu_s": round(n_words / cpu_s)}


def main() -> None:
    """Prints the figures and keeps them in `results/redaction.json`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--show", action="store_true", help="print the sentences that go wrong")
    parser.add_argument("--name", default="current", help="what to keep the figures under")
    options = parser.parse_args()
    redactor = Redactor()
    figures: dict[str, Any] = {
        name: measure(redactor, file, show=options.show) for name, file in SETS.items()
    }
    figures["speed"] = measure_speed(redactor)
    kept = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps({**kept, options.name: figures}, indent=1) + "\n", "utf-8")
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
