"""Near-duplicate wordings: `make_wording` gives the same string for texts that say it the same way.

Equality of wordings is an equivalence, so how many variants a theme has does not depend on the
order in which they came; a threshold of likeness could not promise that.
"""

from __future__ import annotations

import re

from models.statements import smooth_speech
from models.theme_words import FILLERS, TAG

NUMBERS_ARE_DETAILS = 5  # words: in “32 people” the number is what is said, in a sentence it varies

_WORD = re.compile(r"[^\W_]+(?:'[^\W\d_]+)?|[$€£%]")
_NUMBER = re.compile(r"(?<!\w)[$€£]?\d[\d.,:]*(?:st|nd|rd|th|k|m|%)?(?!\w)", re.IGNORECASE)
_CONTRACTIONS = (
    (re.compile(r"\b(?:wo|will)n't\b"), "will not"),
    (re.compile(r"\bcan(?:'t|not)\b"), "can not"),
    (re.compile(r"n't\b"), " not"),
    (re.compile(r"\bi'm\b"), "i am"),
    (re.compile(r"'re\b"), " are"),
    (re.compile(r"'ve\b"), " have"),
    (re.compile(r"'ll\b"), " will"),
    (re.compile(r"\b(it|that|there|what|who|where|he|she|how)'s\b"), r"\1 is"),
)
_EMPTY = FILLERS | frozenset(
    """a an the and but or so because that this it just really very quite pretty far way too much
    bit little simply actually basically honestly frankly literally definitely totally maybe
    probably please also kind sort to of for us me""".split()  # noqa: SIM905 fifty words read better so
)


def make_wording(text: str) -> str:
    """What is left of `text` without case, marks, fillers, words that only link or stress, and,
    in a sentence, its numbers and tags; the whole text in lower case where nothing else is left."""
    is_sentence = len(text.split()) >= NUMBERS_ARE_DETAILS
    plain = smooth_speech(TAG.sub(" 0 ", text) if is_sentence else text)
    plain = plain.casefold().replace("’", "'")
    if "'" in plain or "cannot" in plain:
        for contraction, whole in _CONTRACTIONS:
            plain = contraction.sub(whole, plain)
    if is_sentence:
        plain = _NUMBER.sub(" 0 ", plain)
    words = [word for word in _WORD.findall(plain) if word not in _EMPTY]
    return " ".join(words) or " ".join(text.casefold().split())
