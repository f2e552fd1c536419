"""The parts of a text that can stand alone as a label: `find_candidates`.

Every candidate is a run of neighbouring clauses of one sentence, cut at their borders only, without
the fillers and conjunctions at its ends. A clause that is too long on its own is cut at a word, and
says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from models.statements import smooth_speech
from models.theme_words import FUNCTION_WORDS, TAG

MAX_LABEL_WORDS = 12
LEAST_OF_A_CUT = 5  # a clause cut to fewer words has lost its meaning

_SENTENCE = re.compile(
    r"(?<!\bMr\.)(?<!\bMrs\.)(?<!\bMs\.)(?<!\bDr\.)(?<!\bSt\.)(?<!\bvs\.)(?<!\bno\.)(?<!\be\.g\.)"
    r"(?:(?<=[.!?;…])|(?<=[.!?;…][\"”’')\]]))\s+|\s*[\n\r]\s*"
)
_CLAUSE = re.compile(
    r"[,:]\s+|\s*[—–]\s*|\s+-+\s+|\s+(?=(?:but|because|'?cause|so|which|although|though|since|unless"
    r"|until|then|when|while|whereas|if)\s)"
    # "and" joins clauses where a subject follows, else it joins words
    r"|\s+(?=(?:and|or)\s+(?:then\s+)?(?:i|we|you|they|he|she|it|there|that|this|the|my|our|your|their"
    r"|nobody|no one|everyone|everybody|people|who|what|how|do|does|can|could|would|will|is|are)"
    r"(?:['’]\w+)?\s)",
    re.IGNORECASE,
)
_OPENING = re.compile(
    r"^(?:[\W_]*(?:"
    # fillers and conjunctions, whatever follows
    r"(?:u+h*m+|uh+|er+m?|h+m+|mm+|mhm|huh|ah+|oh+|yeah|yep|yup|yes|nah|ok|okay|alright|well|honestly"
    r"|frankly|actually|basically|literally|obviously|anyway|anyways|also|plus|and|but|or|nor"
    r"|because of|because|'?cause|cos|cuz|then|again|hi|hey|hello|haha|lol|tbh|thanks|thank you"
    r"|i mean|you know|i guess|i think|i suppose|i'd say|kind of|sort of|to be honest|to be fair"
    r"|the thing is|i'll be honest|i'm sorry|sorry|i was thinking|don't get me wrong"
    r"|with all due respect|with respect|in all fairness|like i said|as i said"
    r"|so(?!\s+(?:much|many|far|few|little|long)\b))"
    r"(?:[\s,.:;!…—–-]+|$)"
    # words that open a sentence only before a comma
    r"|(?:no|now|look|like|right|see|listen|sure|fine|great|good|nice|perfect|exactly|just|say"
    r"|fair enough|sounds good|makes sense|got it|of course|no problem)\s*[,.:!…—–-]+(?:\s+|$)"
    r"))+",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"(?:(?:^|[\s,—–-]+)(?:and|but|or|nor|because|'?cause|cos|cuz|if|as|than|while|whereas|although"
    r"|though|unless|until|till|since|whether|which|whose|the|a|an|my|our|your|their|its|you know"
    r"|i mean|i guess|to be honest|tbh|uh+|u+h*m+|er+m?|lol|haha|please|so)"
    r"|,\s*(?:honestly|frankly|actually|basically|really|right|then|anyway|thanks|thank you"
    r"|yeah|ok|okay|no|i think|i suppose|to be fair|isn't it|you see|if i'm (?:honest|frank)))\W*$",
    re.IGNORECASE,
)
_WHOLE_ENDS = re.compile(
    r"\b(?:think|thinks|thought|say|says|said|hope|guess|told me) so\W*$", re.I
)
_LEFT_EDGE = re.compile(r"^[^\w(\[{“\"$£€#'‘]+")
_RIGHT_EDGE = re.compile(r"[^\w?)\]}”\"%+'’]+$")
_PAIRS = (("(", ")"), ("[", "]"), ("{", "}"), ("“", "”"), ("«", "»"))
_SAYS = re.compile(r"[^\W_]")
_LONE_I = re.compile(r"\bi\b(?=$|[\s,?!'’])")
_QUOTED = re.compile(r"(?<!\w)['‘](?=\w)(?!(?:cause|em|til|bout|cos|s|n)\b)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A possible label: `is_whole` a sentence, or a part of one; `is_cut` inside a clause."""

    text: str
    is_whole: bool
    is_cut: bool


def find_candidates(text: str) -> Iterator[Candidate]:
    """The runs of clauses of `text` that have 1 to 12 words and no tag, sentence by sentence."""
    for sentence in _SENTENCE.split(smooth_speech(text)):
        borders = [match.span() for match in _CLAUSE.finditer(sentence)]
        starts = [0, *(end for _, end in borders)]
        ends = [*(start for start, _ in borders), len(sentence)]
        for first, start in enumerate(starts):
            yield from _find_runs(sentence, start, ends[first:], is_first=first == 0)


def _find_runs(
    sentence: str, start: int, ends: list[int], *, is_first: bool
) -> Iterator[Candidate]:
    """The candidates that begin at `start`; where the first clause is too long, it is cut."""
    for n, end in enumerate(ends):
        if TAG.search(sentence, start, end):
            return
        run = polish(sentence[start:end])
        n_words = len(run.split())
        if n_words > MAX_LABEL_WORDS:
            if n == 0 and (cut := cut_words(run)):
                yield Candidate(cut, is_whole=False, is_cut=True)
            return
        if run:
            yield Candidate(run, is_whole=is_first and n == len(ends) - 1, is_cut=False)


def cut_words(clause: str) -> str | None:
    """The first words of a clause, at most 12, up to one that does not want another after it."""
    words = clause.split()[:MAX_LABEL_WORDS]
    while words and words[-1].strip("'’,").lower() in FUNCTION_WORDS:
        words.pop()
    return polish(" ".join(words)) if len(words) >= LEAST_OF_A_CUT else None


def polish(run: str) -> str:
    """`run` from its first telling word to its last, quotes and brackets in pairs."""
    before = None
    while run != before:
        before = run = " ".join(run.split())
        run = _OPENING.sub("", balance(run), count=1)
        if _WHOLE_ENDS.search(run) is None:
            run = _CLOSING.sub("", run)
        run = _RIGHT_EDGE.sub("", _LEFT_EDGE.sub("", run)) if _SAYS.search(run) else ""
    run = _LONE_I.sub("I", run)
    return run[:1].upper() + run[1:]


def balance(run: str) -> str:
    """`run` without the kinds of quotes and brackets that are not in pairs."""
    for opening, closing in _PAIRS:
        if not _is_nested(run, opening, closing):
            run = run.replace(opening, "").replace(closing, "")
    if run.count('"') % 2:
        run = run.replace('"', "")
    if _QUOTED.search(run) and not re.search(r"\w['’](?!\w)", run):
        run = _QUOTED.sub("", run)
    return run


def _is_nested(run: str, opening: str, closing: str) -> bool:
    """Whether every bracket is closed, and none before it was opened."""
    depth = 0
    for character in run:
        depth += (character == opening) - (character == closing)
        if depth < 0:
            return False
    return depth == 0
