"""The labelled conversations of the training corpus, as frozen values.

The text format is described in `models/training/WRITING.md`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from core.errors import MalformedRecord
from core.vocabulary import MentionKind, Role

CORPUS_DIRECTORY = Path(__file__).parent / "training" / "corpus"

_KINDS = {
    "o": MentionKind.OBJECTION,
    "p": MentionKind.PAIN_POINT,
    "t": MentionKind.PERSONA_TRAIT,
}
_ROLES = {"R": Role.REP, "C": Role.CUSTOMER, "N": Role.REP}
_HEADER = re.compile(r"(\w+)=(\S+)")
_LINE = re.compile(r"([RCN+])(?: (.*))?$")
_LABEL = re.compile(r"([opt]):(\w+)(?:=(.*))?$")
_FIELDS = ("id", "family", "register", "industry", "product", "buyer")


@dataclass(frozen=True, slots=True)
class Label:
    """What one sentence says; `value` is given for persona traits alone."""

    kind: MentionKind
    type: str
    value: str | None = None

    @property
    def key(self) -> str:
        """`kind/type`, as in the taxonomy."""
        return f"{self.kind}/{self.type}"


@dataclass(frozen=True, slots=True)
class LabelledSentence:
    """One sentence with its turn (from 0), who says it and its labels; `line` is its place.

    `is_judged`: somebody read it and its labels are the truth; else it is there for its context.
    """

    text: str
    turn: int
    role: Role
    labels: tuple[Label, ...]
    line: int
    is_judged: bool = True


@dataclass(slots=True)
class LabelledConversation:
    """One conversation of the corpus; `family` is the unit of splits."""

    id: str
    family: str
    register: str
    industry: str
    product: str
    buyer: str
    path: str
    sentences: list[LabelledSentence] = field(default_factory=list)

    @property
    def is_note(self) -> bool:
        """Whether it is a rep's note or a summary rather than a dialogue."""
        return self.register in {"note", "ai_summary"}


def load_corpus(directory: Path = CORPUS_DIRECTORY) -> list[LabelledConversation]:
    """Every conversation of every `*.txt` file, by file name and place.

    Raises:
        MalformedRecord: a line does not follow the format; names file and line.
    """
    return [
        conversation
        for path in sorted(directory.glob("*.txt"))
        for conversation in parse_corpus(
            path.read_text(encoding="utf-8").splitlines(), path=path.name
        )
    ]


def parse_corpus(lines: Iterable[str], *, path: str = "") -> Iterator[LabelledConversation]:
    """The conversations of one file's lines."""
    current: LabelledConversation | None = None
    for number, raw in enumerate(lines, start=1):
        line = raw.strip()
        if not line or line.startswith("//"):
            continue
        if line.startswith("@"):
            if current is not None:
                yield current
            current = _read_header(line, path, number)
        elif current is None:
            raise MalformedRecord("a sentence before the first '@' line", path=path, line=number)
        else:
            current.sentences.append(_read_sentence(line, current, number))
    if current is not None:
        yield current


def _read_header(line: str, path: str, number: int) -> LabelledConversation:
    """The conversation that an `@` line starts."""
    values = dict(_HEADER.findall(line))
    missing = [name for name in _FIELDS if name not in values]
    if missing:
        raise MalformedRecord(f"'@' line without {', '.join(missing)}", path=path, line=number)
    return LabelledConversation(**{name: values[name] for name in _FIELDS}, path=path)


def _read_sentence(line: str, into: LabelledConversation, number: int) -> LabelledSentence:
    """One sentence line."""
    match = _LINE.match(line)
    before = into.sentences[-1] if into.sentences else None
    if match is None or (match[1] == "+" and before is None):
        raise MalformedRecord("a line starts with R, C, N or +", path=into.path, line=number)
    text, _, labels = (match[2] or "").partition(" ## ")
    turn = 0 if before is None else before.turn + (match[1] != "+")
    role = before.role if match[1] == "+" and before else _ROLES[match[1]]
    found = tuple(
        _read_label(label, text, into, number) for label in labels.split(";") if label.strip()
    )
    return LabelledSentence(text.strip(), turn, role, found, number)


def _read_label(label: str, text: str, into: LabelledConversation, number: int) -> Label:
    """One label; a trait's value must stand in the sentence."""
    match = _LABEL.match(label.strip())
    if match is None:
        raise MalformedRecord(f"not a label: {label.strip()!r}", path=into.path, line=number)
    kind, value = _KINDS[match[1]], match[3].strip() if match[3] else None
    if (kind is MentionKind.PERSONA_TRAIT) != bool(value):
        raise MalformedRecord("a value is for traits, each has one", path=into.path, line=number)
    if value and value.lower() not in text.lower():
        raise MalformedRecord(f"value not in the line: {value!r}", path=into.path, line=number)
    return Label(kind, match[2], value)
