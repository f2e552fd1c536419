"""Examples as tensors, in batches of about equal length."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor

from models.classifier_input import CLS, MASK, SEP, EncodedRow, encode_rows, pad_rows
from models.training.examples import Example, add_noise


@dataclass(frozen=True, slots=True)
class LabelSpace:
    """The order of the network's outputs.

    `labels` are `kind/type` keys followed by the kinds alone; `traits` are the trait types.
    """

    labels: tuple[str, ...]
    traits: tuple[str, ...]

    def targets(self, keys: frozenset[str]) -> NDArray[np.float32]:
        """1 for each label that holds, in the order of `labels`."""
        held = keys | {key.split("/")[0] for key in keys}
        return np.array([label in held for label in self.labels], dtype=np.float32)


@dataclass(frozen=True, slots=True)
class TrainingBatch:
    """Inputs `(n, t)`, label targets `(n, labels)`, token targets and weights `(n, t, traits)`."""

    ids: Tensor
    mask: Tensor
    segments: Tensor
    labels: Tensor
    tokens: Tensor
    token_weights: Tensor


def make_batches(
    examples: Sequence[Example],
    tokenizer: Tokenizer,
    space: LabelSpace,
    *,
    batch_size: int,
    noise_share: float,
    mask_share: float,
    rng: random.Random,
) -> Iterator[TrainingBatch]:
    """One epoch in random order, each batch of examples of about the same length."""
    noisy = [add_noise(example, rng, noise_share) for example in examples]
    rows = encode_rows(tokenizer, [e.text for e in noisy], [e.context for e in noisy])
    order = sorted(range(len(rows)), key=lambda i: (len(rows[i].ids) + rng.random() * 12, i))
    starts = list(range(0, len(order), batch_size))
    rng.shuffle(starts)
    for start in starts:
        chosen = order[start : start + batch_size]
        masked = [_mask_words(rows[i], rng, mask_share) for i in chosen]
        yield _make_batch([noisy[i] for i in chosen], masked, space)


def _mask_words(row: EncodedRow, rng: random.Random, share: float) -> EncodedRow:
    """The row with about this share of its words and context hidden."""
    ids = [MASK if token not in (CLS, SEP) and rng.random() < share else token for token in row.ids]
    return replace(row, ids=tuple(ids))


def _make_batch(
    examples: Sequence[Example], rows: Sequence[EncodedRow], space: LabelSpace
) -> TrainingBatch:
    """These rows as one batch."""
    inputs = pad_rows(rows)
    tokens = np.zeros((*inputs.ids.shape, len(space.traits)), dtype=np.float32)
    weights = np.zeros_like(tokens)
    for i, (example, row) in enumerate(zip(examples, rows, strict=True)):
        _mark_values(example, row, space, tokens[i], weights[i])
    labels = np.stack([space.targets(example.labels) for example in examples])
    arrays = (inputs.ids, inputs.mask, inputs.segments, labels, tokens, weights)
    return TrainingBatch(*(torch.from_numpy(array) for array in arrays))


def _mark_values(
    example: Example,
    row: EncodedRow,
    space: LabelSpace,
    tokens: NDArray[np.float32],
    weights: NDArray[np.float32],
) -> None:
    """Nothing; the tokens of each value are 1, those of its sentence count."""
    for kind, start, end in example.spans:
        j = space.traits.index(kind)
        weights[1 : row.n_sentence + 1, j] = 1.0
        for i, (first, last) in enumerate(row.offsets):
            if first < end and last > start:
                tokens[i + 1, j] = 1.0
