"""Fieldback, BERTopic and obsei on the same texts: `python benchmarks/compare_themes.py DATA_DIR`.

DATA_DIR holds clinc150.jsonl, banking77_test.jsonl, nights.py and score.py. Each rival runs with
its defaults in an environment of its own, made here from PyPI. No model is downloaded: what needs
one is given Fieldback's vectors, and the results say so. Costs are CPU seconds of grouping, without
start-up, so that a busy machine matters less. Writes benchmarks/results/compare_themes.json and
prints the table.
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.themes import Row, as_lines, read_rows, score, write_rows
from models.themes import group_texts, list_known
from models.vectors import Encoder

RESULTS = Path(__file__).parent / "results" / "compare_themes.json"
RIVALS = Path(__file__).parent / "rivals"
SEEDS = (1, 2, 3, 4, 5)
ONCE = ("banking77_test.jsonl", "clinc150.jsonl")
SHOWN = ("acc", "nmi", "themes", "gold_groups", "unassigned", "changed_ids", "cpu_seconds")

Figures = dict[str, Any]


@dataclass(frozen=True)
class Rival:
    """A tool to compare with: the packages of its environment, its script and what it is given."""

    name: str
    environment: str
    packages: tuple[tuple[str, ...], ...]
    command: tuple[str, ...]
    note: str


OBSEI = (("obsei", "numpy"),)
RIVAL_LIST = (
    Rival(
        "BERTopic",
        "bertopic",
        (("torch==2.13.0",), ("bertopic",)),
        ("with_bertopic.py",),
        "defaults, Fieldback's vectors (making them is not in its seconds); nights by merge_models",
    ),
    Rival(
        "obsei",
        "obsei",
        OBSEI,
        ("with_obsei.py",),
        "defaults; without a downloaded model its vectors come from hashing",
    ),
    Rival(
        "obsei, Fieldback's vectors",
        "obsei",
        OBSEI,
        ("with_obsei.py", "--vectors"),
        "defaults, Fieldback's vectors (making them is not in its seconds)",
    ),
)


class Environments:
    """Environments in a folder, made when they are first asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.versions: dict[str, str] = {}

    def python_of(self, rival: Rival) -> Path:
        """The interpreter of a rival's environment."""
        place = self.folder / rival.environment
        python = place / "bin" / "python"
        if not python.exists():
            run([sys.executable, "-m", "venv", str(place)])
        if rival.environment not in self.versions:
            for packages in rival.packages:
                run([str(python), "-m", "pip", "install", "-q", *packages])
            listed = json.loads(run([str(python), "-m", "pip", "list", "--format", "json"]))
            [version] = [p["version"] for p in listed if p["name"] == rival.environment]
            self.versions[rival.environment] = version
        return python


def run(command: Sequence[str], cpu_limit_s: int = resource.RLIM_INFINITY) -> str:
    """What a command prints; raises CalledProcessError, if need be by SIGXCPU."""

    def limit() -> None:
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (cpu_limit_s, hard))

    done = subprocess.run(command, check=True, capture_output=True, text=True, preexec_fn=limit)
    return done.stdout


def run_rival(
    rival: Rival, environments: Environments, folder: Path, limit_s: int
) -> tuple[list[Path], Figures]:
    """The groups after each night, and the seconds."""
    python = environments.python_of(rival)
    script, *options = rival.command
    printed = run([str(python), str(RIVALS / script), str(folder), *options], limit_s)
    figures: Figures = json.loads(printed.splitlines()[-1])
    return sorted(folder.glob("out-*.jsonl")), figures


def run_fieldback(folder: Path) -> tuple[list[Path], Figures]:
    """The groups after each night, and the seconds, those of the encoder included."""
    encoder, seconds, outputs = Encoder.load(n_threads=2), 0.0, []
    for path in sorted(folder.glob("night-*.jsonl")):
        lines = path.read_text(encoding="utf-8").splitlines()
        started = time.process_time()
        group_texts(lines, folder / "state", encoder=encoder)
        seconds += time.process_time() - started
        out = folder / path.name.replace("night", "out")
        outputs.append(write_rows(out, list_known(folder / "state")))
    return outputs, {"cpu_seconds": seconds}


def lay_out(folder: Path, nights: Sequence[Sequence[Row]], gold: Sequence[Row]) -> None:
    """Writes nights with their vectors, and what is right."""
    write_rows(folder / "gold.jsonl", gold)
    encoder = Encoder.load(n_threads=2)
    for number, rows in enumerate(nights, 1):
        path = folder / f"night-{number:02d}.jsonl"
        path.write_text("\n".join(as_lines(rows)) + "\n", encoding="utf-8")
        vectors = encoder.encode([row["text"] for row in rows])
        np.save(folder / f"vectors-{number:02d}.npy", vectors)


