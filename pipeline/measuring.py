"""`fieldback evaluate`: how right the extractor is on a labelled folder."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from core.errors import FieldbackError, MalformedRecord, UnreadableFile
from core.vocabulary import MentionKind
from models.corpus import Label
from models.evaluation import (
    Figure,
    GoldSentence,
    JudgedSentence,
    list_errors,
    measure_all,
    measure_by_source,
    measure_by_type,
    place_mentions,
)
from models.reliability import (
    expected_calibration_error,
    judge_confidence,
    precision_by_band,
    precision_from,
)
from pipeline.output import out, print_table
from pipeline.reading import read_conversations
from pipeline.resources import get_extractor

SURE = 0.9


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of one labelled folder."""

    n_conversations: int
    n_lost: int
    judged: Sequence[JudgedSentence]
    figures: dict[str, Figure]
    by_type: dict[str, Figure]
    by_source: dict[str, dict[str, Figure]]
    calibration_error: float
    bands: list[tuple[float, int, float, float]]
    n_sure: int
    sure_precision: float

    def as_dict(self) -> dict[str, Any]:
        """The figures as plain data."""
        return {
            "n_conversations": self.n_conversations,
            "n_sentences": len(self.judged),
            "n_lost": self.n_lost,
            "figures": {name: asdict(figure) for name, figure in self.figures.items()},
            "by_type": {name: asdict(figure) for name, figure in self.by_type.items()},
            "by_source": {
                source: {name: asdict(figure) for name, figure in figures.items()}
                for source, figures in self.by_source.items()
            },
            "calibration_error": self.calibration_error,
            "n_sure": self.n_sure,
            "sure_precision": self.sure_precision,
        }

    def as_rows(self) -> list[dict[str, Any]]:
        """The figures as rows: one a measure and one a type."""
        both = {**self.figures, **self.by_type}
        return [{"measure": name, **asdict(figure)} for name, figure in both.items()]


def evaluate_folder(folder: Path) -> Report:
    """Extracts from `folder/conversations/*.json` and compares with `folder/labels.jsonl`.

    Raises:
        FieldbackError: the folder does not hold a labelled set; it names file and line.
    """
    gold = read_labels(folder / "labels.jsonl")
    paths = sorted((folder / "conversations").glob("*.json"))
    conversations, problems = read_conversations(paths)
    if problems:
        raise problems[0]
    if not conversations:
        raise FieldbackError(f"{folder}: no conversations/*.json")
    found = get_extractor().extract(conversations)
    mentions = {
        conversation.external_id: [mention for mention in own if mention.is_sure]
        for conversation, own in zip(conversations, found, strict=True)
    }
    judged, n_lost = place_mentions(gold, mentions)
    pairs = judge_confidence(judged)
    n_sure, sure_precision = precision_from(pairs, SURE)
    return Report(
        n_conversations=len(conversations),
        n_lost=n_lost,
        judged=judged,
        figures=measure_all(judged),
        by_type=measure_by_type(judged),
        by_source=measure_by_source(judged),
        calibration_error=expected_calibration_error(pairs),
        bands=precision_by_band(pairs),
        n_sure=n_sure,
        sure_precision=sure_precision,
    )


def read_labels(path: Path) -> list[GoldSentence]:
    """The labelled sentences of a file.

    Raises:
        InputError: it cannot be read, or a line is broken.
    """
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except UnicodeDecodeError as error:
        raise UnreadableFile("not UTF-8", path=str(path)) from error
    except OSError as error:
        raise UnreadableFile(error.strerror or "cannot be read", path=str(path)) from error
    return [
        _read_sentence(line, path, number)
        for number, line in enumerate(lines, start=1)
        if line.strip()
    ]


def print_evaluation(report: Report, *, n_errors: int) -> None:
    """Prints a report for people."""
    console = out()
    console.print(
        f"{report.n_conversations} conversations, {len(report.judged)} sentences, "
        f"{report.n_lost} mentions in no sentence"
    )
    _print_figures("measure", report.figures)
    _print_figures("type", report.by_type)
    detect = {
        f"{source} {name.removesuffix('.detect')}": figure
        for source, figures in report.by_source.items()
        for name, figure in figures.items()
        if name.endswith(".detect") and figure.n
    }
    _print_figures("source, detect", detect)
    print_table(
        ["confidence", "#mentions", "#mean confidence", "#precision"],
        [[f"{low:.1f}-", str(n), f"{mean:.2f}", f"{p:.2f}"] for low, n, mean, p in report.bands],
    )
    console.print(
        f"expected calibration error {report.calibration_error:.3f}; precision of the "
        f"{report.n_sure} mentions with confidence {SURE} and more {report.sure_precision:.3f}"
    )
    for judged in list_errors(report.judged)[:n_errors]:
        _print_error(judged)


def _print_figures(heading: str, figures: dict[str, Figure]) -> None:
    print_table(
        [heading, "#n", "#precision", "#recall", "#F1", "95 % of F1"],
        [
            [
                name,
                str(f.n),
                f"{f.precision:.3f}",
                f"{f.recall:.3f}",
                f"{f.f1:.3f}",
                f"{f.low:.3f}-{f.high:.3f}",
            ]
            for name, f in figures.items()
        ],
    )


def _print_error(judged: JudgedSentence) -> None:
    gold = sorted(f"{label.kind}/{label.type}" for label in judged.gold.labels)
    found = sorted(f"{mention.kind}/{mention.type}" for mention in judged.mentions)
    place = f"{judged.gold.conversation} turn {judged.gold.turn}"
    out().print(f"- {place}: {judged.gold.text}")
    out().print(f"    labelled {gold}  found {found}")


def _read_sentence(line: str, path: Path, number: int) -> GoldSentence:
    try:
        row = json.loads(line)
        labels = tuple(
            Label(MentionKind(label["kind"]), label["type"], label.get("value"))
            for label in row["labels"]
        )
        return GoldSentence(
            conversation=row["conversation"],
            source=row.get("source", ""),
            turn=row["turn"],
            start=row["start"],
            end=row["end"],
            text=row["text"],
            labels=labels,
        )
    except (ValueError, KeyError, TypeError) as error:
        raise MalformedRecord(f"not a label: {error}", path=str(path), line=number) from error
