"""What a word can be: a first name, a name that is also a word, a product, a dictionary word."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from models.names import MIN_CLEAR_LETTERS, read_list
from pipeline.redaction.findings import TAG

if TYPE_CHECKING:
    from spacy.language import Language

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_POSSESSIVE = re.compile(r"['’]s?$", re.IGNORECASE)


def word_set(line: str) -> frozenset[str]:
    """The words of a line."""
    return frozenset(line.split())


FUNCTION_WORDS = word_set(
    "a about after again all also am an and any anyone are as at be because been before"
    " being both but by calling can cannot cause correct could did do does doing don't done"
    " down each else even every everybody everyone everything for from get getting going"
    " gonna good got great had has have he hello her here hers hey hi him his how however i"
    " if in into is it its itself just kind kinda let like me might mine my myself no nobody"
    " none nope nor not nothing now of off oh ok okay on only or other our ours out over"
    " please really right said say she should so some somebody someone something sorry"
    " speaking still sure than thank thanks that the their theirs them then there these they"
    " thing this those though through to too uh um under until up us very wait wanna was we"
    " well were what when where whether which while who whom whose why with won't would yeah"
    " yep yes yet you your yours yourself today tomorrow monday tuesday wednesday thursday"
    " friday saturday sunday january february march july september october november december"
    " gotta gimme dunno lemme ain't y'all"
    " hmm hm mhm ugh wow yikes bleh lol haha ha meh oops aha ooh phew yay nah yup uhh umm er"
    " mm btw idk english german french spanish chinese indian american british european"
    " canadian"
)
_PLACES = word_set(
    "austin brooklyn charlotte chelsea cleveland dakota dallas denver florence georgia houston"
    " israel jackson jersey jordan lincoln london madison orlando paris phoenix savannah sierra"
    " sydney victoria virginia"
)
_BEFORE_PLACE = word_set("in from near the at around outside across")
_AFTER_PLACE = word_set("office offices plant site team branch store market region area")
_PLAIN = re.compile(r"(?:Mc|Mac|O['’])?[^\W\d_a-z][^\W\d_A-Z]+(?:[-'’][^\W\d_]+)*")
_CONTRACTION = re.compile(r"\w+['’](?:m|ll|ve|re|d|t|s)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text without its possessive ending; `lower` is its lower case."""

    start: int
    end: int
    text: str

    @property
    def lower(self) -> str:
        """The word in lower case."""
        return self.text.lower()

    @property
    def is_capitalised(self) -> bool:
        """Whether it is written like a name: `Priya`, `O'Neil`, not `PRIYA` nor `iPhone`."""
        return self.text[0].isupper() and not self.text.isupper()


def find_words(text: str) -> list[Word]:
    """The words of the text in order, those within tags left out."""
    return list(_words_between_tags(text))


def _words_between_tags(text: str) -> Iterator[Word]:
    """The words outside tags."""
    tags = [match.span() for match in TAG.finditer(text)]
    for match in _WORD.finditer(text):
        if any(start <= match.start() < end for start, end in tags):
            continue
        name = match[0] if _CONTRACTION.match(match[0]) is None else _without_ending(match[0])
        yield Word(match.start(), match.start() + len(name), name)


def _without_ending(word: str) -> str:
    """The word without a possessive `'s`; other contractions stay whole."""
    return _POSSESSIVE.sub("", word) or word


@dataclass(frozen=True)
class Lexicon:
    """Word lists in lower case, and what they say about a word.

    `short_names` are first names of up to four letters from languages where they may be anything:
    written with a capital only. `dictionary` holds base forms of English words (WordNet's, as
    spaCy's lemmatiser keeps them).
    """

    first_names: frozenset[str]
    ambiguous: frozenset[str]
    short_names: frozenset[str]
    products: tuple[tuple[str, ...], ...]
    dictionary: frozenset[str]

    @cached_property
    def product_words(self) -> frozenset[str]:
        """Products of one word."""
        return frozenset(words[0] for words in self.products if len(words) == 1)

    def is_clear_name(self, word: str) -> bool:
        """Whether the lower-case word is a first name and nothing else."""
        return word in self.first_names and word not in self.ambiguous

    def is_short_name(self, word: Word) -> bool:
        """Whether the word is a short first name, by its capital."""
        return word.is_capitalised and word.lower in self.short_names

    def is_first_name(self, word: str) -> bool:
        """Whether the lower-case word can be a first name."""
        return word in self.first_names or word in self.ambiguous

    def is_word(self, word: str) -> bool:
        """Whether the lower-case word is an English word, inflected or not, or a contraction."""
        return (
            word in FUNCTION_WORDS
            or _CONTRACTION.match(word) is not None
            or any(base in self.dictionary for base in _bases(word))
            or ("-" in word and all(self.is_word(part) for part in word.split("-") if part))
        )

    def looks_like_name(self, word: Word) -> bool:
        """Whether the word is capitalised as names are and nothing that we know."""
        return _PLAIN.fullmatch(word.text) is not None and self.is_unknown(word.lower)

    def is_unknown(self, word: str) -> bool:
        """Whether the lower-case word is neither an English word nor a product we know."""
        return word not in self.product_words and not self.is_word(word)


def is_place(words: Sequence[Word], index: int) -> bool:
    """Whether the word is a place here, though it can be a name."""
    if words[index].lower not in _PLACES:
        return False
    before = words[index - 1].lower if index else ""
    after = words[index + 1].lower if index + 1 < len(words) else ""
    return before in _BEFORE_PLACE or after in _AFTER_PLACE


def _bases(word: str) -> Iterator[str]:
    """The word and what it may be an inflection of."""
    yield word
    for ending, base in (("s", ""), ("es", ""), ("ies", "y"), ("ed", ""), ("ed", "e"), ("ing", "")):
        if word.endswith(ending) and len(word) > len(ending) + 2:
            yield word[: -len(ending)] + base
    if word.endswith("ing"):
        yield word[:-3] + "e"


def load_lexicon(nlp: Language) -> Lexicon:
    """The lexicon: the lists shipped here, and the dictionary of the spaCy pipeline."""
    world = frozenset(read_list("world_names").split())
    short = frozenset(name for name in world if len(name) < MIN_CLEAR_LETTERS)
    index = nlp.get_pipe("lemmatizer").lookups.get_table("lemma_index")  # type: ignore[attr-defined]
    return Lexicon(
        first_names=frozenset(read_list("first_names").split()) | (world - short),
        ambiguous=frozenset(read_list("ambiguous_names").split()),
        short_names=short,
        products=tuple(
            tuple(word.lower for word in find_words(line))
            for line in read_list("product_names").splitlines()
        ),
        dictionary=frozenset(word for words in index.values() for word in words),
    )
