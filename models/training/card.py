"""The model card: what the trained files are, learnt from what, how right, and not for what."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from models.corpus import LabelledConversation
from models.evaluation import (
    Figure,
    JudgedSentence,
    measure_all,
    measure_by_source,
    measure_by_type,
)
from models.extraction import FILES
from models.reliability import (
    expected_calibration_error,
    judge_confidence,
    precision_by_band,
    precision_from,
)

_INTRODUCTION = """# Model card: extraction of mentions

Objections, pain points and persona traits in sales conversations, sentence by sentence, in English.
This file is written by `python -m models.training.train`; don't edit it.

**Parts.** A logistic regression over words, the gate, leaves out the sentences that surely say
nothing. all-MiniLM-L6-v2 (Apache-2.0), fine-tuned end to end with its embeddings frozen and run as
8-bit ONNX, reads windows of the conversation, speakers marked; heads over each sentence tell kinds,
types and the words of trait values. It learnt from the labels and from the judgements of a teacher,
all-mpnet-base-v2 (Apache-2.0) fine-tuned on the same families, which doesn't ship. A logistic
regression a kind gives the confidence. Below the thresholds of `models/training/settings.yaml`,
three numbers for which labelled dialogues of others were looked at as well, a mention is a question
for the review queue.

**Use.** To count and to group what customers say, with every quote at hand. **Not for:** judging
people (reps or customers), hiring, credit or insurance decisions, languages other than English,
or acting on a single mention without reading it.

**Limits.** The corpus is written for this project, not recorded: real telephone speech with many
recognition errors is found less well. Long ironic or hypothetical passages mislead it. Values of
traits may be a word too long or short. Who speaks must be right: a rep's words taken for the
customer's are judged as the customer's.
"""


_HELD_OUT = """Neither the network and the gate nor confidence and thresholds have seen these
families. The text is by the same few writers as the rest of the corpus: on conversations from
elsewhere expect less (`fieldback evaluate` measures on a labelled folder).

"""

_ELSEWHERE = """## Figures on dialogues of others

Labelled by others and in no part of the training; the three thresholds were looked at there too.
`python -m benchmarks.extraction FOLDER` measured them and wrote this section.

"""


def write_card(
    directory: Path,
    *,
    conversations: Sequence[LabelledConversation],
    held_out: Sequence[LabelledConversation],
    judged: Sequence[JudgedSentence],
) -> None:
    """Nothing; writes `MODEL_CARD.md` beside the files that it describes."""
    parts = [
        _INTRODUCTION,
        "## Data\n\n" + _describe_data(conversations, held_out),
        "## Figures on families held out of training\n\n" + _HELD_OUT + _table(measure_all(judged)),
        _describe_confidence(judged),
        "## By register\n\n" + _by_register(judged),
        "## By type\n\n" + _table(measure_by_type(judged)),
        "## Files\n\n" + _list_files(directory),
    ]
    (directory / "MODEL_CARD.md").write_text("\n\n".join(parts) + "\n", encoding="utf-8")


def add_elsewhere(directory: Path, judged: Sequence[JudgedSentence]) -> None:
    """Nothing; the card in `directory` ends with the figures on these sentences of others."""
    path = directory / "MODEL_CARD.md"
    own, _, _ = path.read_text(encoding="utf-8").partition(_ELSEWHERE)
    parts = [
        own.rstrip(),
        _ELSEWHERE + _table(measure_all(judged)),
        _describe_confidence(judged),
        _by_register(judged),
        _table(measure_by_type(judged)),
    ]
    path.write_text("\n\n".join(parts) + "\n", encoding="utf-8")


def _describe_data(
    conversations: Sequence[LabelledConversation], held_out: Sequence[LabelledConversation]
) -> str:
    """Counts of the corpus."""
    sentences = [s for conversation in conversations for s in conversation.sentences]
    registers = Counter(conversation.register for conversation in conversations)
    labels = Counter(label.key for sentence in sentences for label in sentence.labels)
    families = {conversation.family for conversation in conversations}
    rows = [
        f"{len(conversations)} conversations of {len(families)} families with {len(sentences)} "
        f"sentences, {sum(labels.values())} labels; held out for the figures: "
        f"{len({c.family for c in held_out})} families, {len(held_out)} conversations.",
        "Registers: " + ", ".join(f"{name} {n}" for name, n in sorted(registers.items())) + ".",
        "Labels: " + ", ".join(f"{name} {n}" for name, n in sorted(labels.items())) + ".",
    ]
    return "\n\n".join(rows)


def _table(figures: Mapping[str, Figure]) -> str:
    """Figures as a Markdown table."""
    head = "| | n | precision | recall | F1 | 95 % |\n| --- | --- | --- | --- | --- | --- |\n"
    return head + "\n".join(
        f"| {name} | {f.n} | {f.precision:.3f} | {f.recall:.3f} | {f.f1:.3f} "
        f"| {f.low:.3f} to {f.high:.3f} |"
        for name, f in figures.items()
    )


def _describe_confidence(judged: Sequence[JudgedSentence]) -> str:
    """Calibration in words and by band."""
    pairs = judge_confidence(judged)
    n_sure, precision = precision_from(pairs, 0.9)
    rows = "\n".join(
        f"| {low:.1f} | {n} | {mean:.3f} | {right:.3f} |"
        for low, n, mean, right in precision_by_band(pairs)
    )
    return (
        f"Expected calibration error {expected_calibration_error(pairs):.3f}; of {n_sure} mentions "
        f"with confidence 0.9 or more {precision:.3f} are right.\n\n"
        "| confidence from | mentions | mean confidence | right |\n| --- | --- | --- | --- |\n"
        + rows
    )


def _by_register(judged: Sequence[JudgedSentence]) -> str:
    """Detection and typing by register."""
    return _table(
        {
            f"{register} {name}": figure
            for register, figures in measure_by_source(judged).items()
            for name, figure in figures.items()
        }
    )


def _list_files(directory: Path) -> str:
    """Size and hash of each trained file."""
    rows = [
        f"| {name} | {(directory / name).stat().st_size} "
        f"| {hashlib.sha256((directory / name).read_bytes()).hexdigest()} |"
        for name in FILES
    ]
    return "| file | bytes | sha256 |\n| --- | --- | --- |\n" + "\n".join(rows)
