"""Trains the role model from the corpus: `python -m models.training.speakers [--evaluate]`.

Two sources: the labelled corpus, whose dialogues vary in product and register, and `roles/`, whose
dialogues are written for this purpose and weigh more. Same text in, same weights out.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from core.vocabulary import Role
from models.corpus import CORPUS_DIRECTORY, LabelledConversation, load_corpus
from models.role_model import ARTIFACTS, RoleModel, RoleWeights, save_weights
from models.speaker_features import describe_gaps, make_vectorizer

ROLES_DIRECTORY = Path(__file__).parent / "roles"
ROLES_WEIGHT = 30.0
STRENGTH = 4.0  # inverse of the regularisation, by held-out families
GAP_STRENGTH = 1.0
CHANGE_RATE = 0.2  # written dialogues have shorter turns than real ones; in doubt, no change
N_FOLDS = 5


@dataclass(frozen=True, slots=True)
class Dialogue:
    """The sentences of one conversation: text, turn, whether the rep says it; and their weight."""

    family: str
    sentences: tuple[str, ...]
    turns: tuple[int, ...]
    is_rep: tuple[bool, ...]
    weight: float


def load_dialogues() -> list[Dialogue]:
    """The dialogues of both sources, notes left out."""
    return [
        *_dialogues(load_corpus(CORPUS_DIRECTORY), weight=1.0),
        *_dialogues(load_corpus(ROLES_DIRECTORY), weight=ROLES_WEIGHT),
    ]


def _dialogues(
    conversations: Iterable[LabelledConversation], *, weight: float
) -> Iterable[Dialogue]:
    """The conversations that two sides speak in."""
    for each in conversations:
        if not each.is_note and each.sentences:
            yield Dialogue(
                family=each.family,
                sentences=tuple(sentence.text for sentence in each.sentences),
                turns=tuple(sentence.turn for sentence in each.sentences),
                is_rep=tuple(sentence.role is Role.REP for sentence in each.sentences),
                weight=weight,
            )


def train(dialogues: Sequence[Dialogue]) -> RoleWeights:
    """What a `RoleModel` is made of, learnt from the dialogues."""
    vectorizer = make_vectorizer()
    rows = vectorizer.fit_transform([text for each in dialogues for text in each.sentences])
    voices = LogisticRegression(C=STRENGTH, class_weight="balanced", max_iter=1000).fit(
        rows,
        [is_rep for each in dialogues for is_rep in each.is_rep],
        sample_weight=_repeat_weights(dialogues),
    )
    signs, changed = _gaps(dialogues)
    gaps = LogisticRegression(C=GAP_STRENGTH, max_iter=1000).fit(signs, changed)
    return RoleWeights(
        terms=tuple(vectorizer.get_feature_names_out().tolist()),
        idf=vectorizer.idf_,
        weights=voices.coef_[0],
        bias=float(voices.intercept_[0]),
        gap_weights=gaps.coef_[0],
        gap_bias=float(gaps.intercept_[0] + logit(CHANGE_RATE) - logit(changed.mean())),
    )


def _repeat_weights(dialogues: Sequence[Dialogue]) -> NDArray[np.float64]:
    """The weight of every sentence."""
    return np.repeat(
        [each.weight for each in dialogues], [len(each.sentences) for each in dialogues]
    )


def _gaps(
    dialogues: Sequence[Dialogue],
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Signs and truth of a change of speaker at every gap between sentences."""
    signs = np.vstack([describe_gaps(each.sentences) for each in dialogues])
    changed = [a != b for each in dialogues for a, b in pairwise(each.turns)]
    return signs, np.array(changed, dtype=np.bool_)


def evaluate(dialogues: Sequence[Dialogue]) -> dict[str, float]:
    """Shares right on held-out families: sentences one by one, joined to a block, and speakers."""
    folds = GroupKFold(N_FOLDS).split(dialogues, groups=[each.family for each in dialogues])
    counts = np.zeros(4)
    for kept, held_out in folds:
        model = RoleModel(train([dialogues[i] for i in kept]))
        counts += sum(_count_right(model, dialogues[i]) for i in held_out)
    n_sentences, alone, joined, speakers = counts
    return {
        "sentences": alone / n_sentences,
        "joined": joined / n_sentences,
        "conversations": speakers / len(dialogues),
    }


def _count_right(model: RoleModel, dialogue: Dialogue) -> NDArray[np.float64]:
    """Sentences; right alone; right joined; 1 when both speakers are right."""
    truth = np.array(dialogue.is_rep)
    joined = [role is Role.REP for role in model.decide_sentences(dialogue.sentences)]
    said = {
        str(role): [
            text for text, is_rep in zip(dialogue.sentences, truth, strict=True) if is_rep == of
        ]
        for role, of in ((Role.REP, True), (Role.CUSTOMER, False))
    }
    guessed = model.decide_speakers(said, {})
    return np.array(
        [
            len(truth),
            ((model.score(dialogue.sentences) > 0) == truth).sum(),
            (np.array(joined) == truth).sum(),
            all(name == str(role) for name, role in guessed.items()),
        ],
        dtype=np.float64,
    )


def main() -> None:
    """Trains, writes the artifacts and, if asked, says how well held-out families come out."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--evaluate", action="store_true", help="cross-validate by family as well")
    dialogues = load_dialogues()
    save_weights(train(dialogues), ARTIFACTS)
    if parser.parse_args().evaluate:
        for name, share in evaluate(dialogues).items():
            sys.stdout.write(f"{name}: {share:.3f}\n")


if __name__ == "__main__":
    main()
