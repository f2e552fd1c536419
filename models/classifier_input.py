"""Sentences and their context as rows of token ids for the encoder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

PAD, CLS, SEP, MASK = 0, 101, 102, 103
MAX_SENTENCE_TOKENS = 64
MAX_CONTEXT_TOKENS = 28
STEP = 4


@dataclass(frozen=True, slots=True)
class EncodedRow:
    """One input: the token ids of sentence and context, and where the sentence's tokens stand.

    `offsets` holds the character range of each sentence token; token `i` of the sentence is
    `ids[i + 1]`.
    """

    ids: tuple[int, ...]
    n_sentence: int
    offsets: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class InputBatch:
    """Rows padded to one length; each array `(n, t)`, int64."""

    ids: NDArray[np.int64]
    mask: NDArray[np.int64]
    segments: NDArray[np.int64]


def load_tokenizer(path: Path) -> Tokenizer:
    """The tokenizer in a `tokenizer.json`, without padding and cutting."""
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def encode_rows(
    tokenizer: Tokenizer, texts: Sequence[str], contexts: Sequence[str]
) -> list[EncodedRow]:
    """One row for each sentence and its context."""
    sentences = tokenizer.encode_batch(list(texts), add_special_tokens=False)
    before = tokenizer.encode_batch(list(contexts), add_special_tokens=False)
    return [_join(sentence, context) for sentence, context in zip(sentences, before, strict=True)]


def _join(sentence: Encoding, context: Encoding) -> EncodedRow:
    """`[CLS] sentence [SEP] context [SEP]`, the context cut at its beginning.

    The first token of the context (`call` or `note`) always stays. The oldest few of the others
    go so that lengths are multiples of `STEP`: rows of one length are run together.
    """
    own = sentence.ids[:MAX_SENTENCE_TOKENS]
    n_before = min(MAX_CONTEXT_TOKENS, len(context.ids) - 1)
    n_before -= min(n_before, (len(own) + n_before + 4) % STEP)
    other = context.ids[:1] + context.ids[len(context.ids) - n_before :]
    ids = (CLS, *own, SEP, *other, SEP)
    return EncodedRow(ids, len(own), tuple(sentence.offsets[: len(own)]))


def pad_rows(rows: Sequence[EncodedRow]) -> InputBatch:
    """The rows as one batch; segment 0 is the sentence, 1 the context."""
    width = max(len(row.ids) for row in rows)
    ids = np.full((len(rows), width), PAD, dtype=np.int64)
    mask = np.zeros((len(rows), width), dtype=np.int64)
    segments = np.zeros((len(rows), width), dtype=np.int64)
    for i, row in enumerate(rows):
        ids[i, : len(row.ids)] = row.ids
        mask[i, : len(row.ids)] = 1
        segments[i, row.n_sentence + 2 : len(row.ids)] = 1
    return InputBatch(ids, mask, segments)
