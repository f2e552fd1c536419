"""The network that is fine-tuned: MiniLM over windows of a conversation, with heads for sentences.

A sentence is its marker's state beside the mean of its tokens'. Heads say which kinds it has, which
type of each kind, and which of its tokens belong to a trait's value.
Dropout stands before the sentence heads alone: inside the encoder drawing its random numbers takes
a third of a step on a CPU; words masked in the input (`batches.py`) do its work there.
"""

from __future__ import annotations

import json
import math
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.functional import gelu

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


class MentionNetwork(nn.Module):
    """Logits for the sentences in windows of token ids."""

    def __init__(self, n_kinds: int, n_types: int, n_traits: int, dropout: float) -> None:
        """New parameters; `load_minilm` gives the encoder its published ones."""
        super().__init__()
        self.words = nn.Embedding(VOCABULARY, HIDDEN)
        self.positions = nn.Embedding(POSITIONS, HIDDEN)
        self.segments = nn.Embedding(2, HIDDEN)
        self.norm = nn.LayerNorm(HIDDEN, eps=EPSILON)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        self.dropout = nn.Dropout(dropout)
        self.kinds = nn.Linear(2 * HIDDEN, n_kinds)
        self.types = nn.Linear(2 * HIDDEN, n_types)
        self.values = nn.Linear(HIDDEN, n_traits)

    @property
    def heads(self) -> tuple[nn.Linear, ...]:
        """The parts that are not MiniLM's."""
        return self.kinds, self.types, self.values

    def forward(
        self, ids: Tensor, mask: Tensor, markers: Tensor, spread: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Logits of kinds `(s, n_kinds)`, of types `(s, n_types)`, of value tokens.

        Args:
            ids: `(n, t)`.
            mask: `(n, t)`, true where there is a token.
            markers: `(s,)`, place of each sentence's marker among the `n * t` tokens.
            spread: `(s, n * t)`, each row the weights of a sentence's tokens in its mean.
        """
        states = self.encode(ids, mask).reshape(-1, HIDDEN).float()
        pooled = self.dropout(torch.cat([states[markers], spread @ states], dim=-1))
        return self.kinds(pooled), self.types(pooled), self.values(states)

    def encode(self, ids: Tensor, mask: Tensor) -> Tensor:
        """The last layer's states, `(n, t, 384)`."""
        places = torch.arange(ids.shape[1], device=ids.device)
        x: Tensor = self.norm(self.words(ids) + self.positions(places) + self.segments.weight[0])
        seen = mask.bool().unsqueeze(1).unsqueeze(1)
        for layer in self.layers:
            x = layer(x, seen)
        return x


def load_minilm(network: MentionNetwork, path: Path) -> None:
    """Nothing; the encoder's weights of the safetensors file `path` stand in `network`."""
    tensors = _read_safetensors(path)
    state = {ours: tensors[theirs] for theirs, ours in published_names().items()}
    missing, unexpected = network.load_state_dict(state, strict=False)
    if unexpected or {name.split(".")[0] for name in missing} != {"kinds", "types", "values"}:
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
