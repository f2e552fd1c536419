"""The fine-tuned encoder at work: what it makes of sentences in their talk, without torch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

from core.vocabulary import ConversationKind, MentionKind
from models.features import SpokenSentence
from models.windows import TokenisedSentence, Window, cut_windows, load_tokenizer, tokenise

N_KINDS = len(MentionKind)


@dataclass(frozen=True, slots=True)
class Reading:
    """What the network makes of one sentence, as logits.

    `kinds` `(n_kinds,)`: is the kind there; `types` `(n_types,)`: which of its kind's types it is;
    `values` `(t, n_traits)`: does each token belong to a trait's value, the tokens' character
    ranges being `offsets`.
    """

    kinds: NDArray[np.float32]
    types: NDArray[np.float32]
    values: NDArray[np.float32]
    offsets: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Passage:
    """The sentences of one conversation and the places of those to be read, in order."""

    kind: ConversationKind
    sentences: Sequence[SpokenSentence]
    wanted: Sequence[int]


class SentenceClassifier:
    """A passage in, a `Reading` for each wanted sentence out; runs on one thread unless told."""

    def __init__(
        self,
        session: onnxruntime.InferenceSession,
        tokenizer: Tokenizer,
        heads: dict[str, NDArray[np.float32]],
    ) -> None:
        """A classifier from its parts; `load` reads them."""
        self._session = session
        self.tokenizer = tokenizer
        self._heads = heads

    @classmethod
    def load(cls, directory: Path, *, n_threads: int = 1) -> SentenceClassifier:
        """The classifier whose files lie in `directory`."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = n_threads
        options.inter_op_num_threads = 1
        session = onnxruntime.InferenceSession(
            str(directory / "mentions.onnx"),
            options,
            providers=["CPUExecutionProvider"],
            disabled_optimizers=["SkipLayerNormFusion"],  # slower than what it fuses
        )
        with np.load(directory / "mentions_heads.npz", allow_pickle=False) as file:
            heads = {name: file[name] for name in file.files}
        return cls(session, load_tokenizer(directory / "encoder_tokenizer.json"), heads)

    def read(self, passage: Passage) -> list[Reading]:
        """A reading for each wanted sentence, in order.

        Each window runs alone: its states stay in the processor's cache, which saves more than
        running several at once does.
        """
        tokenised = tokenise(self.tokenizer, passage.sentences, passage.kind)
        return [
            reading
            for window in cut_windows(tokenised, passage.wanted)
            for reading in self._read_window(window, self._run(window), tokenised)
        ]

    def _run(self, window: Window) -> NDArray[np.float32]:
        """The last layer's states of a window, `(t, 384)`."""
        ids = np.array([window.ids], dtype=np.int64)
        (hidden,) = self._session.run(["hidden"], {"input_ids": ids})
        return np.asarray(hidden[0], dtype=np.float32)

    def _read_window(
        self, window: Window, states: NDArray[np.float32], sentences: Sequence[TokenisedSentence]
    ) -> Iterator[Reading]:
        """The heads over each sentence that is read: its marker's state and its words' mean."""
        heads = self._heads
        spans = [slice(p.first, p.first + p.n_tokens + 1) for p in window.read]
        pooled = np.stack([np.r_[states[own.start], states[own].mean(axis=0)] for own in spans])
        logits = pooled @ heads["sentence_weight"] + heads["sentence_bias"]
        values = states @ heads["value_weight"] + heads["value_bias"]
        for placed, own, row in zip(window.read, spans, logits, strict=True):
            yield Reading(
                kinds=row[:N_KINDS],
                types=row[N_KINDS:],
                values=values[own.start + 1 : own.stop],
                offsets=sentences[placed.index].offsets,
            )
