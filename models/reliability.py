"""Whether confidence can be believed: calibration and precision by band, as pure functions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from models.evaluation import JudgedSentence


def judge_confidence(judged: Sequence[JudgedSentence]) -> list[tuple[float, bool]]:
    """For each mention its confidence and whether its kind and type are right."""
    return [
        (
            mention.confidence,
            any(x.kind is mention.kind and x.type == mention.type for x in sentence.gold.labels),
        )
        for sentence in judged
        for mention in sentence.mentions
    ]


def expected_calibration_error(pairs: Sequence[tuple[float, bool]], n_bands: int = 10) -> float:
    """Mean gap between confidence and precision over bands, weighted by size (Naeini 2015)."""
    bands = precision_by_band(pairs, n_bands)
    return sum(n * abs(mean - right) for _, n, mean, right in bands) / max(1, len(pairs))


def precision_by_band(
    pairs: Sequence[tuple[float, bool]], n_bands: int = 10
) -> list[tuple[float, int, float, float]]:
    """For each band that is not empty: its lower bound, count, mean confidence and precision."""
    bands: dict[int, list[tuple[float, bool]]] = defaultdict(list)
    for confidence, is_right in pairs:
        bands[min(n_bands - 1, int(confidence * n_bands))].append((confidence, is_right))
    return [
        (
            band / n_bands,
            len(held),
            sum(confidence for confidence, _ in held) / len(held),
            sum(is_right for _, is_right in held) / len(held),
        )
        for band, held in sorted(bands.items())
    ]


def precision_from(pairs: Sequence[tuple[float, bool]], confidence: float) -> tuple[int, float]:
    """How many mentions are at least this confident, and the share of them that is right."""
    held = [is_right for given, is_right in pairs if given >= confidence]
    return len(held), sum(held) / len(held) if held else 0.0
