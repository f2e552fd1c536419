"""From logits to calibrated confidence, and from that to what is said, asked or left out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.vocabulary import MentionKind


@dataclass(frozen=True, slots=True)
class Blend:
    """A logistic regression over a few numbers."""

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

    A sentence has a mention when `detection` of the kind's logit reaches `threshold`: its likeliest
    type, and every other type whose share reaches `further_threshold`. From `floor` on it may have
    one: that is for people to say. `typing` of the kind's logit and the log of the type's share is
    the mention's confidence.
    """

    detection: Blend
    threshold: float
    floor: float
    typing: Blend
    further_threshold: float


@dataclass(frozen=True, slots=True)
class TypedProbability:
    """One mention that a sentence has, or may have: its type's place among the kind's types."""

    place: int
    probability: float
    is_sure: bool


@dataclass(frozen=True)
class LabelLayout:
    """The order of the network's outputs: `types` as `kind/type`, those of a kind together."""

    types: tuple[str, ...]

    @cached_property
    def kinds(self) -> tuple[MentionKind, ...]:
        """The kinds, in the order of their types."""
        return tuple(MentionKind(k) for k in dict.fromkeys(t.split("/")[0] for t in self.types))

    @cached_property
    def _names(self) -> Mapping[MentionKind, tuple[str, ...]]:
        pairs = [label.split("/") for label in self.types]
        return {kind: tuple(name for own, name in pairs if own == kind) for kind in self.kinds}

    def places(self, kind: MentionKind) -> slice:
        """Where the kind's types stand."""
        first = self.types.index(f"{kind}/{self._names[kind][0]}")
        return slice(first, first + len(self._names[kind]))

    def names(self, kind: MentionKind) -> tuple[str, ...]:
        """The kind's types, without the kind."""
        return self._names[kind]


def share_types(types: NDArray[np.float32]) -> NDArray[np.float32]:
    """The share of each type among its kind's, `(n, n_types)`, from their logits (softmax)."""
    raised = np.exp(types - types.max(axis=-1, keepdims=True))
    result: NDArray[np.float32] = raised / raised.sum(axis=-1, keepdims=True)
    return result


def typing_features(kind: NDArray[np.float32], shares: NDArray[np.float32]) -> NDArray[np.float32]:
    """What tells whether each type is there: `(n, n_types, 2)` of `(n,)` and `(n, n_types)`."""
    logs = np.log(np.clip(shares, 1e-6, 1.0))
    return np.stack([np.broadcast_to(kind[:, None], logs.shape), logs], axis=2).astype(np.float32)


def decide(
    decision: KindDecision, kind: NDArray[np.float32], types: NDArray[np.float32]
) -> list[list[TypedProbability]]:
    """For each sentence the mentions of this kind, from logits `(n,)` and `(n, n_types)`."""
    there = decision.detection.probability(kind[:, None])
    shares = share_types(types)
    confidences = decision.typing.probability(typing_features(kind, shares))
    return [
        _choose(decision, share, confidence, is_sure=bool(p >= decision.threshold))
        if p >= decision.floor
        else []
        for p, share, confidence in zip(there, shares, confidences, strict=True)
    ]


def _choose(
    decision: KindDecision,
    shares: NDArray[np.float32],
    confidences: NDArray[np.float32],
    *,
    is_sure: bool,
) -> list[TypedProbability]:
    """The likeliest type and the others that are likely enough, likeliest first."""
    order = np.argsort(-shares, kind="stable")
    return [
        TypedProbability(int(i), float(confidences[i]), is_sure)
        for rank, i in enumerate(order)
        if rank == 0 or shares[i] >= decision.further_threshold
    ]


@dataclass(frozen=True)
class Decisions:
    """All that is fitted on held-out families; `held_out` names those, `judged_on` the half of
    them that nothing was fitted on."""

    layout: LabelLayout
    kinds: Mapping[MentionKind, KindDecision]
    gate_threshold: float
    held_out: tuple[str, ...] = ()
    judged_on: tuple[str, ...] = ()


def load_decisions(path: Path) -> Decisions:
    """What `save_decisions` wrote."""
    document = json.loads(path.read_text(encoding="utf-8"))
    return Decisions(
        layout=LabelLayout(tuple(document["types"])),
        kinds={MentionKind(kind): _read(entry) for kind, entry in document["kinds"].items()},
        gate_threshold=float(document["gate_threshold"]),
        held_out=tuple(document["held_out"]),
        judged_on=tuple(document["judged_on"]),
    )


def save_decisions(path: Path, decisions: Decisions) -> None:
    """Nothing; writes them as JSON, numbers rounded to four places."""
    document = {
        "types": decisions.layout.types,
        "gate_threshold": round(decisions.gate_threshold, 4),
        "kinds": {str(kind): _write(entry) for kind, entry in decisions.kinds.items()},
        "held_out": decisions.held_out,
        "judged_on": decisions.judged_on,
    }
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def _read(entry: Mapping[str, Any]) -> KindDecision:
    """One kind's decision from its JSON."""
    return KindDecision(
        detection=_read_blend(entry["detection"]),
        threshold=entry["threshold"],
        floor=entry["floor"],
        typing=_read_blend(entry["typing"]),
        further_threshold=entry["further_threshold"],
    )


def _read_blend(numbers: Sequence[float]) -> Blend:
    """Weights, then the bias."""
    return Blend(tuple(numbers[:-1]), numbers[-1])


def _write(entry: KindDecision) -> dict[str, Any]:
    """One kind's decision as JSON."""
    return {
        "detection": _write_blend(entry.detection),
        "threshold": round(entry.threshold, 4),
        "floor": round(entry.floor, 4),
        "typing": _write_blend(entry.typing),
        "further_threshold": round(entry.further_threshold, 4),
    }


def _write_blend(blend: Blend) -> list[float]:
    """Weights, then the bias."""
    return [round(number, 4) for number in (*blend.weights, blend.bias)]
