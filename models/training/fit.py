"""Fine-tuning: the trained network from examples, the same every time on the same machine."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from models.training.batches import LabelSpace, TrainingBatch, make_batches
from models.training.examples import Example
from models.training.network import MentionNetwork, load_minilm
from models.training.options import TrainingOptions


def fit_network(
    examples: Sequence[Example],
    *,
    tokenizer: Tokenizer,
    weights: Path,
    space: LabelSpace,
    options: TrainingOptions,
    report: Callable[[str], None],
) -> MentionNetwork:
    """The running mean of the weights over the training run, ready to evaluate."""
    torch.manual_seed(options.seed)
    torch.use_deterministic_algorithms(True)
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined] # a module of torch with such a property
    torch.set_num_threads(options.threads)
    network = _start(weights, space, options)
    fit_label_head(network, examples, tokenizer, space, options)
    averaged = copy.deepcopy(network).eval()
    n_steps = options.epochs * -(-len(examples) // options.batch_size)
    optimiser, schedule = _optimise(network, options, n_steps)
    rng, step = random.Random(options.seed), 0  # noqa: S311 (shuffling, no secret)
    for epoch in range(options.epochs):
        total = 0.0
        for batch in make_batches(
            examples,
            tokenizer,
            space,
            batch_size=options.batch_size,
            noise_share=options.noise_share,
            mask_share=options.mask_share,
            rng=rng,
        ):
            total += _take_step(network, batch, optimiser, options)
            schedule.step()
            step += 1
            _average(averaged, network, min(options.average_decay, step / (step + 10)))
        report(
            f"epoch {epoch + 1} of {options.epochs}: loss {total / n_steps * options.epochs:.4f}"
        )
    return averaged


def _start(weights: Path, space: LabelSpace, options: TrainingOptions) -> MentionNetwork:
    """MiniLM with new heads, its embeddings and lowest layers frozen."""
    network = MentionNetwork(len(space.labels), len(space.traits), options.dropout)
    load_minilm(network, weights)
    embeddings = (network.words, network.positions, network.segments, network.norm)
    for part in (*embeddings, *network.layers[: options.frozen_layers]):
        part.requires_grad_(False)
    return network.train()


def fit_label_head(
    network: MentionNetwork,
    examples: Sequence[Example],
    tokenizer: Tokenizer,
    space: LabelSpace,
    options: TrainingOptions,
) -> None:
    """Nothing; the label head fits the frozen encoder before both are tuned together.

    A random head would distort the encoder in its first steps (Kumar et al. 2022).
    """
    pooled, targets = [], []
    for batch in _plain_batches(examples, tokenizer, space, options):
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
            states = network.encode(batch.ids, batch.mask, batch.segments)
            pooled.append(network.pool(states, batch.mask, batch.segments).float())
        targets.append(batch.labels)
    x, y = torch.cat(pooled), torch.cat(targets)
    optimiser = torch.optim.AdamW(network.labels.parameters(), lr=0.01, weight_decay=0.01)
    for _ in range(options.head_steps):
        optimiser.zero_grad()
        loss = binary_cross_entropy_with_logits(network.labels(x), y, reduction="sum") / len(x)
        loss.backward()  # type: ignore[no-untyped-call] # torch leaves it untyped
        optimiser.step()


def _plain_batches(
    examples: Sequence[Example], tokenizer: Tokenizer, space: LabelSpace, options: TrainingOptions
) -> Iterator[TrainingBatch]:
    """One pass over the examples as they are."""
    return make_batches(
        examples,
        tokenizer,
        space,
        batch_size=options.batch_size,
        noise_share=0.0,
        mask_share=0.0,
        rng=random.Random(options.seed),  # noqa: S311 (shuffling, no secret)
    )


def _optimise(
    network: MentionNetwork, options: TrainingOptions, n_steps: int
) -> tuple[torch.optim.AdamW, torch.optim.lr_scheduler.LambdaLR]:
    """AdamW, the heads faster than the encoder; the rate rises, then falls to nothing."""
    heads = [*network.labels.parameters(), *network.tokens.parameters()]
    known = {id(parameter) for parameter in heads}
    body = [p for p in network.parameters() if p.requires_grad and id(p) not in known]
    optimiser = torch.optim.AdamW(
        [
            {"params": body, "lr": options.learning_rate},
            {"params": heads, "lr": options.head_learning_rate},
        ],
        weight_decay=options.weight_decay,
        fused=True,
    )
    n_warm = max(1, int(options.warm_up_share * n_steps))

    def rate(step: int) -> float:
        return min((step + 1) / n_warm, max(0.0, (n_steps - step) / max(1, n_steps - n_warm)))

    return optimiser, torch.optim.lr_scheduler.LambdaLR(optimiser, rate)


def _take_step(
    network: MentionNetwork,
    batch: TrainingBatch,
    optimiser: torch.optim.Optimizer,
    options: TrainingOptions,
) -> float:
    """The loss of one batch, after the step down its slope."""
    with torch.autocast("cpu", torch.bfloat16):
        labels, tokens = network(batch.ids, batch.mask, batch.segments)
    loss = _loss(labels.float(), tokens.float(), batch, options)
    optimiser.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call] # torch leaves it untyped
    torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    optimiser.step()
    return float(loss.detach())


def _loss(labels: Tensor, tokens: Tensor, batch: TrainingBatch, options: TrainingOptions) -> Tensor:
    """Cross-entropy of labels, and of value tokens where the trait is there."""
    weight = torch.tensor(options.positive_weight)
    by_label = binary_cross_entropy_with_logits(
        labels, batch.labels, pos_weight=weight, reduction="none"
    ).sum(-1)
    by_token = binary_cross_entropy_with_logits(
        tokens, batch.tokens, weight=batch.token_weights, reduction="sum"
    )
    return by_label.mean() + options.span_weight * by_token / batch.token_weights.sum().clamp(min=1)


@torch.no_grad()
def _average(averaged: MentionNetwork, network: MentionNetwork, decay: float) -> None:
    """Nothing; `averaged` moves a little towards `network`."""
    for kept, new in zip(averaged.parameters(), network.parameters(), strict=True):
        if new.requires_grad:
            kept.lerp_(new, 1.0 - decay)