def list_tasks(data: Path, seeds: Sequence[int]) -> dict[str, list[Callable[[Path], None]]]:
    """Every task by its name: what lays out the folders of its runs."""

    def lay_once(name: str) -> Callable[[Path], None]:
        rows = [row for row in read_rows(data / name) if row["gold"] is not None]
        return lambda folder: lay_out(folder, [rows], rows)

    def lay_nights(seed: int) -> Callable[[Path], None]:
        def lay(folder: Path) -> None:
            cut = folder / "cut"
            command = [sys.executable, str(data / "nights.py"), str(data / "clinc150.jsonl")]
            run([*command, str(cut), "--seed", str(seed)])
            nights = [read_rows(path) for path in sorted(cut.glob("night-*.jsonl"))]
            lay_out(folder, nights, read_rows(cut / "gold.jsonl"))

        return lay

    once = {f"one go, {name.split('.')[0]}": [lay_once(name)] for name in ONCE}
    return {**once, "14 nights, clinc150": [lay_nights(seed) for seed in seeds]}


def measure(
    data: Path,
    runs: Sequence[Callable[[Path], None]],
    group: Callable[[Path], tuple[list[Path], Figures]],
) -> Figures:
    """Mean figures over the runs of a task; `error` where the tool gave none."""
    found: list[Figures] = []
    for lay in runs:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            lay(folder)
            try:
                outputs, figures = group(folder)
            except subprocess.CalledProcessError as error:
                return {"error": describe_error(error)}
            is_nights = ["--nights"] if len(outputs) > 1 else []
            scores = score(data, *is_nights, folder / "gold.jsonl", *outputs)
            found.append({**{k: v for k, v in scores.items() if k in SHOWN}, **figures})
    numbers = [key for key in SHOWN if key in found[0]]
    failed = sum(len(each.get("failed_nights", ())) for each in found)
    means = {key: statistics.mean(each[key] for each in found) for key in numbers}
    return {**means, "runs": len(found), **({"failed_nights": failed} if failed else {})}


def describe_error(error: subprocess.CalledProcessError) -> str:
    """Why a tool gave no result."""
    if error.returncode == -signal.SIGXCPU:
        return "no result within the limit of CPU seconds"
    return " ".join((error.stderr or "").strip().splitlines()[-1:]) or str(error)


def show(results: Mapping[str, Any]) -> None:
    """Prints the table as Markdown."""
    names = ("ACC", "NMI", "themes", "of", "unassigned", "ids changed a night", "CPU seconds")
    print(f"| task | tool | {' | '.join(names)} |\n|{' --- |' * (len(names) + 2)}")
    for task, tools in results["tasks"].items():
        for tool, figures in tools.items():
            cells = [_cell(key, figures) for key in SHOWN]
            if "error" in figures:
                cells = [str(figures["error"]), *[""] * (len(SHOWN) - 1)]
            print(f"| {task} | {tool} | {' | '.join(cells)} |")


def _cell(key: str, figures: Figures) -> str:
    if key not in figures:
        return "–"
    digits = {"themes": 0, "gold_groups": 0, "cpu_seconds": 0}.get(key, 3)
    return f"{figures[key]:.{digits}f}"


def list_tools(
    environments: Environments, limit_s: int
) -> dict[str, Callable[[Path], tuple[list[Path], Figures]]]:
    """Every tool by its name: what groups the nights of a folder."""
    rivals = {
        rival.name: partial(run_rival, rival, environments, limit_s=limit_s) for rival in RIVAL_LIST
    }
    return {"Fieldback": run_fieldback, **rivals}


def main() -> None:
    """Runs the tools on the tasks, and keeps what comes out after each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--environments", type=Path, help="Keep the environments in this folder.")
    parser.add_argument("--limit-s", type=int, default=900, help="CPU seconds of one run.")
    parser.add_argument("--seeds", type=int, nargs="+", default=list(SEEDS))
    parser.add_argument("--task", action="append", default=[], help="Only tasks so named.")
    parser.add_argument("--tool", action="append", default=[], help="Only tools so named.")
    options = parser.parse_args()
    results: Figures = json.loads(RESULTS.read_text()) if RESULTS.exists() else {"tasks": {}}
    results |= {
        "machine": platform.machine(),
        "cpu_limit_s": options.limit_s,
        "notes": {rival.name: rival.note for rival in RIVAL_LIST},
    }
    with tempfile.TemporaryDirectory() as name:
        environments = Environments(options.environments or Path(name))
        tools = list_tools(environments, options.limit_s)
        for task, runs in list_tasks(options.data, options.seeds).items():
            for tool in tools if not options.task or task in options.task else ():
                if not options.tool or tool in options.tool:
                    figures = measure(options.data, runs, tools[tool])
                    results["tasks"].setdefault(task, {})[tool] = figures
                    results["versions"] = {**results.get("versions", {}), **environments.versions}
                    RESULTS.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    show(results)


if __name__ == "__main__":
    main()
