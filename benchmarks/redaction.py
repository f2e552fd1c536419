"""How well and how fast redaction works: `python -m benchmarks.redaction [--show]`.

`data/redaction.jsonl` holds sentences of our own with what must go; each is a conversation by
itself, without CRM or participants to help. A finding counts where it overlaps one of its type.
The speed is measured on the training corpus, joined to conversations.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from pathlib import Path

from core.vocabulary import Conversation, ConversationKind, CrmTables, Turn
from models.corpus import load_corpus
from pipeline.redact import Redactor

DATA = Path(__file__).parent / "data" / "redaction.jsonl"


def count_findings(redactor: Redactor, *, show: bool) -> Counter[tuple[str, str]]:
    """Findings by (type, `hit` | `missed` | `wrong`)."""
    counts: Counter[tuple[str, str]] = Counter()
    for line in DATA.read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        wanted = [tuple(each) for each in case["findings"]]
        found = [(each.start, each.end, each.tag) for each in redactor.find([case["text"]])[0]]
        missed = [each for each in wanted if not any(_agree(each, other) for other in found)]
        wrong = [each for each in found if not any(_agree(each, other) for other in wanted)]
        counts.update((tag, "hit") for *_, tag in wanted)
        counts.subtract((tag, "hit") for *_, tag in missed)
        counts.update((tag, "missed") for *_, tag in missed)
        counts.update((tag, "wrong") for *_, tag in wrong)
        if show and (missed or wrong):
            print(f"{case['text']}\n   missed {missed}, wrong {wrong}")
    return counts


def _agree(first: tuple[int, int, str], second: tuple[int, int, str]) -> bool:
    """Whether two findings overlap and have one type."""
    return first[0] < second[1] and second[0] < first[1] and first[2] == second[2]


def measure_speed(redactor: Redactor) -> tuple[int, float]:
    """Words of the training corpus and CPU-seconds that their redaction takes."""
    conversations = [
        Conversation(
            each.id,
            ConversationKind.CALL,
            tuple(Turn(sentence.role.value, sentence.text) for sentence in each.sentences),
        )
        for each in load_corpus()
    ]
    n_words = sum(len(turn.text.split()) for each in conversations for turn in each.turns)
    started = time.process_time()
    for each in conversations:
        redactor.redact(each, CrmTables())
    return n_words, time.process_time() - started


def main() -> None:
    """Prints recall and precision by type, and words per CPU-second."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--show", action="store_true", help="print the sentences that go wrong")
    redactor = Redactor()
    counts = count_findings(redactor, show=parser.parse_args().show)
    for tag in sorted({tag for tag, _ in counts}):
        hit, missed, wrong = (counts[tag, each] for each in ("hit", "missed", "wrong"))
        recall, precision = hit / max(1, hit + missed), hit / max(1, hit + wrong)
        print(f"{tag:15} recall {recall:.3f} of {hit + missed}, precision {precision:.3f}")
    n_words, cpu_s = measure_speed(redactor)
    print(f"{n_words} words in {cpu_s:.1f} CPU-s: {n_words / cpu_s:.0f} words per CPU-second")


if __name__ == "__main__":
    main()
