"""Places in a text that must not be stored, and the text with tags in their stead."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.vocabulary import RoleSpan

TAG = re.compile(r"\[[A-Z][A-Z0-9_]*(?: [A-Z0-9_]+)*\]")


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """Characters `start` to `end` of a text and the tag that replaces them, without brackets."""

    start: int
    end: int
    tag: str


def select_findings(text: str, found: Iterable[Finding]) -> list[Finding]:
    """The findings that stand, in order: earlier ones in `found` win, existing tags are kept."""
    taken = [match.span() for match in TAG.finditer(text)]
    kept: list[Finding] = []
    for finding in found:
        if all(finding.end <= start or end <= finding.start for start, end in taken):
            taken.append((finding.start, finding.end))
            kept.append(finding)
    return sorted(kept)


def replace_findings(text: str, findings: Sequence[Finding]) -> str:
    """The text with each finding replaced by its tag; `findings` in order, apart."""
    pieces: list[str] = []
    at = 0
    for finding in findings:
        pieces += [text[at : finding.start], f"[{finding.tag}]"]
        at = finding.end
    return "".join([*pieces, text[at:]])


def move_spans(spans: Sequence[RoleSpan], findings: Sequence[Finding]) -> tuple[RoleSpan, ...]:
    """The role spans where they lie once the findings are replaced.

    A span that ends within a finding ends after its tag; one that starts within, starts there too.
    """
    return tuple(
        RoleSpan(_move(span.start, findings), _move(span.end, findings), span.role)
        for span in spans
    )


def _move(offset: int, findings: Sequence[Finding]) -> int:
    """The offset in the text after replacement."""
    shift = 0
    for finding in findings:
        length = len(finding.tag) + 2
        if finding.end <= offset:
            shift += length - (finding.end - finding.start)
        elif finding.start < offset:
            return finding.start + shift + length
    return offset + shift
