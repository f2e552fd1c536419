"""Trains the role model from the corpus: `python -m models.training.speakers [--evaluate]`.

Two sources: the labelled corpus, whose dialogues vary in product and register, and `roles/`, whose
dialogues are written for this purpose. Same text in, same weights out.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.special import logit
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from core.vocabulary import Role
from models.corpus import CORPUS_DIRECTORY, LabelledConversation, load_corpus
from models.role_model import ARTIFACTS, RoleModel, RoleWeights, save_weights
from models.sentences import split_sentences
from models.speaker_features import describe_gaps, make_vectorizer
from models.training.speaker_blocks import Block, Turns, join_both, read_turns

ROLES_DIRECTORY = Path(__file__).parent / "roles"
STRENGTH = 4.0  # inverse of the regularisation, by held-out families
GAP_STRENGTH = 1.0
N_FOLDS = 5


@dataclass(frozen=True)
class Dialogue:
    """The turns of one conversation, and their blocks: as written, and with long turns."""

    family: str
    register: str
    turns: Turns
    blocks: Sequence[Block]


def load_dialogues() -> list[Dialogue]:
    """The dialogues of both sources in which both sides speak."""
    conversations = [*load_corpus(CORPUS_DIRECTORY), *load_corpus(ROLES_DIRECTORY)]
    return list(_dialogues(conversations))


def _dialogues(conversations: Iterable[LabelledConversation]) -> Iterable[Dialogue]:
    """The conversations that two sides speak in; their place is the seed of what is drawn."""
    for seed, each in enumerate(conversations):
        turns = read_turns(each)
        if not each.is_note and len({is_rep for is_rep, _ in turns}) > 1:
            yield Dialogue(each.family, each.register, turns, join_both(turns, seed))


def train(dialogues: Sequence[Dialogue]) -> RoleWeights:
    """What a `RoleModel` is made of, learnt from the dialogues."""
    said = [
        (text[start:end], is_rep)
        for each in dialogues
        for is_rep, text in each.turns
        for start, end in split_sentences(text)
    ]
    vectorizer = make_vectorizer()
    rows = vectorizer.fit_transform([sentence for sentence, _ in said])
    voices = LogisticRegression(C=STRENGTH, class_weight="balanced", max_iter=1000).fit(
        rows, [is_rep for _, is_rep in said]
    )
    gaps, change_rate = _learn_gaps([block for each in dialogues for block in each.blocks])
    return RoleWeights(
        terms=tuple(vectorizer.get_feature_names_out().tolist()),
        idf=vectorizer.idf_,
        weights=voices.coef_[0],
        bias=float(voices.intercept_[0]),
        gap_weights=gaps.coef_[0],
        gap_bias=float(gaps.intercept_[0] - logit(change_rate)),
    )


def _learn_gaps(blocks: Sequence[Block]) -> tuple[LogisticRegression, float]:
    """What tells a change of speaker, and how often there is one in the blocks."""
    signs = np.vstack([describe_gaps(each.sentences) for each in blocks])
    changed = np.concatenate([each.changes() for each in blocks])
    return LogisticRegression(C=GAP_STRENGTH, max_iter=1000).fit(signs, changed), changed.mean()


def evaluate(dialogues: Sequence[Dialogue]) -> dict[str, dict[str, float]]:
    """Shares right on held-out families, by register and as the mean of the registers.

    `conversations`: both speakers told right; `joined` and `long_turns`: sentences of the blocks.
    """
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    folds = GroupKFold(N_FOLDS).split(dialogues, groups=[each.family for each in dialogues])
    for kept, held_out in folds:
        model = RoleModel(train([dialogues[i] for i in kept]))
        for each in (dialogues[i] for i in held_out):
            counts[each.register].update(_count_right(model, each))
    shares = {register: _shares(count) for register, count in sorted(counts.items())}
    names = ("conversations", "joined", "long_turns")
    mean = {name: float(np.mean([each[name] for each in shares.values()])) for name in names}
    return {"mean of registers": mean, **shares}


def _shares(counts: Counter[str]) -> dict[str, float]:
    """The shares right."""
    return {
        "conversations": counts["right"] / counts["n"],
        "joined": counts["joined"] / counts["sentences"],
        "long_turns": counts["long_turns"] / counts["sentences"],
    }


def _count_right(model: RoleModel, dialogue: Dialogue) -> Counter[str]:
    """What is right in one dialogue, and of how many."""
    said: dict[str, list[str]] = {Role.REP.value: [], Role.CUSTOMER.value: []}
    for is_rep, text in dialogue.turns:
        said[Role.REP if is_rep else Role.CUSTOMER].append(text)
    guessed = model.decide_speakers(said, {})
    joined, long_turns = (_count_right_sentences(model, block) for block in dialogue.blocks)
    return Counter(
        n=1,
        right=all(name == role.value for name, role in guessed.items()),
        sentences=len(dialogue.blocks[0].is_rep),
        joined=joined,
        long_turns=long_turns,
    )


def _count_right_sentences(model: RoleModel, block: Block) -> int:
    """How many of the speakers' sentences get their role from the block."""
    guessed = [role is Role.REP for role in model.decide_sentences(block.sentences)]
    return int((np.array(guessed)[block.places] == block.is_rep).sum())


def main() -> None:
    """Trains, writes the artifacts and, if asked, says how well held-out families come out."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--evaluate", action="store_true", help="cross-validate by family as well")
    dialogues = load_dialogues()
    save_weights(train(dialogues), ARTIFACTS)
    if parser.parse_args().evaluate:
        sys.stdout.write(json.dumps(evaluate(dialogues), indent=1) + "\n")


if __name__ == "__main__":
    main()
