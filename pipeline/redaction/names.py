"""Findings of names that are known beforehand: participants, CRM contacts, names heard earlier."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pipeline.redaction.findings import Finding
from pipeline.redaction.lexicon import Lexicon, Word, word_set

Name = tuple[str, ...]

_GREETINGS = word_set("hi hey hello thanks morning afternoon evening bye dear")
_PLACE_OR_DATE_BEFORE = word_set("in near outside around since until early late mid across")
_NOT_AFTER_NAME = word_set("you we they do be i not it this that the your my our")
_NOT_SINGLE = word_set("van von der den de la di da del bin al el st")


@dataclass(frozen=True)
class KnownNames:
    """Names to look for, as lower-case words.

    `full` lists the names of two words and more by their first word; `single` holds the first and
    last names of those who take part, which are looked for on their own.
    """

    full: Mapping[str, Sequence[Name]]
    single: frozenset[str]

    def with_people(self, people: Iterable[Name]) -> KnownNames:
        """The same names and those of more people, who are also called by one name alone."""
        names = list(people)
        full = index_by_first_word(name for name in names if len(name) > 1)
        merged = {key: [*self.full.get(key, ()), *found] for key, found in full.items()}
        single = {word for name in names for word in (name[0], name[-1])} - _NOT_SINGLE
        return KnownNames(_Chain(merged, self.full), self.single | single)


NO_NAMES = KnownNames({}, frozenset())


class _Chain(Mapping[str, Sequence[Name]]):
    """A small mapping in front of a large one that is shared and not copied."""

    def __init__(
        self, first: Mapping[str, Sequence[Name]], second: Mapping[str, Sequence[Name]]
    ) -> None:
        self._first, self._second = first, second

    def __getitem__(self, key: str) -> Sequence[Name]:
        return self._first[key] if key in self._first else self._second[key]

    def __iter__(self) -> Iterator[str]:
        return iter({**self._second, **self._first})

    def __len__(self) -> int:
        return len({**self._second, **self._first})


def index_by_first_word(names: Iterable[Name]) -> dict[str, list[Name]]:
    """The names by their first word, the longest first."""
    index: defaultdict[str, list[Name]] = defaultdict(list)
    for name in sorted(set(names), key=lambda each: (-len(each), each)):
        index[name[0]].append(name)
    return dict(index)


def find_sequences(
    words: Sequence[Word], index: Mapping[str, Sequence[Name]], tag: str
) -> Iterator[Finding]:
    """Where the names of an index stand among the words, capitals left aside."""
    for at, word in enumerate(words):
        for name in index.get(word.lower, ()):
            if _stands_at(words, at, name):
                yield Finding(word.start, words[at + len(name) - 1].end, tag)
                break


def find_known(
    text: str, words: Sequence[Word], known: KnownNames, lexicon: Lexicon
) -> Iterator[Finding]:
    """Where the known names stand in the text, full names before single ones."""
    for finding in find_sequences(words, known.full, "PERSON"):
        if _may_be_full_name(text, finding, lexicon):
            yield finding
    for at, word in enumerate(words):
        if word.lower in known.single and _is_meant(text, words, at, lexicon):
            yield Finding(word.start, word.end, "PERSON")


def _stands_at(words: Sequence[Word], index: int, name: Name) -> bool:
    """Whether the words from `index` on are the name."""
    return tuple(word.lower for word in words[index : index + len(name)]) == name


def _may_be_full_name(text: str, finding: Finding, lexicon: Lexicon) -> bool:
    """Whether a full name is one here: unless it is lower-case English words."""
    words = text[finding.start : finding.end]
    return not words.islower() or not all(
        lexicon.is_word(word) and not lexicon.is_clear_name(word) for word in words.split()
    )


def _is_meant(text: str, words: Sequence[Word], index: int, lexicon: Lexicon) -> bool:
    """Whether a first or last name on its own is the person here and not a word."""
    word = words[index]
    if len(word.text) > 2 and is_only_a_name(word.lower, lexicon):
        return True
    before = words[index - 1].lower if index else ""
    after = words[index + 1].lower if index + 1 < len(words) else ""
    if before in _GREETINGS:
        return after not in _NOT_AFTER_NAME
    if not word.text[0].isupper() or before in _PLACE_OR_DATE_BEFORE:
        return False
    following = text[word.end : word.end + 2].strip()[:1]
    return not following.isdigit() and (
        not starts_sentence(text, word.start) or following in {"", ",", ".", "!", "?", "'", "’"}
    )


def is_only_a_name(word: str, lexicon: Lexicon) -> bool:
    """Whether a lower-case word that is known as a name is no English word besides."""
    if word in lexicon.ambiguous:
        return False
    return lexicon.is_clear_name(word) or not lexicon.is_word(word)


def starts_sentence(text: str, start: int) -> bool:
    """Whether the character at `start` is the first of its sentence, quotes left aside."""
    before = text[max(0, start - 12) : start].rstrip(" \t\"'“‘*-")
    return not before or before[-1] in ".!?…\n"
