"""Turns from finer pieces: cues, sentences, words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from core.vocabulary import Participant, Role, Turn

_ROLES = {
    "rep": Role.REP,
    "agent": Role.REP,
    "seller": Role.REP,
    "sales": Role.REP,
    "internal": Role.REP,
    "customer": Role.CUSTOMER,
    "prospect": Role.CUSTOMER,
    "buyer": Role.CUSTOMER,
    "client": Role.CUSTOMER,
    "external": Role.CUSTOMER,
}


def read_role(value: str | None) -> Role:
    """The role that a file states (`rep`, `AGENT`, `External`), `unknown` for other words."""
    return _ROLES.get((value or "").strip().lower(), Role.UNKNOWN)


def join_turns(pieces: Iterable[Turn]) -> tuple[Turn, ...]:
    """Turns in which successive pieces of one speaker are joined by one space; empty ones drop."""
    groups: list[list[Turn]] = []
    for piece in pieces:
        if not piece.text.strip():
            continue
        if groups and _is_same_speaker(groups[-1][0], piece):
            groups[-1].append(piece)
        else:
            groups.append([piece])
    return tuple(_join_group(group) for group in groups)


def _is_same_speaker(first: Turn, second: Turn) -> bool:
    """Whether two pieces are of one speaker in one role."""
    return (first.speaker, first.role) == (second.speaker, second.role)


def _join_group(group: list[Turn]) -> Turn:
    """One turn of pieces of one speaker: from the first's start to the last known end."""
    ends = [piece.end_ms for piece in group if piece.end_ms is not None]
    text = " ".join(piece.text.strip() for piece in group)
    return replace(group[0], text=text, end_ms=max(ends, default=None))


def name_speaker(label: str) -> str:
    """What a diarised speaker is called: `Speaker 0` for a number, else the label itself."""
    return f"Speaker {label}" if label.isdigit() else label


def list_speakers(turns: Iterable[Turn]) -> tuple[Participant, ...]:
    """Everyone who speaks, in the order in which they first do, with their role."""
    roles: dict[str, Role] = {}
    for turn in turns:
        if turn.speaker and roles.get(turn.speaker, Role.UNKNOWN) is Role.UNKNOWN:
            roles[turn.speaker] = turn.role
    return tuple(Participant(name=name, role=role) for name, role in roles.items())
