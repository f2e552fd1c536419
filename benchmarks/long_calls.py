"""Extraction of many long calls on two cores: `python -m benchmarks.long_calls DIR [N]`.

DIR holds `conversations/*.json`. Their turns, the conversations in ever another order, are joined
to N calls (1,000 unless told) of 45 minutes at 150 words a minute. Two processes read them as the
nightly flow does, a batch at a time. Results are kept in `benchmarks/results/long_calls.json`.
"""

from __future__ import annotations

import json
import multiprocessing
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from itertools import count, islice
from pathlib import Path

from benchmarks.counting import count_words
from core.vocabulary import Conversation, ConversationKind, Turn
from models.extraction import Extractor
from pipeline.reading import read_conversations

RESULTS = Path(__file__).parent / "results" / "long_calls.json"
N_CALLS, N_PROCESSES, BATCH_SIZE = 1000, 2, 10
N_WORDS = 45 * 150


def make_calls(conversations: Sequence[Conversation], n: int) -> Iterator[Conversation]:
    """`n` calls of about `N_WORDS` words from the turns of these, each call from another start."""
    calls = [each for each in conversations if each.kind is ConversationKind.CALL]
    for number in range(n):
        order = (calls[(7 * number + i * (1 + number % 5)) % len(calls)] for i in count())
        spoken, turns, n_words = (turn for call in order for turn in call.turns), list[Turn](), 0
        while n_words < N_WORDS:
            turns.append(next(spoken))
            n_words += len(turns[-1].text.split())
        yield Conversation(
            external_id=f"long-{number}", kind=ConversationKind.CALL, turns=tuple(turns)
        )


@cache
def get_extractor() -> Extractor:
    """This process's extractor."""
    return Extractor.load()


def read_batch(calls: Sequence[Conversation]) -> tuple[int, int, float]:
    """Words read, mentions found, and the peak memory of this process in MB."""
    n_mentions = sum(len(found) for found in get_extractor().extract(calls))
    return count_words(calls), n_mentions, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(folder: Path, n: int) -> None:
    """Prints the figures and keeps them."""
    conversations, _ = read_conversations(sorted((folder / "conversations").glob("*.json")))
    calls = make_calls(conversations, n)
    batches = iter(lambda: tuple(islice(calls, BATCH_SIZE)), ())
    context = multiprocessing.get_context("spawn")
    started = time.perf_counter()
    with ProcessPoolExecutor(N_PROCESSES, context) as pool:
        done = list(pool.map(read_batch, batches))
    seconds = time.perf_counter() - started
    results = {
        "n_calls": n,
        "n_words": sum(words for words, _, _ in done),
        "n_mentions": sum(mentions for _, mentions, _ in done),
        "n_processes": N_PROCESSES,
        "seconds": seconds,
        "seconds_per_1000_calls": 1000 * seconds / n,
        "peak_mb_of_both": N_PROCESSES * max(peak for _, _, peak in done),
    }
    text = json.dumps(results, indent=1) + "\n"
    sys.stdout.write(text)
    RESULTS.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else N_CALLS)
