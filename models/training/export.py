"""The trained network as files that run without torch: an ONNX encoder and its heads."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.training.encoder import CONTRIB, Graph, build_model, to_int8
from models.training.minilm import EPSILON, MiniLM, published_names
from models.training.network import MentionNetwork


class WindowGraph(Graph):
    """A graph for windows that run alone, a third faster than one for batches.

    Activations are 8-bit on one scale a window: the scale depends on nothing but the window. The
    runtime's own fusion of sums with normalisation is several times slower than its parts, so the
    session must not make it (`models.classifier`).
    """

    def multiply(
        self, x: str, name: str, matrix: NDArray[np.float32], bias: str | None = None
    ) -> str:
        """`x` times the transposed `matrix` of shape (out, in), in 8-bit integers."""
        integers, scales = to_int8(matrix)
        inputs = [
            x,
            self.constant(f"{name}.int8", integers.T),
            self.constant(f"{name}.scale", scales),
            self.constant(f"{name}.zero", np.zeros(len(matrix), np.int8)),
            *([bias] if bias else []),
        ]
        return self.step("DynamicQuantizeMatMul", inputs, f"{name}.product", domain=CONTRIB)

    def project(self, x: str, residual: str, dense: str, norm: str) -> str:
        """Layer normalisation of `residual` and `x` through `dense` together."""
        bias = self.weight(f"{dense}.bias")
        product = self.multiply(x, dense, self.weights[f"{dense}.weight"], bias)
        total = self.step("Add", [product, residual], f"{norm}.in")
        norms = [self.weight(f"{norm}.{part}") for part in ("weight", "bias")]
        return self.step(
            "LayerNormalization", [total, *norms], f"{norm}.out", axis=-1, epsilon=EPSILON
        )


def build_encoder(network: MiniLM) -> bytes:
    """The network without its heads: token ids `(b, t)` to states `(b, t, 384)`, 8-bit."""
    state = network.state_dict()
    weights = {theirs: state[ours].numpy() for theirs, ours in published_names().items()}
    content: bytes = build_model(WindowGraph(weights)).SerializeToString()
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
