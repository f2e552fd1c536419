"""The fine-tuned encoder at work: logits of labels and of value tokens, without torch."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

from models.classifier_input import EncodedRow, encode_rows, load_tokenizer

BATCH_SIZE = 32


@dataclass(frozen=True, slots=True)
class Reading:
    """What the network makes of one sentence.

    `logits` has one number for each label; `token_logits` `(t, n_traits)` one row for each token
    of the sentence, whose character ranges are `offsets`.
    """

    logits: NDArray[np.float32]
    token_logits: NDArray[np.float32]
    offsets: tuple[tuple[int, int], ...]


class SentenceClassifier:
    """Sentences with context in, a `Reading` each out; runs on one thread unless told."""

    def __init__(
        self,
        session: onnxruntime.InferenceSession,
        tokenizer: Tokenizer,
        heads: dict[str, NDArray[np.float32]],
    ) -> None:
        """A classifier from its parts; `load` reads them."""
        self._session = session
        self._tokenizer = tokenizer
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

    def read(self, texts: Sequence[str], contexts: Sequence[str]) -> list[Reading]:
        """One reading for each sentence, in order; what stands beside it changes nothing."""
        rows = encode_rows(self._tokenizer, texts, contexts)
        readings: list[Reading | None] = [None] * len(rows)
        for chosen in _batches_of_one_length(rows):
            batch = self._run([rows[i] for i in chosen])
            for i, reading in zip(chosen, batch, strict=True):
                readings[i] = reading
        return [reading for reading in readings if reading is not None]

    def _run(self, rows: Sequence[EncodedRow]) -> Iterator[Reading]:
        """Readings of rows of one length."""
        ids = np.array([row.ids for row in rows], dtype=np.int64)
        n_first = np.array([row.n_sentence + 2 for row in rows])
        segments = (np.arange(ids.shape[1])[None, :] >= n_first[:, None]).astype(np.int64)
        (hidden,) = self._session.run(["hidden"], {"input_ids": ids, "segments": segments})
        for row, states in zip(rows, np.asarray(hidden, dtype=np.float32), strict=True):
            yield self._read_states(row, states)

    def _read_states(self, row: EncodedRow, states: NDArray[np.float32]) -> Reading:
        """The heads over one sentence's states `(t, 384)`."""
        cut = row.n_sentence + 2
        pooled = np.concatenate([states[0], states[:cut].mean(axis=0), states[cut:].mean(axis=0)])
        heads = self._heads
        return Reading(
            logits=pooled @ heads["label_weight"] + heads["label_bias"],
            token_logits=states[1 : cut - 1] @ heads["token_weight"] + heads["token_bias"],
            offsets=row.offsets,
        )


def _batches_of_one_length(rows: Sequence[EncodedRow]) -> Iterator[list[int]]:
    """Places of rows of equal length, at most `BATCH_SIZE` together, shortest first."""
    by_length: dict[int, list[int]] = defaultdict(list)
    for i, row in enumerate(rows):
        by_length[len(row.ids)].append(i)
    for _, places in sorted(by_length.items()):
        for start in range(0, len(places), BATCH_SIZE):
            yield places[start : start + BATCH_SIZE]
