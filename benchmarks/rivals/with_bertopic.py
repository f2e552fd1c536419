"""Groups of nights by BERTopic, in an environment of its own: `with_bertopic.py FOLDER`.

FOLDER holds night-NN.jsonl and the vectors of their texts, vectors-NN.npy; out-NN.jsonl gets the
topics of all texts so far. Defaults throughout; each later night is fitted alone and merged in.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np
from bertopic import BERTopic


def main() -> None:
    """Groups the nights one after the other and prints the CPU seconds that it took."""
    folder, merged, ids = Path(sys.argv[1]), None, []
    seconds, failed = 0.0, []
    for path in sorted(folder.glob("night-*.jsonl")):
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        vectors = np.load(folder / path.name.replace("night", "vectors").replace("jsonl", "npy"))
        started = time.process_time()
        try:
            tonight = BERTopic().fit([row["text"] for row in rows], vectors)
            merged = BERTopic.merge_models([merged, tonight]) if merged is not None else tonight
        except (ValueError, TypeError, IndexError) as error:  # a night without any topic
            failed.append(f"{path.name}: {type(error).__name__}: {error}")
        else:
            ids += [row["id"] for row in rows]
        seconds += time.process_time() - started
        topics = dict(zip(ids, merged.topics_, strict=True)) if merged is not None else {}
        known = {**topics, **{row["id"]: -1 for row in rows if row["id"] not in topics}}
        lines = [
            json.dumps({"id": id_, "theme": None if topic == -1 else str(topic)})
            for id_, topic in known.items()
        ]
        out = folder / path.name.replace("night", "out")
        out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(json.dumps({"cpu_seconds": seconds, "failed_nights": failed}))


if __name__ == "__main__":
    main()
