"""Rebuilds every artifact of extraction from the corpus: `python -m models.training.train`.

1. Families are split. The network and the gate learn from most of them.
2. Confidence and thresholds are fitted on one half of the held-out families.
3. The figures on the model card are of the other half: nothing judged was seen in any way.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from models.classifier import Passage, SentenceClassifier
from models.classifier_terms import TermClassifier, gate_terms
from models.corpus import LabelledConversation, load_corpus
from models.decisions import Decisions, LabelLayout, save_decisions
from models.extraction import ARTIFACTS, Extractor
from models.features import find_candidates
from models.taxonomy import Taxonomy, load_taxonomy
from models.training.calibration import find_gate_threshold, fit_decision
from models.training.card import write_card
from models.training.encoder import find_source, write_artifacts
from models.training.examples import Example, Talk, make_talk
from models.training.export import build_encoder, save_heads
from models.training.fit import fit_network
from models.training.held_out import judge_extractor
from models.training.minilm import MiniLM
from models.training.options import TrainingOptions, load_options
from models.training.soft_targets import NO_TARGETS, SoftTargets, load_soft_targets
from models.training.terms import fit_gate
from models.windows import load_tokenizer


def train(directory: Path = ARTIFACTS, corrections: Sequence[LabelledConversation] = ()) -> None:
    """Nothing; writes the trained files and the model card to `directory`.

    Args:
        directory: where the files go.
        corrections: what reviewers said, learnt beside the corpus.
    """
    options, conversations = load_options(), load_corpus()
    seen, fitted_on, judged_on = split_families(conversations, options)
    if not (directory / "encoder_tokenizer.json").exists():
        write_artifacts(find_source(), directory)
    fit_models([*seen, *corrections], directory, options, load_soft_targets())
    decisions = replace(
        fit_decisions(fitted_on, directory),
        held_out=_families(fitted_on + judged_on),
        judged_on=_families(judged_on),
    )
    save_decisions(directory / "mentions.json", decisions)
    write_card(
        directory,
        conversations=conversations,
        held_out=judged_on,
        judged=judge_extractor(Extractor.load(directory), judged_on),
    )


def _families(conversations: Iterable[LabelledConversation]) -> tuple[str, ...]:
    """Their families, sorted."""
    return tuple(sorted({conversation.family for conversation in conversations}))


def split_families(
    conversations: Iterable[LabelledConversation], options: TrainingOptions
) -> tuple[list[LabelledConversation], list[LabelledConversation], list[LabelledConversation]]:
    """The conversations to learn from, to fit thresholds on, and to judge by."""
    seen, fitted_on, judged_on = [], [], []
    for conversation in conversations:
        place = _draw(conversation.family)
        if place >= options.held_out_share:
            seen.append(conversation)
        elif place >= options.held_out_share / 2:
            fitted_on.append(conversation)
        else:
            judged_on.append(conversation)
    return seen, fitted_on, judged_on


def _draw(family: str) -> float:
    """A number from 0 to 1 that is the family's for good, however the corpus grows."""
    return int.from_bytes(hashlib.sha256(family.encode()).digest()[:4], "big") / 2**32


def make_layout(taxonomy: Taxonomy) -> LabelLayout:
    """Every type of the taxonomy."""
    return LabelLayout(tuple(entry.key for entry in taxonomy.types))


def fit_models(
    conversations: Sequence[LabelledConversation],
    directory: Path,
    options: TrainingOptions,
    soft_targets: SoftTargets = NO_TARGETS,
) -> None:
    """Nothing; writes network and gate learnt from these to `directory`."""
    talks = [make_talk(conversation, soft_targets) for conversation in conversations]
    candidates = [example for talk in talks for _, example in list_candidates(talk)]
    has_any = np.array([bool(example.labels) for example in candidates])
    texts = [example.text for example in candidates]
    fit_gate(texts, has_any, seed=options.seed).save(directory / "mentions_gate.npz")
    layout, weights = make_layout(load_taxonomy()), find_source() / "model.safetensors"
    network = fit_network(
        lambda: MiniLM(layout, options.dropout, weights),
        talks,
        tokenizer=load_tokenizer(directory / "encoder_tokenizer.json"),
        layout=layout,
        options=options,
        report=report,
    )
    (directory / "mentions.onnx").write_bytes(build_encoder(network))
    save_heads(network, directory / "mentions_heads.npz")


def list_candidates(talk: Talk) -> list[tuple[int, Example]]:
    """The judged sentences that the extractor would look at, with their places."""
    places = find_candidates([example.as_spoken() for example in talk.examples], talk.kind)
    return [(i, talk.examples[i]) for i in places if talk.examples[i].is_judged]


def fit_decisions(conversations: Sequence[LabelledConversation], directory: Path) -> Decisions:
    """Confidence and thresholds, fitted on conversations that the models have not seen."""
    layout = make_layout(load_taxonomy())
    talks = [make_talk(conversation) for conversation in conversations]
    candidates = [list_candidates(talk) for talk in talks]
    network = SentenceClassifier.load(directory)
    readings = [
        reading
        for talk, chosen in zip(talks, candidates, strict=True)
        for reading in network.read(
            Passage(talk.kind, [e.as_spoken() for e in talk.examples], [i for i, _ in chosen])
        )
    ]
    kinds = np.stack([reading.kinds for reading in readings])
    types = np.stack([reading.types for reading in readings])
    examples = [example for chosen in candidates for _, example in chosen]
    has = np.array([[label in example.labels for label in layout.types] for example in examples])
    gate = TermClassifier.load(directory / "mentions_gate.npz")
    passes = np.array([gate.score(gate_terms(example.text))[0] for example in examples])
    places = {kind: layout.places(kind) for kind in layout.kinds}
    thresholds = load_options().thresholds
    return Decisions(
        layout=layout,
        kinds={
            kind: fit_decision(kinds[:, i], types[:, own], has[:, own], thresholds[kind])
            for i, (kind, own) in enumerate(places.items())
        },
        gate_threshold=find_gate_threshold(passes, has),
    )


def report(line: str) -> None:
    """Nothing; progress goes to stderr."""
    sys.stderr.write(line + "\n")


if __name__ == "__main__":
    train()
