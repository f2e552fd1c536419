"""Figures of the theme registry: `python benchmarks/themes.py DATA_DIR [--only NAME]…`.

DATA_DIR holds clinc150.jsonl, banking77_test.jsonl, nights.py and score.py. Prints a table and
keeps it in benchmarks/results/themes.json. The number of groups is never given.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

from models.registry import run_night
from models.theme_files import load_registry, save_registry
from models.theme_state import Example, RegistryState, Theme, ThemeItem
from models.themes import group_texts, list_known
from models.vectors import DIMENSION, Encoder

RESULTS = Path(__file__).parent / "results" / "themes.json"
SEEDS = (1, 2, 3, 4, 5)
N_NIGHTS = 14
FOUND_WITHIN_NIGHTS = 2
ENOUGH_ITEMS = 5

Row = dict[str, Any]
Figures = dict[str, Any]


def read_rows(path: Path) -> list[Row]:
    """The records of a JSONL file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def write_rows(path: Path, rows: Sequence[Row]) -> Path:
    """Writes records as JSONL and returns the path."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def score(data: Path, *arguments: str | Path) -> Figures:
    """What DATA_DIR/score.py says."""
    command = [sys.executable, str(data / "score.py"), *map(str, arguments), "--json"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    figures: Figures = json.loads(done.stdout)
    return figures


def as_lines(rows: Sequence[Row]) -> list[str]:
    """Input lines for the grouping: id and text only."""
    return [json.dumps({"id": row["id"], "text": row["text"]}) for row in rows]


def measure_once(data: Path, name: str, *, with_noise: bool) -> Figures:
    """Scores and seconds of one grouping of a whole file from nothing."""
    rows = [row for row in read_rows(data / name) if with_noise or row["gold"] is not None]
    with tempfile.TemporaryDirectory() as folder:
        gold = write_rows(Path(folder) / "gold.jsonl", rows)
        started = time.perf_counter()
        groups = group_texts(as_lines(rows))
        seconds = time.perf_counter() - started
        figures = score(data, gold, write_rows(Path(folder) / "groups.jsonl", groups))
    return {**figures, "seconds": seconds}


def measure_nights(data: Path, name: str) -> Figures:
    """Means over the seeds of 14 nights with groups that appear and vanish."""
    runs = [measure_seed(data, name, seed) for seed in SEEDS]
    found = [is_found for run in runs for is_found in run.pop("found")]
    means = {key: statistics.mean(run[key] for run in runs) for key in runs[0]}
    spread = [round(run["acc"], 3) for run in runs]
    return {**means, "acc_by_seed": spread, "found": statistics.mean(found), "n_new": len(found)}


def measure_seed(data: Path, name: str, seed: int) -> Figures:
    """Scores of one seed's nights; `found` holds a verdict for each group that is new."""
    with tempfile.TemporaryDirectory() as name_of_folder:
        folder = Path(name_of_folder)
        command = [sys.executable, str(data / "nights.py"), str(data / name), str(folder)]
        subprocess.run([*command, "--seed", str(seed)], check=True, stdout=subprocess.DEVNULL)
        encoder = Encoder.load(n_threads=2)
        outputs = []
        for number in range(1, N_NIGHTS + 1):
            lines = (folder / f"night-{number:02d}.jsonl").read_text().splitlines()
            group_texts(lines, folder / "state", encoder=encoder)
            path = folder / f"out-{number:02d}.jsonl"
            outputs.append(write_rows(path, list_known(folder / "state")))
        figures = score(data, "--nights", folder / "gold.jsonl", *outputs)
        figures.pop("noise_in_themes")
        return {**figures, "found": find_new_groups(folder, outputs)}


def find_new_groups(folder: Path, outputs: Sequence[Path]) -> list[bool]:
    """Whether each group that first shows from night 4 on was found in time.

    Found: a theme holds two and more of its items, which are more than half of that theme's, at
    latest two nights after the night of its fifth item. Groups without time left are left out.
    """
    gold = {row["id"]: row["gold"] for row in read_rows(folder / "gold.jsonl")}
    shown: dict[str, list[int]] = defaultdict(list)
    for night in range(N_NIGHTS):
        for row in read_rows(folder / f"night-{night + 1:02d}.jsonl"):
            shown[gold[row["id"]]].append(night)
    states = [read_rows(path) for path in outputs]
    verdicts = []
    for group, nights in sorted(shown.items()):
        if nights[0] >= 3 and len(nights) >= ENOUGH_ITEMS:
            fifth = nights[ENOUGH_ITEMS - 1]
            if fifth + FOUND_WITHIN_NIGHTS < N_NIGHTS:
                window = states[fifth : fifth + FOUND_WITHIN_NIGHTS + 1]
                verdicts.append(any(has_theme(group, state, gold) for state in window))
    return verdicts


