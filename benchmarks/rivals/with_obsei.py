"""Groups of nights by obsei, in an environment of its own: `with_obsei.py FOLDER [--vectors]`.

FOLDER holds night-NN.jsonl; out-NN.jsonl gets the themes of all texts so far. Defaults throughout:
without a downloaded model obsei makes its vectors by hashing. With --vectors it is given those of
vectors-NN.npy instead, as it would be by an embedding server.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from obsei.core.record import Record, SourceRef
from obsei.llm.embed import HashingEmbedder
from obsei.store import Store
from obsei.themes import ThemesConfig, update_themes

FIRST = datetime(2026, 1, 1, tzinfo=UTC)


class GivenVectors:
    """An embedder that looks vectors up."""

    model = "given"

    def __init__(self) -> None:
        self.known: dict[str, list[float]] = {}

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """The vectors of the texts."""
        return [self.known[text] for text in texts]


def main() -> None:
    """Groups the nights one after the other and prints the CPU seconds that it took."""
    folder, given = Path(sys.argv[1]), GivenVectors()
    embedder = given if "--vectors" in sys.argv else HashingEmbedder()
    seconds, names = 0.0, {}
    with Store(allow_unencrypted=True) as store:
        for night, path in enumerate(sorted(folder.glob("night-*.jsonl"))):
            rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
            vectors = np.load(
                folder / path.name.replace("night", "vectors").replace("jsonl", "npy")
            )
            given.known.update(zip([row["text"] for row in rows], vectors.tolist(), strict=True))
            records = [make_record(row, night, place) for place, row in enumerate(rows)]
            names |= {record.id: row["id"] for record, row in zip(records, rows, strict=True)}
            started = time.process_time()
            store.upsert(records)
            update_themes(store, embedder, ThemesConfig())
            seconds += time.process_time() - started
            homes = store._con.execute("SELECT record_id, theme_id FROM record_themes").fetchall()
            lines = [json.dumps({"id": names[key], "theme": theme}) for key, theme in homes]
            out = folder / path.name.replace("night", "out")
            out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(json.dumps({"cpu_seconds": seconds}))


def make_record(row: dict[str, str], night: int, place: int) -> Record:
    """A record of its own author, a second after the one before."""
    source = SourceRef(type="file", instance="benchmark", native_id=row["id"])
    moment = FIRST + timedelta(days=night, seconds=place)
    return Record(source=source, text=row["text"], created_at=moment)


if __name__ == "__main__":
    main()
