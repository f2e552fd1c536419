"""Thresholds of merge and split proposals: `python benchmarks/theme_proposals.py DATA_DIR`.

DATA_DIR holds clinc150.jsonl and banking77_test.jsonl. Counts, and keeps in
benchmarks/results/theme_proposals.json, how many of the pairs of themes above a likeness are of one
group; and how many groups, of two nearest groups and of any two would be split.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

from models.registry import run_night
from models.theme_likeness import Likeness
from models.theme_members import found_theme
from models.theme_proposals import MERGE_FROM, SPLIT_UP_TO, cut_in_two
from models.theme_state import BufferedItem, RegistryState, Space, ThemeItem
from models.vectors import Encoder

RESULTS = Path(__file__).parent / "results" / "theme_proposals.json"
FILES = ("clinc150.jsonl", "banking77_test.jsonl")
NIGHT = date(2026, 1, 1)
MERGES = (MERGE_FROM, 0.85, 0.95)
SPLITS = (SPLIT_UP_TO, 0.0, -0.1)
PER_GROUP = 40

Groups = Mapping[str, Sequence[BufferedItem]]


def read_entries(path: Path) -> tuple[list[BufferedItem], dict[str, str]]:
    """The texts of a file that belong to a group, with vectors; and the group of each."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    rows = [row for row in rows if row["gold"] is not None]
    vectors = Encoder.load(n_threads=2).encode([row["text"] for row in rows])
    items = [ThemeItem(str(row["id"]), row["text"]) for row in rows]
    entries = [BufferedItem(i, v, NIGHT) for i, v in zip(items, vectors, strict=True)]
    return entries, {str(row["id"]): row["gold"] for row in rows}


def group(entries: Iterable[BufferedItem], names: Mapping[str, str | None]) -> Groups:
    """The entries by the name of each."""
    groups: dict[str, list[BufferedItem]] = defaultdict(list)
    for entry in entries:
        if name := names.get(entry.item.id):
            groups[name].append(entry)
    return dict(sorted(groups.items()))


def measure(path: Path) -> dict[str, Any]:
    """Counts above each threshold for one file."""
    entries, gold = read_entries(path)
    vectors = np.stack([entry.vector for entry in entries])
    result = run_night(RegistryState(), [e.item for e in entries], vectors, night=NIGHT)
    space = result.state.spaces["", ""]
    return {
        "merges": measure_merges(group(entries, result.assignments), gold, space),
        "splits": measure_splits(group(entries, gold), space),
    }


def measure_merges(themes: Groups, gold: Mapping[str, str], space: Space) -> dict[str, str]:
    """Likeness -> of how many pairs of themes the most frequent group is the same."""
    most = [Counter(gold[e.item.id] for e in m).most_common(1)[0][0] for m in themes.values()]
    between = compare(themes.values(), space)
    counts = {}
    for least in MERGES:
        pairs = np.argwhere(np.triu(between >= least, 1)).tolist()
        counts[f"{least}"] = f"{sum(most[a] == most[b] for a, b in pairs)} of {len(pairs)}"
    return counts


def measure_splits(groups: Groups, space: Space) -> dict[str, dict[str, str]]:
    """What is cut in two -> likeness -> how many would be split there."""
    members = [list(group[:PER_GROUP]) for group in groups.values()]
    between = compare(members, space)
    np.fill_diagonal(between, -np.inf)
    halves = [group[: PER_GROUP // 2] for group in members]
    strangers = [halves[n] + halves[(n + 37) % len(halves)] for n in range(len(halves))]
    neighbours = [halves[n] + halves[int(between[n].argmax())] for n in range(len(halves))]
    wholes = {"one group": members, "a group and its nearest": neighbours, "any two": strangers}
    return {name: count_splits(each, space) for name, each in wholes.items()}


def count_splits(wholes: Sequence[Sequence[BufferedItem]], space: Space) -> dict[str, str]:
    """Likeness -> how many of the wholes fall into halves that are no more alike."""
    found = [cut_in_two(whole, space) for whole in wholes]
    likeness = np.array([compare(parts, space)[0, 1] if len(parts) > 1 else 1 for parts in found])
    return {f"{most}": f"{int((likeness <= most).sum())} of {len(wholes)}" for most in SPLITS}


def compare(groups: Iterable[Sequence[BufferedItem]], space: Space) -> np.ndarray:
    """How like the members of two groups are, as a share of how like those of one are."""
    return Likeness([found_theme(group, NIGHT) for group in groups], space).between()


def main() -> None:
    """Prints and keeps the counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    data = parser.parse_args().data
    figures = {name: measure(data / name) for name in FILES}
    text = json.dumps(figures, indent=1) + "\n"
    RESULTS.write_text(text, encoding="utf-8")
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
