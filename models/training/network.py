"""A network over windows of a conversation, with heads for their sentences.

A sentence is its marker's state beside the mean of its tokens'. Heads say which kinds it has, which
type of each kind, and which of its tokens belong to a trait's value. The encoder below them is
MiniLM (`minilm.py`) in what ships and MPNet (`mpnet.py`) in its teacher.
Dropout stands before the sentence heads alone: inside the encoder drawing its random numbers takes
a third of a step on a CPU; words masked in the input (`batches.py`) do its work there.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from core.vocabulary import MentionKind
from models.decisions import LabelLayout


class MentionNetwork(nn.Module, ABC):
    """Logits for the sentences in windows of token ids; encoders make the states."""

    width: int

    def add_heads(self, layout: LabelLayout, dropout: float) -> None:
        """Nothing; new heads for the kinds and types of `layout` stand above the encoder."""
        self.dropout = nn.Dropout(dropout)
        self.kinds = nn.Linear(2 * self.width, len(layout.kinds))
        self.types = nn.Linear(2 * self.width, len(layout.types))
        self.values = nn.Linear(self.width, len(layout.names(MentionKind.PERSONA_TRAIT)))

    def load_encoder(self, state: Mapping[str, Tensor], source: Path) -> None:
        """Nothing; all parameters but the heads' are those in `state`.

        Raises:
            ValueError: `state`, which came from `source`, lacks some or has others.
        """
        missing, unexpected = self.load_state_dict(state, strict=False)
        if unexpected or {name.split(".")[0] for name in missing} != {"kinds", "types", "values"}:
            raise ValueError(f"{source}: not the weights of {type(self).__name__}")

    @property
    def heads(self) -> tuple[nn.Linear, ...]:
        """The parts that are not the encoder's."""
        return self.kinds, self.types, self.values

    def forward(
        self, ids: Tensor, mask: Tensor, markers: Tensor, spread: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Logits of kinds `(s, n_kinds)`, of types `(s, n_types)`, of value tokens.

        Args:
            ids: `(n, t)`, of MiniLM's vocabulary.
            mask: `(n, t)`, true where there is a token.
            markers: `(s,)`, place of each sentence's marker among the `n * t` tokens.
            spread: `(s, n * t)`, each row the weights of a sentence's tokens in its mean.
        """
        states = self.encode(ids, mask).reshape(-1, self.width).float()
        pooled = self.dropout(torch.cat([states[markers], spread @ states], dim=-1))
        return self.kinds(pooled), self.types(pooled), self.values(states)

    @abstractmethod
    def encode(self, ids: Tensor, mask: Tensor) -> Tensor:
        """The last layer's states, `(n, t, width)`."""
