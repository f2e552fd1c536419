"""People's verdicts laid over what an extractor finds: a person's word wins.

A verdict is about one kind and type in one sentence. `other_type` says two things: that the one is
not there, and that the other is. Where two verdicts speak of the same, the later one holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from core.vocabulary import Mention, MentionKind, Verdict, VerdictKind

Place = tuple[int, int, int, MentionKind, str]
"""Turn, start, end, kind and type: what a verdict is about."""


def place_of(mention: Mention) -> Place:
    """The sentence of a mention, and what is found in it."""
    return mention.turn, mention.start, mention.end, MentionKind(mention.kind), mention.type


def find_standing(verdicts: Iterable[Verdict]) -> dict[Place, Verdict]:
    """The last verdict on each mention, in the order in which they were given."""
    ordered = sorted(verdicts, key=lambda verdict: verdict.number)
    last = {place_of(verdict.mention): verdict for verdict in ordered}
    return dict(sorted(last.items(), key=lambda entry: entry[1].number))


def settle(verdicts: Iterable[Verdict]) -> dict[Place, Mention | None]:
    """What people decided: the mention that is there, with confidence 1, or None where none is."""
    settled: dict[Place, Mention | None] = {}
    for place, verdict in find_standing(verdicts).items():
        is_right = verdict.kind is VerdictKind.RIGHT
        settled[place] = replace(verdict.mention, confidence=1.0) if is_right else None
        if verdict.to is not None:
            retyped = retype(verdict.mention, *verdict.to)
            settled[place_of(retyped)] = retyped
    return settled


def retype(mention: Mention, kind: MentionKind, type_: str) -> Mention:
    """The mention as what a person says that it is. Only a trait keeps the value of a trait; its
    normal form was that of the type before."""
    is_trait = kind is MentionKind.PERSONA_TRAIT
    value = mention.value if is_trait else None
    return replace(mention, kind=kind, type=type_, value=value, normalised=None, confidence=1.0)


def apply_verdicts(
    found: Iterable[Mention], settled: Mapping[Place, Mention | None]
) -> list[Mention]:
    """The mentions found with what people decided in their stead, in the order of the text."""
    unjudged = leave_out_judged(found, settled)
    confirmed = [mention for mention in settled.values() if mention is not None]
    return sorted([*unjudged, *confirmed], key=place_of)


def leave_out_judged(
    found: Iterable[Mention], settled: Mapping[Place, Mention | None]
) -> list[Mention]:
    """The mentions of which nobody has said anything."""
    return [mention for mention in found if place_of(mention) not in settled]


def move_mention(mention: Mention, texts: Sequence[str]) -> Mention | None:
    """The mention where its quote stands in the texts of these turns, at the nearest place if there
    are several; None if nobody says it there."""
    said = re.compile(rf"(?<!\w){re.escape(mention.quote)}(?!\w)")
    places = [(turn, hit.start()) for turn, text in enumerate(texts) for hit in said.finditer(text)]
    if not places:
        return None
    was = (mention.turn, mention.start)
    turn, start = min(places, key=lambda at: (abs(at[0] - was[0]), abs(at[1] - was[1]), at))
    return replace(mention, turn=turn, start=start, end=start + len(mention.quote))
