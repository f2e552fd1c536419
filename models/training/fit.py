"""Fine-tuning: the trained network from talks, the same every time on the same machine."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Sequence
from typing import TypeVar

import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from models.decisions import LabelLayout
from models.training.batches import TrainingBatch, make_batches
from models.training.examples import Talk
from models.training.network import MentionNetwork
from models.training.options import TrainingOptions

AVERAGED_EVERY = 4  # steps
N = TypeVar("N", bound=MentionNetwork)


def fit_network(
    make: Callable[[], N],
    talks: Sequence[Talk],
    *,
    tokenizer: Tokenizer,
    layout: LabelLayout,
    options: TrainingOptions,
    report: Callable[[str], None],
) -> N:
    """What `make` gives, trained: the running mean of its weights, ready to evaluate."""
    torch.manual_seed(options.seed)
    torch.use_deterministic_algorithms(True)
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined] # a module of torch with such a property
    torch.set_num_threads(options.threads)
    network = make()
    averaged = copy.deepcopy(network).eval()
    network.train()
    rng = random.Random(options.seed)  # noqa: S311 (shuffling, no secret)
    n_steps = options.epochs * sum(1 for _ in make_batches(talks, tokenizer, layout, options, rng))
    optimiser, schedule = _optimise(network, options, n_steps)
    step = 0
    for epoch in range(options.epochs):
        losses = []
        for batch in make_batches(talks, tokenizer, layout, options, rng):
            losses.append(_take_step(network, batch, layout, optimiser, options))
            schedule.step()
            step += 1
            if step % AVERAGED_EVERY == 0 or step == n_steps:
                _average(averaged, network, min(options.average_decay, step / (step + 10)))
        report(f"epoch {epoch + 1} of {options.epochs}: loss {sum(losses) / len(losses):.4f}")
    return averaged


def _optimise(
    network: MentionNetwork, options: TrainingOptions, n_steps: int
) -> tuple[torch.optim.AdamW, torch.optim.lr_scheduler.LambdaLR]:
    """AdamW, the heads faster than the encoder; the rate rises, then falls to nothing."""
    heads = [parameter for head in network.heads for parameter in head.parameters()]
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
    layout: LabelLayout,
    optimiser: torch.optim.Optimizer,
    options: TrainingOptions,
) -> float:
    """The loss of one batch, after the step down its slope."""
    with torch.autocast("cpu", torch.bfloat16):
        logits = network(batch.ids, batch.mask, batch.markers, batch.spread)
    loss = _loss([each.float() for each in logits], batch, layout, options)
    optimiser.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call] # torch leaves it untyped
    torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    optimiser.step()
    return float(loss.detach())


def _loss(
    logits: Sequence[Tensor], batch: TrainingBatch, layout: LabelLayout, options: TrainingOptions
) -> Tensor:
    """Cross-entropy of kinds; of types where their kind is; of value tokens where the trait is."""
    kinds, types, values = logits
    by_kind = binary_cross_entropy_with_logits(
        kinds, batch.kinds, pos_weight=torch.tensor(options.positive_weight), reduction="none"
    )
    total = (by_kind.sum(-1) * batch.weights).sum() / batch.weights.sum().clamp(min=1)
    for kind in layout.kinds:
        target = batch.types[:, layout.places(kind)]
        chosen = target.sum(-1) * batch.weights > 0
        by_type = cross_entropy(
            types[chosen, layout.places(kind)],
            target[chosen],
            label_smoothing=options.type_smoothing,
            reduction="sum",
        )
        total = total + options.type_weight * by_type / len(batch.kinds)
    by_token = binary_cross_entropy_with_logits(
        values, batch.values, weight=batch.value_weights, reduction="sum"
    )
    return total + options.value_weight * by_token / batch.value_weights.sum().clamp(min=1)


@torch.no_grad()
def _average(averaged: MentionNetwork, network: MentionNetwork, decay: float) -> None:
    """Nothing; `averaged` moves a little towards `network`."""
    for kept, new in zip(averaged.parameters(), network.parameters(), strict=True):
        if new.requires_grad:
            kept.lerp_(new, 1.0 - decay)
