"""The sentences of a text as character ranges, by rules, in linear time.

Works on typed chat, on written notes and on speech recognition without punctuation: what stays
longer than a listener would keep in one breath is cut at pauses and conjunctions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

MAX_WORDS = 40
TARGET_WORDS = 22
MIN_WORDS = 6


def _words(line: str) -> frozenset[str]:
    """The words of a line as a set."""
    return frozenset(line.split())


ABBREVIATIONS = _words(
    "mr mrs ms dr prof sr jr st vs etc eg e.g ie i.e approx ca cf inc ltd llc co corp dept est fig"
    " tel ext ph.d u.s u.k a.m p.m mtg appt acct mgr w/o yr yrs mo mos hr hrs min max avg qty"
)
MAY_END = _words(
    "etc inc ltd llc co corp u.s u.k a.m p.m yr yrs mo mos hr hrs min max avg mgr dept mtg"
)
BEFORE_FIGURES = _words("no nr fig art sec")

_LINE = re.compile(r"[^\r\n]+")
_BULLET = re.compile(r"\s*(?:[-*•–·]|\d{1,2}[.)])\s+")
_END = re.compile(
    r"(?P<mark>[.!?…。？！]+)(?P<close>[\"'”’)\]»*_]*)"
    r"(?P<tail>(?:\s*[\U0001F300-\U0001FAFF\u2600-\u27BF\uFE0F\u200D])*)(?=\s|$)"
)
_WORD = re.compile(r"\S+")
_LAST_WORD = re.compile(r"([\w./&-]+)$")
_HAS_TEXT = re.compile(r"\w|[\U0001F300-\U0001FAFF\u2600-\u27BF]")
_STARTERS = _words(
    "and but so because cause yeah yes no okay ok well um uh like then also plus although though"
    " which while i we you they he she it what how why when where right sure"
)
_STRONG_STARTERS = _words("but so because okay ok yeah yes um uh well and")


def split_sentences(text: str) -> list[tuple[int, int]]:
    """Ranges `(start, end)` of the sentences in order, together all that is not white space."""
    found: list[tuple[int, int]] = []
    for start, end in _lines(text):
        for piece in _attach_marks(text, list(_by_marks(text, start, end))):
            found.extend(_by_length(text, *piece))
    return found


def _lines(text: str) -> Iterator[tuple[int, int]]:
    """The lines, without white space around them; a wrapped line is joined to the one above."""
    pending: tuple[int, int] | None = None
    for match in _LINE.finditer(text):
        start, end = _trim(text, *match.span())
        if start == end:
            continue
        if pending and _is_wrapped(text, pending, start):
            pending = (pending[0], end)
            continue
        if pending:
            yield pending
        pending = (start, end)
    if pending:
        yield pending


def _is_wrapped(text: str, line: tuple[int, int], next_start: int) -> bool:
    """Whether the line at `next_start` goes on with the sentence of the line before."""
    gap = text[line[1] : next_start]
    full = line[1] - text.rfind("\n", 0, line[1]) > 60
    open_end = text[line[1] - 1] not in ".!?:;"
    return full and open_end and gap.count("\n") == 1 and text[next_start].islower()


def _by_marks(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Pieces of one line, cut after the marks that end a sentence."""
    bullet = _BULLET.match(text, start, end)
    at = bullet.end() if bullet else start
    for match in _END.finditer(text, at, end):
        if _ends_sentence(text, start, match, end):
            yield _trim(text, start, match.end())
            start = match.end()
    if text[start:end].strip():
        yield _trim(text, start, end)


def _ends_sentence(text: str, start: int, match: re.Match[str], end: int) -> bool:
    """Whether the mark ends a sentence rather than an abbreviation or an initial."""
    if match["mark"] != ".":
        return True
    last = _LAST_WORD.search(text, max(start, match.start() - 24), match.start())
    if last is None:
        return True
    word = last[1].lower().strip("/&-.")
    following = text[match.end() : min(end, match.end() + 3)].strip()[:1]
    if len(word) == 1 and word.isalpha() and word != "i":
        return False
    if word in BEFORE_FIGURES and following.isdigit():
        return False
    if word in ABBREVIATIONS:
        return word in MAY_END and following.isupper()
    return True


def _attach_marks(text: str, pieces: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The pieces, those without a letter or figure joined to the piece before (or after)."""
    pending: tuple[int, int] | None = None
    for start, end in pieces:
        has_text = _HAS_TEXT.search(text, start, end) is not None
        if pending and (not has_text or not _HAS_TEXT.search(text, *pending)):
            pending = (pending[0], end)
            continue
        if pending:
            yield pending
        pending = (start, end)
    if pending:
        yield pending


def _by_length(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The piece, cut at pauses and conjunctions where it is longer than `MAX_WORDS`."""
    words = [match.span() for match in _WORD.finditer(text, start, end)]
    first = 0
    while len(words) - first > MAX_WORDS:
        cut = _best_cut(text, words, first)
        yield words[first][0], words[cut - 1][1]
        first = cut
    if words:
        yield words[first][0], words[-1][1]


def _best_cut(text: str, words: list[tuple[int, int]], first: int) -> int:
    """The index of the word that the next piece starts with."""
    candidates = range(first + MIN_WORDS, min(first + MAX_WORDS, len(words) - MIN_WORDS))
    return max(candidates, key=lambda i: (_cut_score(text, words, i, i - first), -i))


def _cut_score(text: str, words: list[tuple[int, int]], index: int, length: int) -> float:
    """How well a piece can end before word `index`; near `TARGET_WORDS` is better."""
    word = text[slice(*words[index])].lower().strip(".,;:!?'\"")
    before = text[words[index - 1][1] - 1]
    score = 2.0 * (before in ",;:–—-") + 2.0 * (word in _STRONG_STARTERS) + (word in _STARTERS)
    return score - abs(length - TARGET_WORDS) / 12


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    """The range without white space at its ends."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
