"""The trained network as files that run without torch: an ONNX encoder and its heads."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from models.training.encoder import build_model
from models.training.network import MentionNetwork, published_names


def build_encoder(network: MentionNetwork) -> bytes:
    """The network without its heads: token ids `(b, t)` to states `(b, t, 384)`, 8-bit."""
    state = network.state_dict()
    weights = {theirs: state[ours].numpy() for theirs, ours in published_names().items()}
    content: bytes = build_model(weights).SerializeToString()
    return content


def save_heads(network: MentionNetwork, path: Path) -> None:
    """Nothing; writes the weights of the sentence heads side by side, and of the value head."""
    heads = (network.kinds, network.types)
    np.savez(
        path,
        sentence_weight=np.concatenate([h.weight.detach().numpy() for h in heads]).T.copy(),
        sentence_bias=np.concatenate([h.bias.detach().numpy() for h in heads]),
        value_weight=network.values.weight.detach().numpy().T.copy(),
        value_bias=network.values.bias.detach().numpy(),
    )
