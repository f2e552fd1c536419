"""A linear model over words: fast enough to look at every sentence."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_TOKEN = re.compile(r"\d+|[^\W\d_]+(?:['’][^\W\d_]+)?|[?!%$€£]")
_MAX_WORD = 24


@dataclass(frozen=True)
class TermClassifier:
    """One logit a label from weighted terms.

    `weights` is `(n_terms, n_labels)`;
    terms are weighted by `idf` and a text's vector is scaled to length 1.
    """

    vocabulary: dict[str, int]
    idf: NDArray[np.float32]
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]

    def score(self, terms: Iterable[str]) -> NDArray[np.float32]:
        """Logits `(n_labels,)` of a text with these terms."""
        counts = Counter(
            place for term in terms if (place := self.vocabulary.get(term)) is not None
        )
        if not counts:
            return self.bias
        places = np.fromiter(counts.keys(), dtype=np.int64, count=len(counts))
        amounts = np.fromiter(counts.values(), dtype=np.float32, count=len(counts))
        values = (1.0 + np.log(amounts)) * self.idf[places]
        values = values / np.sqrt(np.dot(values, values), dtype=np.float32)
        logits: NDArray[np.float32] = values @ self.weights[places] + self.bias
        return logits

    def save(self, path: Path) -> None:
        """Nothing; writes a compressed `.npz` without pickle."""
        terms = sorted(self.vocabulary, key=self.vocabulary.__getitem__)
        np.savez_compressed(
            path,
            terms=np.frombuffer("\n".join(terms).encode(), dtype=np.uint8),
            idf=self.idf.astype(np.float16),
            weights=self.weights.astype(np.float16),
            bias=self.bias,
        )

    @classmethod
    def load(cls, path: Path) -> TermClassifier:
        """The classifier that `save` wrote."""
        with np.load(path, allow_pickle=False) as file:
            terms = file["terms"].tobytes().decode().split("\n")
            return cls(
                vocabulary={term: i for i, term in enumerate(terms)},
                idf=file["idf"].astype(np.float32),
                weights=file["weights"].astype(np.float32),
                bias=file["bias"],
            )


def list_words(text: str) -> list[str]:
    """The words, figures (as `0`) and telling marks of a text, lower-case."""
    found = _TOKEN.findall(text.lower().replace("’", "'"))
    return ["0" if token[0].isdigit() else token[:_MAX_WORD] for token in found]


def gate_terms(text: str) -> Iterator[str]:
    """Words and pairs of neighbours: what decides whether a sentence is read at all."""
    words = list_words(text)
    yield from words
    yield from (f"{a} {b}" for a, b in zip(["^", *words], [*words, "$"], strict=True))
