"""The clause of a sentence that carries its meaning, short enough to be grouped and shown."""

from __future__ import annotations

import re
from collections.abc import Callable

MAX_WORDS = 20
MIN_WORDS = 3

_FILLERS = re.compile(
    r"^(?:(?:um+|uh+|er+m?|hmm+|ah|oh|yeah|yep|yes|no|nah|well|so|ok|okay|right|look|listen|see|honestly"
    r"|frankly|actually|basically|and|but|plus|also|anyway|like|i mean|you know|to be honest"
    r"|to be fair|tbh|i guess|i think|i suppose|the thing is|it's just|it's just that|just|sure"
    r"|thanks|thank you|hi|hey|hello|because|cause|cuz|i'm sorry|sorry|haha|lol|again"
    r"|i was thinking|fair enough|don't get me wrong|with all due respect)"
    r"(?:[,.!…—–-]+\s*|\s+|$))+",
    re.IGNORECASE,
)
_ECHO = re.compile(r"\b(\w+(?:'\w+)?)(?:[,\s]+\1\b)+", re.IGNORECASE)
_INNER = re.compile(r"(?:,\s*)?\b(?:um+|uh+|er+m|you know|i mean)\b,?\s*", re.IGNORECASE)
_CLAUSE = re.compile(
    r"(?:[;:—–]|\.{2,}|…|,)\s+|\s+-\s+|\s+(?=(?:but|because|cause|so|and|which|although|though|since"
    r"|unless|until|then)\s)",
    re.IGNORECASE,
)
_EDGES = ' \t\r\n.,;:…*-–—"“”'


def make_statement(text: str, weigh: Callable[[str], float]) -> str:
    """At most 20 words of `text` without fillers; of a long sentence what `weigh` puts highest."""
    cleaned = _clean(text)
    if len(cleaned.split()) > MAX_WORDS:
        cleaned = _clean(_best_window(cleaned, weigh))
    return " ".join(cleaned.split()[:MAX_WORDS]) or text.strip()


def smooth_speech(text: str) -> str:
    """The text without the fillers in it and without words said twice."""
    return _ECHO.sub(r"\1", _INNER.sub(" ", text))


def _clean(text: str) -> str:
    """The text without fillers before and in it, without words said twice."""
    text = smooth_speech(text)
    cut = _FILLERS.sub("", text.strip(_EDGES), count=1).strip(_EDGES)
    if len(cut.split()) >= MIN_WORDS or not text.strip(_EDGES):
        return cut
    return text.strip(_EDGES)


def _best_window(text: str, weigh: Callable[[str], float]) -> str:
    """The run of neighbouring clauses within the length that weighs most."""
    clauses = [(m.start(), m.end()) for m in _CLAUSE.finditer(text)]
    starts = [0, *(end for _, end in clauses)]
    ends = [*(start for start, _ in clauses), len(text)]
    windows = [
        text[start:end]
        for i, start in enumerate(starts)
        for end in ends[i:]
        if MIN_WORDS < len(text[start:end].split()) <= MAX_WORDS
    ]
    return max(windows, key=weigh, default=text)
