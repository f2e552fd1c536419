"""How the command line prints: tables for people, JSON and CSV for programs, progress on stderr."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import StrEnum
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from pipeline.night import Progress as ProgressTeller

WIDTH_WITHOUT_TERMINAL = 110


class Format(StrEnum):
    """What a command prints."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


class LineFormat(StrEnum):
    """What a command that finds many things prints."""

    TABLE = "table"
    JSONL = "jsonl"


def out() -> Console:
    """The console for results: stdout; as wide as the terminal, or a page where there is none.

    It prints text as it stands: `[inaudible]` is what was said, not a style.
    """
    width = None if sys.stdout.isatty() else WIDTH_WITHOUT_TERMINAL
    return Console(file=sys.stdout, width=width, highlight=False, markup=False, emoji=False)


def err() -> Console:
    """The console for progress and errors: stderr."""
    return Console(file=sys.stderr, highlight=False, markup=False, emoji=False)


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, title: str = "") -> None:
    """Prints rows under their headings.

    A heading that starts with `#` is set to the right; one with `!` is never cut or wrapped.
    """
    table = Table(box=SIMPLE_HEAD, title=title or None, title_justify="left", pad_edge=False)
    for column in columns:
        table.add_column(
            column.lstrip("#!"),
            justify="right" if column.startswith("#") else "left",
            no_wrap=column.startswith(("#", "!")),
            overflow="ignore" if column.startswith("!") else "fold",
        )
    for row in rows:
        table.add_row(*row)
    out().print(table)


def print_json(value: Any) -> None:
    """Prints plain data as JSON."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False, default=str) + "\n")


def print_jsonl(rows: Iterable[Mapping[str, Any]]) -> None:
    """Prints a JSON object a line."""
    for row in rows:
        sys.stdout.write(json.dumps(row, ensure_ascii=False, default=str) + "\n")


def print_csv(rows: Sequence[Mapping[str, Any]]) -> None:
    """Prints rows as CSV with a heading; lists are joined with ` | `."""
    if not rows:
        return
    writer = csv.DictWriter(sys.stdout, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({name: _cell(value) for name, value in row.items()})


@contextmanager
def show_progress() -> Iterator[ProgressTeller]:
    """A teller of progress: a bar a stage on stderr when it is a terminal, else nothing."""
    if not sys.stderr.isatty():
        yield lambda _stage, _done, _all: None
        return
    columns = (
        TextColumn("{task.description:>10}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err()) as bars:
        known: dict[str, Any] = {}

        def tell(stage: str, done: int, n: int) -> None:
            if stage not in known:
                known[stage] = bars.add_task(stage, total=n)
            bars.update(known[stage], completed=done, total=n)

        yield tell


def percent(share: float) -> str:
    """A share as a whole percentage."""
    return f"{100 * share:.0f} %"


def _cell(value: Any) -> Any:
    return " | ".join(str(part) for part in value) if isinstance(value, list) else value
