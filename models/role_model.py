"""The trained model that tells a rep's sentences from a customer's, without pickles.

Weights are in `artifacts/speakers.npz`, words in `artifacts/speakers.json`; both come from
`python -m models.training.speakers`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.vocabulary import Role
from models.speaker_features import describe_gaps, make_vectorizer

ARTIFACTS = Path(__file__).parent / "artifacts"
SHRINKAGE = 2.0
VOICE_SHARPNESS = 2.0  # strong regularisation keeps single sentences too near to 0


@dataclass(frozen=True)
class RoleWeights:
    """What is learnt: `terms`, their `idf` and `weights` of shape `(n_terms,)`, and for gaps."""

    terms: tuple[str, ...]
    idf: NDArray[np.float64]
    weights: NDArray[np.float64]
    bias: float
    gap_weights: NDArray[np.float64]
    gap_bias: float


def load_weights(folder: Path) -> RoleWeights:
    """The weights kept in `folder`."""
    terms = json.loads((folder / "speakers.json").read_text(encoding="utf-8"))["terms"]
    with np.load(folder / "speakers.npz", allow_pickle=False) as arrays:
        return RoleWeights(
            terms=tuple(terms),
            idf=arrays["idf"].astype(np.float64),
            weights=arrays["weights"].astype(np.float64),
            bias=float(arrays["bias"]),
            gap_weights=arrays["gap_weights"].astype(np.float64),
            gap_bias=float(arrays["gap_bias"]),
        )


def save_weights(learnt: RoleWeights, folder: Path) -> None:
    """Writes `speakers.json` and `speakers.npz`, numbers as 32-bit floats."""
    text = json.dumps({"terms": learnt.terms}, ensure_ascii=False, separators=(",", ":"))
    (folder / "speakers.json").write_text(text + "\n", encoding="utf-8")
    np.savez_compressed(
        folder / "speakers.npz",
        idf=learnt.idf.astype(np.float32),
        weights=learnt.weights.astype(np.float32),
        bias=np.float32(learnt.bias),
        gap_weights=learnt.gap_weights.astype(np.float32),
        gap_bias=np.float32(learnt.gap_bias),
    )


class RoleModel:
    """Sentences in, roles out.

    ===================================  =====================================================
    `RoleModel.load()`                   the model that ships with the package
    `.score(sentences)`                  log-odds that a rep says each, shape `(n,)`
    `.decide_speakers(said, known)`      the role of every speaker not known yet
    `.decide_sentences(sentences)`       a role for every sentence of one undiarised text
    ===================================  =====================================================
    """

    def __init__(self, weights: RoleWeights) -> None:
        self._vectorizer = make_vectorizer({term: at for at, term in enumerate(weights.terms)})
        self._vectorizer.idf_ = weights.idf
        self._learnt = weights

    @classmethod
    def load(cls, folder: Path = ARTIFACTS) -> RoleModel:
        """The model kept in `folder`."""
        return cls(load_weights(folder))

    def score(self, sentences: Sequence[str]) -> NDArray[np.float64]:
        """Log-odds that a rep says the sentence, shape `(n,)`, in order."""
        if not sentences:
            return np.zeros(0)
        scores = self._vectorizer.transform(sentences) @ self._learnt.weights + self._learnt.bias
        return np.asarray(scores, dtype=np.float64)

    def decide_speakers(
        self, said: Mapping[str, Sequence[str]], known: Mapping[str, Role]
    ) -> dict[str, Role]:
        """The roles of the speakers in `said` who are not in `known`.

        A call has both sides: where nobody is known to be the rep, the speaker who sounds most
        like one is; where nobody is known to be the customer, the one who sounds least like a rep.
        Others go to the side whose speakers they sound like.
        """
        sounds = {name: self._sounds_like_rep(texts) for name, texts in said.items() if texts}
        roles = {name: role for name, role in known.items() if name in said}
        open_names = sorted((name for name in sounds if name not in roles), key=sounds.__getitem__)
        if open_names and Role.REP not in roles.values() and len(sounds) > 1:
            roles[open_names.pop()] = Role.REP
        if open_names and Role.CUSTOMER not in roles.values() and len(sounds) > 1:
            roles[open_names.pop(0)] = Role.CUSTOMER
        middle = _middle(sounds, roles)
        for name in open_names:
            roles[name] = Role.REP if sounds[name] > middle else Role.CUSTOMER
        return {name: role for name, role in roles.items() if name not in known}

    def decide_sentences(self, sentences: Sequence[str]) -> list[Role]:
        """The likeliest roles of the sentences of one text, with turn-taking (Viterbi)."""
        if not sentences:
            return []
        says_rep = self.score(sentences)
        says_rep = VOICE_SHARPNESS * (says_rep - says_rep.mean())
        changes = describe_gaps(sentences) @ self._learnt.gap_weights + self._learnt.gap_bias
        return [Role.REP if is_rep else Role.CUSTOMER for is_rep in _best_path(says_rep, changes)]

    def _sounds_like_rep(self, sentences: Sequence[str]) -> float:
        """Mean log-odds over a speaker's sentences, drawn to 0 where there are few."""
        return float(self.score(sentences).sum() / (len(sentences) + SHRINKAGE))


def _middle(sounds: Mapping[str, float], roles: Mapping[str, Role]) -> float:
    """The point between the reps' and the customers' mean; 0 where one side has no voice."""
    means = [
        np.mean([sounds[name] for name in sounds if roles.get(name) is role] or [np.nan])
        for role in (Role.REP, Role.CUSTOMER)
    ]
    return 0.0 if np.isnan(means).any() else float(np.mean(means))


def _best_path(says_rep: NDArray[np.float64], changes: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which sentences are the rep's: the likeliest path."""
    emitted = np.stack([-np.logaddexp(0, says_rep), -np.logaddexp(0, -says_rep)], axis=1)
    change, stay = -np.logaddexp(0, -changes), -np.logaddexp(0, changes)
    best = emitted[0]
    came_from = np.empty((len(changes), 2), dtype=np.int64)
    for at in range(len(changes)):
        options = best[None, :] + np.array([[stay[at], change[at]], [change[at], stay[at]]])
        came_from[at] = options.argmax(axis=1)
        best = options.max(axis=1) + emitted[at + 1]
    path = [int(best.argmax())]
    for origin in came_from[::-1]:
        path.append(int(origin[path[-1]]))
    return np.array(path[::-1], dtype=np.bool_)
