"""MPNet as the encoder of the teacher: twice as wide and deep as MiniLM, eight times the cost.

It reads MiniLM's token ids: both vocabularies hold the same words in another order, so teacher and
pupil see the same tokens. Attention knows places by learnt biases of their distance, in buckets
that widen as in T5 (Raffel et al. 2020, section 2.1).
"""

from __future__ import annotations

import hashlib
import math
from pathlib import Path

import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn.functional import gelu, scaled_dot_product_attention

from core.errors import UnreadableFile
from models.decisions import LabelLayout
from models.training.network import MentionNetwork

HIDDEN, LAYERS, HEADS, INNER, EPSILON = 768, 12, 12, 3072, 1e-5
VOCABULARY, POSITIONS, FIRST_POSITION = 30527, 514, 2
BUCKETS, FARTHEST = 32, 128
WEIGHTS_SHA256 = "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658"
SPECIAL = {"[CLS]": "<s>", "[SEP]": "</s>", "[PAD]": "<pad>", "[MASK]": "<mask>"}


class Layer(nn.Module):
    """One transformer layer."""

    def __init__(self) -> None:
        """New parameters."""
        super().__init__()
        self.heads = nn.Linear(HIDDEN, 3 * HIDDEN)
        self.dense = nn.Linear(HIDDEN, HIDDEN)
        self.attention_norm = nn.LayerNorm(HIDDEN, eps=EPSILON)
        self.inner = nn.Linear(HIDDEN, INNER)
        self.outer = nn.Linear(INNER, HIDDEN)
        self.norm = nn.LayerNorm(HIDDEN, eps=EPSILON)

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        """States `(n, t, 768)` one layer up; `bias` `(n, heads, t, t)` is added to attention."""
        n, t = x.shape[0], x.shape[1]
        parts = self.heads(x).view(n, t, 3, HEADS, HIDDEN // HEADS).permute(2, 0, 3, 1, 4)
        query, key, value = parts.unbind(0)
        mixed = scaled_dot_product_attention(query, key, value, attn_mask=bias.to(query.dtype))
        x = self.attention_norm(x + self.dense(mixed.transpose(1, 2).reshape(n, t, HIDDEN)))
        result: Tensor = self.norm(x + self.outer(gelu(self.inner(x))))
        return result


class MPNet(MentionNetwork):
    """All-mpnet-base-v2 (Apache-2.0)."""

    width = HIDDEN

    def __init__(
        self, layout: LabelLayout, dropout: float, folder: Path, tokenizer: Tokenizer
    ) -> None:
        """The published parameters in `folder`, and new heads; ids are those of `tokenizer`.

        Raises:
            UnreadableFile: the folder holds another model.
        """
        super().__init__()
        self.words = nn.Embedding(VOCABULARY, HIDDEN)
        self.positions = nn.Embedding(POSITIONS, HIDDEN)
        self.norm = nn.LayerNorm(HIDDEN, eps=EPSILON)
        self.distances = nn.Embedding(BUCKETS, HEADS)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        self.add_heads(layout, dropout)
        self._load(folder / "model.safetensors")
        self.own_ids = _match_vocabularies(tokenizer, folder / "tokenizer.json")
        for part in (self.words, self.positions):
            part.requires_grad_(False)

    def encode(self, ids: Tensor, mask: Tensor) -> Tensor:
        """The last layer's states, `(n, t, 768)`."""
        t = ids.shape[1]
        places = torch.arange(t) + FIRST_POSITION
        x: Tensor = self.norm(self.words(self.own_ids[ids]) + self.positions(places))
        near = self.distances(find_buckets(t)).permute(2, 0, 1)[None]
        bias = near + torch.where(mask, 0.0, -10000.0)[:, None, None, :]
        for layer in self.layers:
            x = layer(x, bias)
        return x

    def _load(self, path: Path) -> None:
        """Nothing; the encoder has the parameters in `path`."""
        if hashlib.sha256(path.read_bytes()).hexdigest() != WEIGHTS_SHA256:
            raise UnreadableFile("not the published weights of all-mpnet-base-v2", path=str(path))
        published = load_file(path)
        state = {
            "words.weight": published["embeddings.word_embeddings.weight"],
            "positions.weight": published["embeddings.position_embeddings.weight"],
            "distances.weight": published["encoder.relative_attention_bias.weight"],
        }
        for end in ("weight", "bias"):
            state[f"norm.{end}"] = published[f"embeddings.LayerNorm.{end}"]
            for i in range(LAYERS):
                theirs, ours = f"encoder.layer.{i}", f"layers.{i}"
                parts = [published[f"{theirs}.attention.attn.{part}.{end}"] for part in "qkv"]
                state[f"{ours}.heads.{end}"] = torch.cat(parts)
                for own, name in (
                    ("dense", "attention.attn.o"),
                    ("attention_norm", "attention.LayerNorm"),
                    ("inner", "intermediate.dense"),
                    ("outer", "output.dense"),
                    ("norm", "output.LayerNorm"),
                ):
                    state[f"{ours}.{own}.{end}"] = published[f"{theirs}.{name}.{end}"]
        self.load_encoder(state, path)


def find_buckets(n_tokens: int) -> Tensor:
    """The bucket of the distance from each place to each, `(t, t)`: one a step, then wider."""
    places = torch.arange(n_tokens)
    ahead = places[None, :] - places[:, None]
    half = BUCKETS // 2
    exact = half // 2
    far = ahead.abs()
    growth = torch.log(far.clamp(min=1) / exact) / math.log(FARTHEST / exact)
    wide = (exact + (growth * (half - exact)).long()).clamp(max=half - 1)
    return torch.where(far < exact, far, wide) + half * (ahead > 0)


def _match_vocabularies(tokenizer: Tokenizer, path: Path) -> Tensor:
    """The id in the tokenizer file `path` of each id of `tokenizer`."""
    own = Tokenizer.from_file(str(path)).get_vocab()
    words = sorted(tokenizer.get_vocab().items(), key=lambda pair: pair[1])
    return torch.tensor([own[SPECIAL.get(word, word)] for word, _ in words])
