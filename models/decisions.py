"""From logits to calibrated probabilities, and from those to what is said and what is left out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.vocabulary import MentionKind

N_DETECTION_FEATURES = 4
N_TYPE_FEATURES = 5


@dataclass(frozen=True, slots=True)
class Blend:
    """A logistic regression over a few logits."""

    weights: tuple[float, ...]
    bias: float

    def probability(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Probabilities `(…,)` of features `(…, n)`."""
        logits = features @ np.array(self.weights, dtype=np.float32) + self.bias
        result: NDArray[np.float32] = 1.0 / (1.0 + np.exp(-np.clip(logits, -30, 30)))
        return result


@dataclass(frozen=True, slots=True)
class KindDecision:
    """How mentions of one kind are decided.

    A sentence has a mention when `detection` reaches `threshold`: then its likeliest type is
    given, and every other type whose probability reaches `further_threshold`.
    """

    detection: Blend
    threshold: float
    typing: Blend
    further_threshold: float


@dataclass(frozen=True, slots=True)
class TypedProbability:
    """One mention that a sentence has: its type's place among the kind's types."""

    place: int
    probability: float


@dataclass(frozen=True)
class LabelLayout:
    """Where each kind's logits stand: `types` in `kind/type` order, then the kinds."""

    labels: tuple[str, ...]

    def type_places(self, kind: MentionKind) -> list[int]:
        """The places of the kind's types."""
        return [i for i, label in enumerate(self.labels) if label.startswith(f"{kind}/")]

    def kind_place(self, kind: MentionKind) -> int:
        """The place of the kind itself."""
        return self.labels.index(str(kind))


def detection_features(
    network: NDArray[np.float32], terms: NDArray[np.float32], layout: LabelLayout, kind: MentionKind
) -> NDArray[np.float32]:
    """What tells whether the kind is there: `(n, 4)` from logits `(n, n_labels)` of two models."""
    place, types = layout.kind_place(kind), layout.type_places(kind)
    columns = [
        network[:, place],
        network[:, types].max(axis=1),
        terms[:, place],
        terms[:, types].max(axis=1),
    ]
    return np.stack(columns, axis=1).astype(np.float32)


def type_features(
    network: NDArray[np.float32], terms: NDArray[np.float32], layout: LabelLayout, kind: MentionKind
) -> NDArray[np.float32]:
    """What tells whether each type is there: `(n, n_types, 5)`."""
    place, types = layout.kind_place(kind), layout.type_places(kind)
    own = network[:, types]
    columns = [
        own,
        np.repeat(network[:, [place]], len(types), axis=1),
        terms[:, types],
        np.repeat(terms[:, [place]], len(types), axis=1),
        own - _largest_other(own),
    ]
    return np.stack(columns, axis=2).astype(np.float32)


def _largest_other(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """For each number of a row the largest of the others, `(n, d)`."""
    ordered = np.sort(values, axis=1)
    top, second = ordered[:, [-1]], ordered[:, [-2]]
    return np.where(values == top, second, top)


def decide(
    decision: KindDecision,
    detection: NDArray[np.float32],
    typing: NDArray[np.float32],
) -> list[list[TypedProbability]]:
    """For each sentence the mentions of this kind, from its features (see above)."""
    is_there = decision.detection.probability(detection) >= decision.threshold
    probabilities = decision.typing.probability(typing)
    return [
        _choose(row, decision.further_threshold) if there else []
        for row, there in zip(probabilities, is_there, strict=True)
    ]


def _choose(row: NDArray[np.float32], threshold: float) -> list[TypedProbability]:
    """The likeliest type and the others that are likely enough, likeliest first."""
    order = np.argsort(-row, kind="stable")
    return [
        TypedProbability(int(i), float(row[i]))
        for rank, i in enumerate(order)
        if rank == 0 or row[i] >= threshold
    ]


def load_decisions(path: Path) -> tuple[LabelLayout, dict[MentionKind, KindDecision], float]:
    """The layout of the logits, the decision of each kind, and the gate's threshold."""
    document = json.loads(path.read_text(encoding="utf-8"))
    decisions = {
        MentionKind(kind): _read_decision(entry) for kind, entry in document["kinds"].items()
    }
    return LabelLayout(tuple(document["labels"])), decisions, float(document["gate_threshold"])


def save_decisions(
    path: Path,
    *,
    labels: Sequence[str],
    decisions: Mapping[MentionKind, KindDecision],
    gate_threshold: float,
) -> None:
    """Nothing; writes what `load_decisions` reads."""
    document = {
        "labels": list(labels),
        "gate_threshold": round(gate_threshold, 4),
        "kinds": {str(kind): _write_decision(entry) for kind, entry in decisions.items()},
    }
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def _read_decision(entry: Mapping[str, Any]) -> KindDecision:
    """One kind's decision from its JSON."""
    return KindDecision(
        detection=Blend(tuple(entry["detection"]), entry["detection_bias"]),
        threshold=entry["threshold"],
        typing=Blend(tuple(entry["typing"]), entry["typing_bias"]),
        further_threshold=entry["further_threshold"],
    )


def _write_decision(entry: KindDecision) -> dict[str, Any]:
    """One kind's decision as JSON."""
    return {
        "detection": [round(weight, 5) for weight in entry.detection.weights],
        "detection_bias": round(entry.detection.bias, 5),
        "threshold": round(entry.threshold, 4),
        "typing": [round(weight, 5) for weight in entry.typing.weights],
        "typing_bias": round(entry.typing.bias, 5),
        "further_threshold": round(entry.further_threshold, 4),
    }
