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
from scipy.special import expit, logit, softmax

from core.vocabulary import Role
from models.speaker_features import describe_gaps, make_vectorizer

ARTIFACTS = Path(__file__).parent / "artifacts"
SHRINKAGE = 2.0
CHANGE_RATES = (0.15, 0.25, 0.35, 0.5, 0.65)  # of speaker, between two sentences


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
        """The likelier role of each sentence of one text, with turn-taking.

        How often the speakers change is not the same in a chat and in a demo. Each rate in
        `CHANGE_RATES` counts as much as it makes this text likely (a hidden Markov chain each).
        """
        if not sentences:
            return []
        says_rep = self.score(sentences)
        says_rep = says_rep - says_rep.mean()
        signs = describe_gaps(sentences) @ self._learnt.gap_weights + self._learnt.gap_bias
        chains = [weigh_roles(says_rep, signs + logit(rate)) for rate in CHANGE_RATES]
        likelihoods = softmax([likelihood for _, likelihood in chains])
        is_rep = sum(n * share for n, (share, _) in zip(likelihoods, chains, strict=True))
        return [Role.REP if share > 0.5 else Role.CUSTOMER for share in np.atleast_1d(is_rep)]

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


def weigh_roles(
    says_rep: NDArray[np.float64], changes: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float]:
    """How probably the rep says each sentence, shape `(n,)`, and the text's log-likelihood.

    Forward-backward over two states (Rabiner 1989), from log-odds of the rep `(n,)` and of a change
    of speaker `(n - 1,)`.
    """
    heard = np.stack([-np.logaddexp(0, says_rep), -np.logaddexp(0, -says_rep)], axis=1)
    change, stay = -np.logaddexp(0, -changes), -np.logaddexp(0, changes)
    steps = np.stack([np.stack([stay, change], 1), np.stack([change, stay], 1)], axis=1)
    forward, backward = heard.copy(), np.zeros_like(heard)
    for at, step in enumerate(steps, start=1):
        forward[at] += np.logaddexp.reduce(forward[at - 1][:, None] + step, axis=0)
    for at in range(len(steps) - 1, -1, -1):
        backward[at] = np.logaddexp.reduce(steps[at] + heard[at + 1] + backward[at + 1], axis=1)
    both = forward + backward
    return expit(both[:, 1] - both[:, 0]), float(np.logaddexp.reduce(forward[-1]))
