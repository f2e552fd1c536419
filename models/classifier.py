"""The fine-tuned encoder at work: what it makes of sentences in their talk, without torch."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

from core.vocabulary import ConversationKind, MentionKind
from models.features import SpokenSentence
from models.windows import Window, cut_windows, load_tokenizer, tokenise

BATCH_SIZE = 16
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
    """Passages in, a `Reading` for each wanted sentence out; runs on one thread unless told."""

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
            str(directory / "mentions.onnx"), options, providers=["CPUExecutionProvider"]
        )
        with np.load(directory / "mentions_heads.npz", allow_pickle=False) as file:
            heads = {name: file[name] for name in file.files}
        return cls(session, load_tokenizer(directory / "encoder_tokenizer.json"), heads)

    def read(self, passages: Sequence[Passage]) -> list[list[Reading]]:
        """A reading for each wanted sentence, in order; passages don't influence each other."""
        readings: list[dict[int, Reading]] = [{} for _ in passages]
        windows, offsets = list[tuple[int, Window]](), list[list[tuple[tuple[int, int], ...]]]()
        for place, passage in enumerate(passages):
            tokenised = tokenise(self.tokenizer, passage.sentences, passage.kind)
            offsets.append([sentence.offsets for sentence in tokenised])
            windows += [(place, window) for window in cut_windows(tokenised, passage.wanted)]
        for chosen in _batches_of_one_length([window for _, window in windows]):
            states = self._run([windows[i][1] for i in chosen])
            for i, own in zip(chosen, states, strict=True):
                place, window = windows[i]
                readings[place].update(self._read_window(window, own, offsets[place]))
        return [[found[i] for i in sorted(found)] for found in readings]

    def _run(self, windows: Sequence[Window]) -> NDArray[np.float32]:
        """The last layer's states of windows of one length, `(n, t, 384)`."""
        ids = np.array([window.ids for window in windows], dtype=np.int64)
        (hidden,) = self._session.run(["hidden"], {"input_ids": ids})
        return np.asarray(hidden, dtype=np.float32)

    def _read_window(
        self,
        window: Window,
        states: NDArray[np.float32],
        offsets: Sequence[tuple[tuple[int, int], ...]],
    ) -> Iterator[tuple[int, Reading]]:
        """The heads over each sentence that is read: its marker's state and its words' mean."""
        heads = self._heads
        for placed in window.read:
            own = states[placed.first : placed.first + placed.n_tokens + 1]
            pooled = np.concatenate([own[0], own.mean(axis=0)])
            logits = pooled @ heads["sentence_weight"] + heads["sentence_bias"]
            yield (
                placed.index,
                Reading(
                    kinds=logits[:N_KINDS],
                    types=logits[N_KINDS:],
                    values=own[1:] @ heads["value_weight"] + heads["value_bias"],
                    offsets=offsets[placed.index],
                ),
            )


def _batches_of_one_length(windows: Sequence[Window]) -> Iterator[list[int]]:
    """Places of windows of equal length, at most `BATCH_SIZE` together, shortest first."""
    by_length: dict[int, list[int]] = defaultdict(list)
    for i, window in enumerate(windows):
        by_length[len(window.ids)].append(i)
    for _, places in sorted(by_length.items()):
        for start in range(0, len(places), BATCH_SIZE):
            yield places[start : start + BATCH_SIZE]
