"""The network that is fine-tuned: MiniLM with heads for kinds, types and trait values.

Dropout stands before the label head alone: inside the encoder drawing its random numbers takes a
third of a step on a CPU; words masked in the input (`batches.py`) do its work there.
"""

from __future__ import annotations

import json
import math
from pathlib import Path

import torch
from torch import Tensor, nn

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

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        """States `(n, t, 384)` after attending; `bias` `(n, 1, 1, t)` is added to the scores."""
        n, t = x.shape[0], x.shape[1]

        def heads(y: Tensor) -> Tensor:
            return y.view(n, t, HEADS, HIDDEN // HEADS).transpose(1, 2)

        query, key, value = heads(self.query(x)), heads(self.key(x)), heads(self.value(x))
        scores = query @ key.transpose(-1, -2) / math.sqrt(HIDDEN // HEADS) + bias
        mixed = scores.softmax(-1) @ value
        joined = mixed.transpose(1, 2).reshape(n, t, HIDDEN)
        result: Tensor = self.norm(x + self.dense(joined))
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

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        """States `(n, t, 384)` one layer up."""
        x = self.attention(x, bias)
        inner = nn.functional.gelu(self.inner(x))
        result: Tensor = self.norm(x + self.outer(inner))
        return result


class MentionNetwork(nn.Module):
    """Logits for labels of the sentence and for the trait values among its tokens."""

    def __init__(self, n_labels: int, n_traits: int, dropout: float) -> None:
        """New parameters; `load_minilm` gives the encoder its published ones."""
        super().__init__()
        self.words = nn.Embedding(VOCABULARY, HIDDEN)
        self.positions = nn.Embedding(POSITIONS, HIDDEN)
        self.segments = nn.Embedding(2, HIDDEN)
        self.norm = nn.LayerNorm(HIDDEN, eps=EPSILON)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        self.dropout = nn.Dropout(dropout)
        self.labels = nn.Linear(3 * HIDDEN, n_labels)
        self.tokens = nn.Linear(HIDDEN, n_traits)

    def forward(self, ids: Tensor, mask: Tensor, segments: Tensor) -> tuple[Tensor, Tensor]:
        """Label logits `(n, n_labels)` and token logits `(n, t, n_traits)`."""
        states = self.encode(ids, mask, segments)
        pooled = self.pool(states, mask, segments)
        return self.labels(self.dropout(pooled)), self.tokens(states)

    def encode(self, ids: Tensor, mask: Tensor, segments: Tensor) -> Tensor:
        """The last layer's states, `(n, t, 384)`."""
        places = torch.arange(ids.shape[1], device=ids.device).unsqueeze(0)
        x: Tensor = self.norm(self.words(ids) + self.positions(places) + self.segments(segments))
        bias = (1.0 - mask.to(x.dtype)).unsqueeze(1).unsqueeze(1) * -10000.0
        for layer in self.layers:
            x = layer(x, bias)
        return x

    def pool(self, states: Tensor, mask: Tensor, segments: Tensor) -> Tensor:
        """First token, mean of the sentence and mean of the context side by side, `(n, 1152)`."""
        sentence = (mask * (1 - segments)).to(states.dtype).unsqueeze(-1)
        context = (mask * segments).to(states.dtype).unsqueeze(-1)
        return torch.cat([states[:, 0], _mean(states, sentence), _mean(states, context)], dim=-1)


def _mean(x: Tensor, weight: Tensor) -> Tensor:
    """The mean of the states where `weight` is 1, `(n, 384)`."""
    return (x * weight).sum(1) / weight.sum(1).clamp(min=1.0)


def load_minilm(network: MentionNetwork, path: Path) -> None:
    """Nothing; the encoder's weights of the safetensors file `path` stand in `network`."""
    tensors = _read_safetensors(path)
    state = {ours: tensors[theirs] for theirs, ours in published_names().items()}
    missing, unexpected = network.load_state_dict(state, strict=False)
    heads = {"labels.weight", "labels.bias", "tokens.weight", "tokens.bias"}
    if set(missing) != heads or unexpected:
        raise ValueError(f"{path}: not the weights of all-MiniLM-L6-v2")


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


def _read_safetensors(path: Path) -> dict[str, Tensor]:
    """The float32 tensors of a safetensors file by name."""
    content = bytearray(path.read_bytes())
    n_header = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + n_header])
    return {
        name: torch.frombuffer(
            content,
            dtype=torch.float32,
            offset=8 + n_header + entry["data_offsets"][0],
            count=math.prod(entry["shape"]),
        ).reshape(entry["shape"])
        for name, entry in header.items()
        if name != "__metadata__" and entry["dtype"] == "F32"
    }
