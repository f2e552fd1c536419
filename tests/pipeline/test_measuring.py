"""Figures of a labelled folder; the extractor is one that says what the test wants."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from core.errors import FieldbackError, MalformedRecord, UnreadableFile
from core.vocabulary import Conversation, Mention, MentionKind
from models.corpus import Label
from pipeline import measuring
from pipeline.measuring import evaluate_folder, print_evaluation, read_labels

DEAR, COPY, NOTHING = "It is too expensive.", "We copy it all by hand.", "Fine, thanks."
TEXT = f"{DEAR} {COPY} {NOTHING}"
LABELS = {
    DEAR: [{"kind": "objection", "type": "price"}],
    COPY: [{"kind": "pain_point", "type": "time"}],
    NOTHING: [],
}


class ToldExtractor:
    """Finds in every conversation what it was told; `extract` is all that is asked of it."""

    def __init__(self, *found: tuple[str, str, str, float]) -> None:
        self._found = found

    def extract(self, conversations: Sequence[Conversation]) -> list[list[Mention]]:
        return [[self._mention(*found) for found in self._found] for _ in conversations]

    def _mention(self, quote: str, kind: str, type_: str, confidence: float) -> Mention:
        start = max(TEXT.find(quote), -1)
        start = start if start >= 0 else len(TEXT) + 10
        end = start + len(quote)
        return Mention(0, start, end, quote, MentionKind(kind), type_, confidence, quote)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A labelled set of two conversations of two sources, three sentences each."""
    (tmp_path / "conversations").mkdir()
    rows = []
    for source in ("phone", "notes"):
        name = f"{source}-1"
        turns = [{"speaker": "Pat", "role": "customer", "text": TEXT}]
        call = {"id": name, "kind": "call", "source": source, "turns": turns}
        (tmp_path / "conversations" / f"{name}.json").write_text(json.dumps(call))
        rows += [_label_row(name, source, sentence) for sentence in LABELS]
    (tmp_path / "labels.jsonl").write_text("\n".join(json.dumps(row) for row in rows) + "\n")
    return tmp_path


def _label_row(conversation: str, source: str, sentence: str) -> dict[str, Any]:
    start = TEXT.find(sentence)
    return {
        "conversation": conversation,
        "source": source,
        "turn": 0,
        "start": start,
        "end": start + len(sentence),
        "text": sentence,
        "labels": LABELS[sentence],
    }


@pytest.fixture
def tell(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Replaces the extractor by one that finds what it is told."""

    def _tell(*found: tuple[str, str, str, float]) -> None:
        monkeypatch.setattr(measuring, "get_extractor", lambda: ToldExtractor(*found))

    return _tell


def test_an_extractor_that_finds_all_and_nothing_else_has_full_marks(
    folder: Path, tell: Any
) -> None:
    tell((DEAR, "objection", "price", 1.0), (COPY, "pain_point", "time", 1.0))
    report = evaluate_folder(folder)
    assert (report.n_conversations, len(report.judged), report.n_lost) == (2, 6, 0)
    figures = [figure for figure in report.figures.values() if figure.n]
    assert {(f.precision, f.recall, f.f1) for f in figures} == {(1.0, 1.0, 1.0)}
    assert (report.n_sure, report.sure_precision) == (4, 1.0)
    assert report.calibration_error == pytest.approx(0)
    assert set(report.by_source) == {"phone", "notes"}


def test_what_is_wrong_missed_and_in_no_sentence_is_counted(folder: Path, tell: Any) -> None:
    tell(
        (DEAR, "objection", "trust", 0.95),
        (NOTHING, "objection", "price", 0.6),
        ("nowhere", "objection", "price", 0.9),
    )
    report = evaluate_folder(folder)
    assert report.n_lost == 2
    detect, typed = report.figures["objection.detect"], report.figures["objection.typed"]
    assert (detect.precision, detect.recall) == (0.5, 1.0)
    assert (typed.precision, typed.recall) == (0.0, 0.0)
    assert (report.n_sure, report.sure_precision) == (2, 0.0)


def test_the_report_is_plain_data_and_prints_its_errors(
    folder: Path, tell: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    tell((DEAR, "objection", "trust", 0.95))
    report = evaluate_folder(folder)
    assert json.loads(json.dumps(report.as_dict()))["n_sentences"] == 6
    print_evaluation(report, n_errors=1)
    printed = capsys.readouterr().out
    assert "2 conversations, 6 sentences, 0 mentions in no sentence" in printed
    assert f"turn 0: {DEAR}" in printed
    assert "labelled ['objection/price']  found ['objection/trust']" in printed


def test_labels_are_read_with_their_place_and_value(tmp_path: Path) -> None:
    row = _label_row("c", "phone", COPY)
    row["labels"] = [{"kind": "persona_trait", "type": "tool", "value": "by hand"}]
    path = tmp_path / "labels.jsonl"
    path.write_text(json.dumps(row) + "\n\n")
    [gold] = read_labels(path)
    assert TEXT[gold.start : gold.end] == gold.text == COPY
    assert gold.labels == (Label(MentionKind.PERSONA_TRAIT, "tool", "by hand"),)


@pytest.mark.parametrize(
    "line",
    [
        "nonsense",
        "[]",
        "{}",
        json.dumps(_label_row("c", "phone", DEAR) | {"labels": [{"kind": "x", "type": "y"}]}),
        json.dumps(_label_row("c", "phone", DEAR) | {"labels": None}),
    ],
)
def test_a_broken_label_is_named_with_its_line(line: str, tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    path.write_text(json.dumps(_label_row("c", "phone", DEAR)) + "\n" + line)
    with pytest.raises(MalformedRecord, match=r"labels\.jsonl:2: not a label"):
        read_labels(path)


def test_labels_in_another_encoding_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    path.write_bytes('{"text": "für"}'.encode("latin-1"))
    with pytest.raises(UnreadableFile, match="not UTF-8"):
        read_labels(path)


def test_a_folder_without_labels_or_conversations_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"labels\.jsonl: No such file"):
        evaluate_folder(tmp_path)
    (tmp_path / "labels.jsonl").touch()
    with pytest.raises(FieldbackError, match=r"no conversations/\*\.json"):
        evaluate_folder(tmp_path)


def test_a_broken_conversation_stops_the_measuring(folder: Path, tell: Any) -> None:
    """A figure over the rest would look like one over all."""
    (folder / "conversations" / "phone-1.json").write_text("{")
    with pytest.raises(MalformedRecord, match=r"phone-1\.json"):
        evaluate_folder(folder)
