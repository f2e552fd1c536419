"""Who speaks, told from `Name: text`; and which colons are not a speaker's."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

_LABEL = re.compile(
    r"\s*(?:[-*>]\s+)?\**"
    r"\[?(?P<name>[^\W_][^:\[\]()<>{}*|!?,;\"“”\t]{0,58}?)"
    r"\]?(?:\s*\((?P<title>[^()]{1,80})\))?"
    r"\s*\**:\**(?:\s+|$)(?P<text>.*)",
    re.DOTALL,
)
# Words that name a speaker without being a name.
_SPEAKER_WORDS = re.compile(
    r"(?:the\s+)?(?:sales\s+)?(?:rep|representative|agent|customer|client|prospect|buyer|seller|ae"
    r"|sdr|bdr|csm|caller|host|guest|interviewer|interviewee|unknown|unknown speaker"
    r"|account executive|account manager|salesperson|speaker|participant|spk|person|moderator)"
    r"(?:[\s_#-]*\d{1,3}|[\s_#-]+[A-Z])?",
    re.IGNORECASE,
)
# Headings of notes, which stand before a colon as speakers do.
_HEADINGS = re.compile(
    r"actions?(?: items?)?|agenda|attendees|background|blockers?|budget|call notes|challenges?"
    r"|champion|close date|competit(?:ion|ors?)|concerns?|context|contract|cons|costs?"
    r"|current state|date|deal|decisions?(?: criteria| makers?| process)?|details|duration"
    r"|follow[- ]?ups?|goals?|https?|impact|important|integrations?|issues?|key points|location"
    r"|meeting|needs?|next|next steps?|notes?|objections?|outcome|overview|pains?(?: points?)?"
    r"|participants|phone|positive|prices?|pricing|priorit(?:y|ies)|problems?|pros|purpose"
    r"|questions?|requirements?|results?|risks?|security|sentiment|stage|stakeholders?|status"
    r"|subject|summary|takeaways?|team|tim(?:e|ing|eline)|title|to[- ]?dos?|topics?|update|usage"
    r"|use cases?|warning|re|fwd?|cc|ps|quote|example",
    re.IGNORECASE,
)
_MAX_LABEL_WORDS = 5


@dataclass(frozen=True, slots=True)
class Labelled:
    """A line that begins with what may be a speaker: name, title in brackets, and the rest."""

    name: str
    title: str | None
    text: str


def split_label(line: str) -> Labelled | None:
    """The line taken as `Name (Title): text`, or None where it cannot be."""
    match = _LABEL.match(line[:200]) if ":" in line[:160] else None
    if match is None:
        return None
    name = match["name"].strip().rstrip("*")
    if len(name.split()) > _MAX_LABEL_WORDS or re.search(r"[.]\s+[a-z]", name):
        return None
    return Labelled(name, match["title"], line[match.start("text") :])


def find_speakers(lines: Iterable[str]) -> frozenset[str]:
    """The names that speak in these lines; empty where the colons are those of notes and prose.

    A name counts if it comes again, is a word for a speaker, or looks like a person's name, and is
    no heading; and all of it only if somebody does speak: see `_is_conversation`.
    """
    labelled = [split_label(line) for line in lines if line.strip()]
    counts = Counter(label.name for label in labelled if label)
    names = {name: n for name, n in counts.items() if _may_speak(name, n)}
    return frozenset(names) if _is_conversation(names, len(labelled)) else frozenset()


def _may_speak(name: str, n_times: int) -> bool:
    """Whether a label that stands `n_times` can be a speaker."""
    if _SPEAKER_WORDS.fullmatch(name):
        return True
    if _HEADINGS.fullmatch(name):
        return False
    return n_times > 1 or _looks_like_name(name)


def _looks_like_name(name: str) -> bool:
    """Whether every word begins with a capital letter, as in a person's name, or holds an `@`."""
    return all(word[0].isupper() or not word[0].isalpha() for word in name.split()) or "@" in name


def _is_conversation(names: dict[str, int], n_lines: int) -> bool:
    """Whether these labels, on so many of all lines, are people who talk.

    Somebody speaks twice, or two are called what speakers are, or most lines have a label.
    """
    n_labelled = sum(names.values())
    has_word = any(_SPEAKER_WORDS.fullmatch(name) for name in names)
    return n_labelled > 0 and (
        max(names.values()) > 1
        or (len(names) > 1 and has_word)
        or (n_labelled >= 0.6 * n_lines and (n_labelled > 1 or has_word))
    )
