"""Talks as tensors: windows of random length, in batches of about equal length."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor

from core.vocabulary import ConversationKind, MentionKind, Role
from models.decisions import LabelLayout
from models.training.examples import Example, Talk, add_noise
from models.training.options import TrainingOptions
from models.windows import CLS, MASK, TokenisedSentence, get_marker, tokenise

Tokenised = tuple[Example, TokenisedSentence]


@dataclass(frozen=True, slots=True)
class TrainingWindow:
    """Neighbouring sentences of one talk, and whether their markers hide who speaks."""

    kind: ConversationKind
    sentences: tuple[Tokenised, ...]
    is_hidden: bool

    @property
    def n_tokens(self) -> int:
        """With the first token of the window."""
        return 1 + sum(len(tokenised.ids) for _, tokenised in self.sentences)


@dataclass(frozen=True, slots=True)
class TrainingBatch:
    """Inputs and targets of the sentences in some windows; `s` sentences, `n` windows.

    `ids`, `mask` `(n, t)`; `markers` `(s,)` and `spread` `(s, n * t)` as the network takes them;
    `kinds` `(s, …)` target probabilities; `types` `(s, …)` target shares of the types within each
    kind that the sentence has, else zeros; `weights` `(s,)` of the sentences in the loss of labels;
    `values` `(n * t, traits)` and `value_weights`.
    """

    ids: Tensor
    mask: Tensor
    markers: Tensor
    spread: Tensor
    kinds: Tensor
    types: Tensor
    weights: Tensor
    values: Tensor
    value_weights: Tensor


def make_batches(
    talks: Sequence[Talk],
    tokenizer: Tokenizer,
    layout: LabelLayout,
    options: TrainingOptions,
    rng: random.Random,
) -> Iterator[TrainingBatch]:
    """One epoch in random order: every sentence once, in windows cut anew."""
    windows: list[TrainingWindow] = []
    for talk in talks:
        noisy = add_noise(talk, rng, options.noise_share)
        spoken = [example.as_spoken() for example in noisy.examples]
        tokenised = tokenise(tokenizer, spoken, noisy.kind)
        sentences = list(zip(noisy.examples, tokenised, strict=True))
        cut = _cut_at_random(noisy.kind, sentences, options, rng)
        windows += [window for window in cut if any(e.is_judged for e, _ in window.sentences)]
    order = sorted(range(len(windows)), key=lambda i: (windows[i].n_tokens + rng.random() * 24, i))
    starts = list(range(0, len(order), options.batch_size))
    rng.shuffle(starts)
    for start in starts:
        chosen = [windows[i] for i in order[start : start + options.batch_size]]
        yield make_batch(chosen, layout, options, rng)


def _cut_at_random(
    kind: ConversationKind,
    sentences: Sequence[Tokenised],
    options: TrainingOptions,
    rng: random.Random,
) -> Iterator[TrainingWindow]:
    """Windows that hold every sentence once; how much each sees of the others is left to chance."""
    limit, size = rng.randint(*options.window_tokens), 1
    run: list[Tokenised] = []
    for sentence in sentences:
        n = len(sentence[1].ids)
        if run and size + n > limit:
            yield _make_window(kind, run, options, rng)
            run, size, limit = [], 1, rng.randint(*options.window_tokens)
        run.append(sentence)
        size += n
    if run:
        yield _make_window(kind, run, options, rng)


def _make_window(
    kind: ConversationKind, run: list[Tokenised], options: TrainingOptions, rng: random.Random
) -> TrainingWindow:
    """The window of these sentences."""
    is_hidden = kind is ConversationKind.CALL and rng.random() < options.hidden_share
    return TrainingWindow(kind, tuple(run), is_hidden)


def make_batch(
    windows: Sequence[TrainingWindow],
    layout: LabelLayout,
    options: TrainingOptions,
    rng: random.Random,
) -> TrainingBatch:
    """These windows as one batch."""
    width, n_sentences = max(w.n_tokens for w in windows), sum(len(w.sentences) for w in windows)
    traits = layout.names(MentionKind.PERSONA_TRAIT)
    ids = np.zeros((len(windows), width), dtype=np.int64)
    mask = np.zeros((len(windows), width), dtype=np.bool_)
    spread = np.zeros((n_sentences, len(windows) * width), dtype=np.float32)
    values = np.zeros((len(windows) * width, len(traits)), dtype=np.float32)
    value_weights = np.zeros_like(values)
    markers = list[int]()
    for row, window in enumerate(windows):
        ids[row, 0], mask[row, : window.n_tokens] = CLS, True
        at = 1
        for example, tokenised in window.sentences:
            n, first = len(tokenised.ids), row * width + at
            ids[row, at : at + n] = _hide(tokenised.ids, window, options.mask_share, rng)
            spread[len(markers), first : first + n] = 1.0 / n
            markers.append(first)
            for trait, start, end in example.spans if example.is_judged else ():
                j = traits.index(trait)
                value_weights[first + 1 : first + n, j] = 1.0
                for i, (left, right) in enumerate(tokenised.offsets):
                    values[first + 1 + i, j] = float(left < end and right > start)
            at += n
    pairs = [(window, example) for window in windows for example, _ in window.sentences]
    targets = np.stack([_aim(example, layout, options.teacher_share) for _, example in pairs])
    n_kinds = len(layout.kinds)
    return TrainingBatch(
        ids=torch.from_numpy(ids),
        mask=torch.from_numpy(mask),
        markers=torch.tensor(markers),
        spread=torch.from_numpy(spread),
        kinds=torch.from_numpy(targets[:, :n_kinds].copy()),
        types=torch.from_numpy(targets[:, n_kinds:].copy()),
        weights=torch.tensor([_weigh(window, example, options) for window, example in pairs]),
        values=torch.from_numpy(values),
        value_weights=torch.from_numpy(value_weights),
    )


def _hide(
    ids: Sequence[int], window: TrainingWindow, share: float, rng: random.Random
) -> list[int]:
    """The tokens with about this share of the words hidden, and the marker where it shall be."""
    marker = get_marker(Role.UNKNOWN, window.kind) if window.is_hidden else ids[0]
    return [marker, *(MASK if rng.random() < share else token for token in ids[1:])]


def _aim(example: Example, layout: LabelLayout, teacher_share: float) -> NDArray[np.float32]:
    """Targets of kinds, then shares of their types: labels and the teacher's word blended."""
    by_kind = [
        np.array([f"{kind}/{name}" in example.labels for name in layout.names(kind)], np.float32)
        for kind in layout.kinds
    ]
    has = np.array([own.any() for own in by_kind], np.float32)
    target = np.concatenate([has, *(own / max(1.0, own.sum()) for own in by_kind)])
    if example.soft_target is not None:
        soft = np.array(example.soft_target, np.float32)
        target = (1 - teacher_share) * target + teacher_share * soft
    learnt = [np.ones_like(has), *(np.full_like(own, own.any()) for own in by_kind)]
    result: NDArray[np.float32] = (target * np.concatenate(learnt)).astype(np.float32)
    return result


def _weigh(window: TrainingWindow, example: Example, options: TrainingOptions) -> float:
    """How much a sentence counts in the loss of labels."""
    if not example.is_judged:
        return 0.0
    is_rep = window.kind is ConversationKind.CALL and example.role is Role.REP
    return options.rep_weight if is_rep else 1.0
