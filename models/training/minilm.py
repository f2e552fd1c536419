"""MiniLM as the encoder of the network that ships."""

from __future__ import annotations

import math
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn.functional import gelu

from models.decisions import LabelLayout
from models.training.network import MentionNetwork

HIDDEN, LAYERS, HEADS, INNER, EPSILON = 384, 6, 12, 1536, 1e-12
VOCABULARY, POSITIONS = 30522, 512


class Attention(nn.Module):
    """Multi-head self-attention with its residual."""

    def __init__(self) -> None:
        """New parameters."""
        super().__init__()
        self.query = nn.Linear(HIDDEN, HIDDEN)
        self.key = nn.Linear(HIDDEN, HIDDEN)
        self.value = nn.Linear(HIDDEN, HIDDEN)
        self.dense = nn.Linear(HIDDEN, HIDDEN)
        self.norm = nn.LayerNorm(HIDDEN, eps=EPSILON)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """States `(n, t, 384)` after attending to where `mask` `(n, 1, 1, t)` is true."""
        n, t = x.shape[0], x.shape[1]

        def heads(y: Tensor) -> Tensor:
            return y.view(n, t, HEADS, HIDDEN // HEADS).transpose(1, 2)

        query, key, value = heads(self.query(x)), heads(self.key(x)), heads(self.value(x))
        scores = query @ key.transpose(-1, -2) / math.sqrt(HIDDEN // HEADS)
        mixed = scores.masked_fill(~mask, -10000.0).softmax(-1) @ value
        result: Tensor = self.norm(x + self.dense(mixed.transpose(1, 2).reshape(n, t, HIDDEN)))
        return result


class Layer(nn.Module):
    """One transformer layer."""

    def __init__(self) -> None:
        """New parameters."""
        super().__init__()
        self.attention = Attention()
        self.inner = nn.Linear(HIDDEN, INNER)
        self.outer = nn.Linear(INNER, HIDDEN)
        self.norm = nn.LayerNorm(HIDDEN, eps=EPSILON)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """States `(n, t, 384)` one layer up."""
        x = self.attention(x, mask)
        result: Tensor = self.norm(x + self.outer(gelu(self.inner(x))))
        return result


class MiniLM(MentionNetwork):
    """All-MiniLM-L6-v2 (Apache-2.0)."""

    width = HIDDEN

    def __init__(self, layout: LabelLayout, dropout: float, weights: Path) -> None:
        """The published parameters of the safetensors file `weights`, and new heads.

        Raises:
            ValueError: the file holds something else.
        """
        super().__init__()
        self.words = nn.Embedding(VOCABULARY, HIDDEN)
        self.positions = nn.Embedding(POSITIONS, HIDDEN)
        self.segments = nn.Embedding(2, HIDDEN)
        self.norm = nn.LayerNorm(HIDDEN, eps=EPSILON)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        self.add_heads(layout, dropout)
        published = load_file(weights)
        state = {ours: published[theirs] for theirs, ours in published_names().items()}
        self.load_encoder(state, weights)
        for part in (self.words, self.positions, self.segments):
            part.requires_grad_(False)

    def encode(self, ids: Tensor, mask: Tensor) -> Tensor:
        """The last layer's states, `(n, t, 384)`."""
        places = torch.arange(ids.shape[1], device=ids.device)
        x: Tensor = self.norm(self.words(ids) + self.positions(places) + self.segments.weight[0])
        seen = mask.bool().unsqueeze(1).unsqueeze(1)
        for layer in self.layers:
            x = layer(x, seen)
        return x


def published_names() -> dict[str, str]:
    """Our name of each parameter by its name in the published file."""
    names = {
        "embeddings.word_embeddings.weight": "words.weight",
        "embeddings.position_embeddings.weight": "positions.weight",
        "embeddings.token_type_embeddings.weight": "segments.weight",
    }
    pairs = {"embeddings.LayerNorm": "norm"}
    for i in range(LAYERS):
        theirs, ours = f"encoder.layer.{i}", f"layers.{i}"
        for part in ("query", "key", "value"):
            pairs[f"{theirs}.attention.self.{part}"] = f"{ours}.attention.{part}"
        pairs[f"{theirs}.attention.output.dense"] = f"{ours}.attention.dense"
        pairs[f"{theirs}.attention.output.LayerNorm"] = f"{ours}.attention.norm"
        pairs[f"{theirs}.intermediate.dense"] = f"{ours}.inner"
        pairs[f"{theirs}.output.dense"] = f"{ours}.outer"
        pairs[f"{theirs}.output.LayerNorm"] = f"{ours}.norm"
    for theirs, ours in pairs.items():
        for end in ("weight", "bias"):
            names[f"{theirs}.{end}"] = f"{ours}.{end}"
    return names
