"""Findings of people whom cues give away ("my name is", "this is … from"), or plain first names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.redaction.findings import Finding
from pipeline.redaction.lexicon import FUNCTION_WORDS, Lexicon, Word, is_place, word_set
from pipeline.redaction.names import starts_sentence

_STRONG_CUE = re.compile(
    r"\b(?:(?:first|last|full|maiden) name|name(?:'s|’s| is)|(?:they|you can|just) call me"
    r"|mr\.?|mrs\.?|ms\.|(?-i:Miss)|mister|dr\.)(?:\s+(?:uh|um|is|'s))*[,:]?\s+$",
    re.IGNORECASE,
)
_INTRODUCTION = re.compile(
    r"\b(?:this is|i am|i'm|i’m|im|it's|it’s|speaking (?:with|to)|talking (?:with|to))"
    r"(?:\s+(?:uh|um|mr\.?|mrs\.?|ms\.?|dr\.?|doctor|professor))*\s+$",
    re.IGNORECASE,
)
_AFFILIATION = re.compile(
    r"(?:\s+[^\W\d_]+)?,?\s+(?:from|with|at|over at|calling|speaking|here)\b", re.IGNORECASE
)
_ADDRESS = re.compile(
    r"\b(?:hi|hey|hello|thanks|thank you|dear|bye|good (?:morning|afternoon|evening))"
    r"(?:\s+(?:there|again|so much|mr\.?|mrs\.?|ms\.?))*,?\s+$",
    re.IGNORECASE,
)
_COMPANION = re.compile(
    r"\b(?:loop in|cc|copy|ask|asked|tell|told|met|invite|invited|colleague|boss|partner|wife"
    r"|husband|assistant|ceo|cfo|coo|cto|cio|cmo|vp|report to|reporting to)\s+$",
    re.IGNORECASE,
)
_SURNAME = re.compile(
    r"(?:\s[A-Z]\.)?(?:\s(?:van|von|de|der|den|la|di|da|del|bin|al|el))*"
    r"\s(?P<name>[^\W\d_a-z][^\W\d_]+(?:[-'’][^\W\d_]+)*)"
)
_AFTER_ADDRESS = re.compile(
    r"\s+(?:it's|i'm|this is|how are|how's|appreciate|talk soon|i appreciate)\b"
)
_BEFORE_PERSON = re.compile(
    r"\b(?:talk|talked|speak|spoke|call|write|ask|send it) (?:to|with|for)\s+$"
)
_PRONOUN = re.compile(r"\s+(?:he|she|he's|she's|who)\b")
_SPELLED = re.compile(r"\b(?:[A-Z]-){4,}[A-Z]\b|(?<=spelled )(?:[a-z][ -]){2,}[a-z]\b")
_NOT_IN_CUE = FUNCTION_WORDS | word_set(
    "the customer calling looking going trying interested happy glad good great fine busy"
    " sir madam ma'am team guys folks everyone everybody spelled pronounced common familiar"
    " required well here manager director person mr mrs ms miss mister dr prof doctor"
)
_AFTER_PERSON = word_set(
    "said says thinks wants asked signed mentioned agreed hates loves likes feels believes joined"
    " approved promised insists told pushed flagged confirmed"
)


@dataclass(frozen=True)
class CueFinder:
    """Finds people by the words around them; speech recognition's lower case included."""

    lexicon: Lexicon

    def find(self, text: str, words: Sequence[Word]) -> Iterator[Finding]:
        """People whom a cue or an unmistakable first name gives away."""
        yield from (Finding(*match.span(), "PERSON") for match in _SPELLED.finditer(text))
        end = 0
        for index, word in enumerate(words):
            if word.start >= end and self._is_named(text, words, index):
                end = self._end_of_name(text, words, index)
                yield Finding(word.start, end, "PERSON")

    def _is_named(self, text: str, words: Sequence[Word], index: int) -> bool:
        """Whether a person's name starts at the word."""
        word = words[index]
        lower = word.lower
        if lower in self.lexicon.product_words or len(lower) < 2 or is_place(words, index):
            return False
        if word.text.isupper() and not text.isupper():
            return False
        before = text[max(0, word.start - 40) : word.start]
        if _STRONG_CUE.search(before):
            return lower not in _NOT_IN_CUE
        if len(lower) > 2 and self.lexicon.is_clear_name(lower):
            return True
        if self.lexicon.is_short_name(word) and not starts_sentence(text, word.start):
            return True
        return lower not in _NOT_IN_CUE and (
            self._is_introduced(text, word, before)
            or self._is_addressed(text, word, before)
            or self._keeps_company(text, words, index, before)
        )

    def _keeps_company(self, text: str, words: Sequence[Word], index: int, before: str) -> bool:
        """Whether the words around an unknown, capitalised word make it a person."""
        word = words[index]
        if self.lexicon.is_first_name(word.lower):
            if _BEFORE_PERSON.search(before) and _PRONOUN.match(text, word.end):
                return True
            return starts_sentence(text, word.start) and text[word.end : word.end + 2] == ", "
        if not self.lexicon.looks_like_name(word):
            return False
        if _COMPANION.search(before):
            return True
        if index + 1 == len(words) or text[word.end : words[index + 1].start] != " ":
            return False
        following = words[index + 1]
        return following.lower in _AFTER_PERSON or self.lexicon.looks_like_name(following)

    def _is_introduced(self, text: str, word: Word, before: str) -> bool:
        """Whether "this is … from" or the like surrounds the word and it may be a name."""
        if not _INTRODUCTION.search(before):
            return False
        if self.lexicon.is_first_name(word.lower):
            return word.is_capitalised or _AFFILIATION.match(text, word.end) is not None
        affiliation = _AFFILIATION.match(text, word.end)
        return affiliation is not None and self._is_unknown_name(word, affiliation[0])

    def _is_unknown_name(self, word: Word, affiliation: str) -> bool:
        """Whether the unknown word is a name: in lower case only with "from" right behind it."""
        if not self.lexicon.is_unknown(word.lower):
            return False
        return word.is_capitalised or len(affiliation.split()) == 1

    def _is_addressed(self, text: str, word: Word, before: str) -> bool:
        """Whether the word is a first name, or unknown and capitalised, after a greeting."""
        if not _ADDRESS.search(before):
            return False
        following = text[word.end : word.end + 1]
        is_end = not following or following in ",.!?;" or _AFTER_ADDRESS.match(text, word.end)
        if self.lexicon.is_first_name(word.lower):
            return word.is_capitalised or bool(is_end)
        return word.is_capitalised and bool(is_end) and self.lexicon.is_unknown(word.lower)

    def _end_of_name(self, text: str, words: Sequence[Word], index: int) -> int:
        """Where the name that starts at the word ends, its surname taken along."""
        word = words[index]
        surname = _SURNAME.match(text, word.end)
        if surname and surname["name"].lower() not in FUNCTION_WORDS | self.lexicon.product_words:
            return surname.end("name") - (2 if surname["name"].endswith(("'s", "’s")) else 0)
        before = text[max(0, word.start - 40) : word.start]
        following = words[index + 1] if index + 1 < len(words) else None
        if following and text[word.end : following.start] == " " and following.text.islower():
            is_cue = _STRONG_CUE.search(before) or _INTRODUCTION.search(before)
            if is_cue and self._is_lower_surname(word, following):
                return following.end
        return word.end

    def _is_lower_surname(self, first: Word, word: Word) -> bool:
        """Whether the lower-case word is the surname, in text without capitals."""
        return first.text.islower() and len(word.text) > 2 and word.lower not in _NOT_IN_CUE
