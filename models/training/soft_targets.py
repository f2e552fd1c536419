"""What the teacher holds probable of the corpus's sentences, kept as a file (Hinton et al. 2015).

`teacher.py` writes it, training reads it. A sentence is found by its conversation, place and text:
one that was edited or is new has none, and is learnt from its labels alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

SOFT_TARGETS = Path(__file__).with_name("soft_targets.npz")
STEPS = 255  # probabilities are kept as bytes


@dataclass(frozen=True, slots=True)
class SoftTargets:
    """Rows by sentence: probabilities of the kinds, then of each kind's types given the kind."""

    rows: Mapping[int, NDArray[np.uint8]]

    def find(self, conversation: str, place: int, text: str) -> tuple[float, ...] | None:
        """The row of a sentence; None where the teacher has not read it."""
        row = self.rows.get(make_key(conversation, place, text))
        return None if row is None else tuple((row / STEPS).tolist())


NO_TARGETS = SoftTargets({})


def make_key(conversation: str, place: int, text: str) -> int:
    """The key of the sentence at `place` (from 0) of the conversation with this id."""
    content = f"{conversation}\n{place}\n{text}".encode()
    return int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "big")


def load_soft_targets(path: Path = SOFT_TARGETS) -> SoftTargets:
    """The rows in `path`."""
    with np.load(path) as content:
        return SoftTargets(dict(zip(content["keys"].tolist(), content["rows"], strict=True)))


def save_soft_targets(rows: Mapping[int, NDArray[np.float32]], path: Path = SOFT_TARGETS) -> None:
    """Nothing; writes rows of probabilities to `path`, in the order of their keys."""
    keys = sorted(rows)
    table = np.stack([np.rint(rows[key] * STEPS).astype(np.uint8) for key in keys])
    np.savez_compressed(path, keys=np.array(keys, dtype=np.uint64), rows=table)
