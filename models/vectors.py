"""Sentence vectors: `Encoder` turns texts into unit vectors of 384 numbers.

The model is all-MiniLM-L6-v2 with 8-bit weights; `models/training/encoder.py` builds it. Numbers
are rounded token by token and every batch holds texts of one length, so the vector of a text is the
same, bit for bit, whatever stands beside it.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

from core.errors import UnreadableFile

ARTIFACTS = Path(__file__).parent / "artifacts"
DIMENSION = 384
BATCH_SIZE = 32


class Encoder:
    """Texts in, vectors out.

    ==================  ==============================================================
    `Encoder.load()`    the encoder that ships with the package, one thread
    `.id`               name of the vector space; never mix two ids in one comparison
    `.encode(texts)`    `(n, 384)` float32, rows of length 1
    ==================  ==============================================================
    """

    def __init__(
        self, encoder_id: str, session: onnxruntime.InferenceSession, tokenizer: Tokenizer
    ) -> None:
        self.id = encoder_id
        self._session = session
        self._tokenizer = tokenizer

    @classmethod
    def load(cls, folder: Path = ARTIFACTS, *, n_threads: int = 1) -> Encoder:
        """The encoder kept in `folder`, checked against its recorded hash."""
        card = json.loads((folder / "encoder.json").read_text(encoding="utf-8"))
        model = _read_checked(folder / "encoder.onnx", card["sha256"])
        tokens = _read_checked(folder / "encoder_tokenizer.json", card["tokenizer_sha256"])
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = n_threads
        options.inter_op_num_threads = 1
        session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        return cls(card["id"], session, Tokenizer.from_buffer(tokens))

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors of `texts`, shape `(n, 384)`, in their order; equal texts cost once."""
        distinct = list(dict.fromkeys(texts))
        vectors = np.empty((len(distinct), DIMENSION), dtype=np.float32)
        tokens = [encoding.ids for encoding in self._tokenizer.encode_batch(distinct)]
        for rows in _batches_of_one_length(tokens):
            vectors[rows] = self._encode_batch([tokens[row] for row in rows])
        place = {text: row for row, text in enumerate(distinct)}
        return vectors[[place[text] for text in texts]]

    def _encode_batch(self, tokens: list[list[int]]) -> NDArray[np.float32]:
        """Unit vectors of token lists of one length: the mean over tokens, scaled to 1."""
        (hidden,) = self._session.run(["hidden"], {"input_ids": np.array(tokens, dtype=np.int64)})
        means = np.asarray(hidden, dtype=np.float32).mean(axis=1)
        return np.asarray(means / np.linalg.norm(means, axis=1, keepdims=True), dtype=np.float32)


def _batches_of_one_length(tokens: Sequence[Sequence[int]]) -> Iterator[list[int]]:
    """Rows in batches whose token lists are equally long, shortest first."""
    by_length: dict[int, list[int]] = defaultdict(list)
    for row, ids in enumerate(tokens):
        by_length[len(ids)].append(row)
    for _, rows in sorted(by_length.items()):
        for start in range(0, len(rows), BATCH_SIZE):
            yield rows[start : start + BATCH_SIZE]


def _read_checked(path: Path, sha256: str) -> bytes:
    """The bytes of `path`; raises UnreadableFile when missing or not what was built."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UnreadableFile("model file cannot be read", path=str(path)) from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise UnreadableFile("model file is not the one recorded in encoder.json", path=str(path))
    return content