def has_theme(group: str, state: Sequence[Row], gold: dict[str, str]) -> bool:
    """Whether more than half of some theme, and two items at least, are of the group."""
    members: dict[str, list[str]] = defaultdict(list)
    for row in state:
        if row["theme"]:
            members[row["theme"]].append(gold[row["id"]])
    counts = [(kinds.count(group), len(kinds)) for kinds in members.values()]
    return any(own >= 2 and 2 * own > size for own, size in counts)


def make_noisy(rows: Sequence[Row], n: int, seed: int = 1) -> list[Row]:
    """`n` different texts: drawn from `rows`, with words dropped, swapped and fillers put in."""
    rng = random.Random(seed)  # noqa: S311 noise for a benchmark, not a secret
    noisy: list[Row] = []
    for number in range(n):
        words = rng.choice(rows)["text"].split()
        words.insert(rng.randrange(len(words) + 1), rng.choice(["uh", "um", "well", "so", "like"]))
        if len(words) > 4:
            del words[rng.randrange(len(words))]
            i = rng.randrange(len(words) - 1)
            words[i], words[i + 1] = words[i + 1], words[i]
        noisy.append({"id": f"n{number:06d}", "text": " ".join(words)})
    return noisy


def measure_speed(data: Path, n: int) -> Figures:
    """Seconds from nothing for `n` mentions, the encoder included."""
    rows = make_noisy(read_rows(data / "clinc150.jsonl"), n)
    started = time.perf_counter()
    groups = group_texts(as_lines(rows))
    seconds = time.perf_counter() - started
    themes = {row["theme"] for row in groups} - {None}
    return {"n": n, "seconds": seconds, "themes": len(themes)}


def grow_registry(n_themes: int, per_theme: int, vectors: Any) -> RegistryState:
    """A registry of `n_themes * per_theme` mentions: themes scattered around real vectors."""
    rng = np.random.default_rng(1)
    themes = {}
    for number in range(n_themes):
        point = vectors[number % len(vectors)] + rng.normal(0, 0.04, DIMENSION)
        unit = (point / np.linalg.norm(point)).astype(np.float32)
        examples = tuple(Example(f"e{number}-{k}", f"example {number} {k}", unit) for k in range(8))
        theme = Theme(
            id=f"theme_{number:020x}",
            kind="",
            type=None,
            total=unit.astype(np.float64) * per_theme * 0.6,
            weight=per_theme,
            words={f"word{number}-{k}": 9 for k in range(40)},
            label=f"Example theme {number}",
            keywords=(),
            examples=examples,
            born=date(2026, 1, 1),
            last_seen=date(2026, 1, 1),
        )
        themes[theme.id] = theme
    return RegistryState(themes=themes)


def measure_big_registry(data: Path) -> Figures:
    """Seconds and memory of a night of 5,000 on 1 million mentions in 5,000 themes."""
    encoder = Encoder.load(n_threads=2)
    rows = read_rows(data / "clinc150.jsonl")
    state = grow_registry(5_000, 200, encoder.encode([row["text"] for row in rows]))
    new = make_noisy(rows, 5_000)
    with tempfile.TemporaryDirectory() as folder:
        save_registry(Path(folder), state, {})
        started = time.perf_counter()
        state, _ = load_registry(Path(folder))
        vectors = encoder.encode([row["text"] for row in new])
        items = [ThemeItem(row["id"], row["text"]) for row in new]
        result = run_night(state, items, vectors, night=date(2026, 1, 2))
        save_registry(Path(folder), result.state, {})
        seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return {"seconds": seconds, "peak_gb": peak, "themes": len(result.state.themes)}


def list_measures(data: Path) -> dict[str, Callable[[], Figures]]:
    """Every figure by its name."""
    clinc, banking = "clinc150.jsonl", "banking77_test.jsonl"
    return {
        "big registry": lambda: measure_big_registry(data),
        "nights clinc150": lambda: measure_nights(data, clinc),
        "nights banking77": lambda: measure_nights(data, banking),
        "once clinc150": lambda: measure_once(data, clinc, with_noise=False),
        "once clinc150 with noise": lambda: measure_once(data, clinc, with_noise=True),
        "once banking77": lambda: measure_once(data, banking, with_noise=True),
        "4,000 from nothing": lambda: measure_speed(data, 4_000),
        "50,000 from nothing": lambda: measure_speed(data, 50_000),
    }


def show(name: str, figures: Figures) -> None:
    """Prints one line of the table."""
    parts = (f"{k} {v:.3f}" if isinstance(v, float) else f"{k} {v}" for k, v in figures.items())
    print(f"{name:26} {'  '.join(parts)}", flush=True)


def main() -> None:
    """Measures what is asked for and keeps it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--only", action="append", default=[])
    options = parser.parse_args()
    kept: Figures = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    kept["machine"] = {"cpu": platform.machine(), "cores": os.cpu_count()}
    for name, measure in list_measures(options.data).items():
        if not options.only or name in options.only:
            started = time.process_time()
            kept[name] = {**measure(), "cpu_seconds": time.process_time() - started}
            show(name, kept[name])
            RESULTS.write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
