"""Rebuilds every artifact of extraction from the corpus: `python -m models.training.train`.

1. Families are split; a network and the linear models learn from four fifths of them.
2. Blends and thresholds are fitted on the held-out fifth. The figures on the model card are of
   each half of it with what was fitted on the other half: nothing judged was seen in any way.
3. Network and linear models learn again from everything; the decisions of step 2 are kept.

Steps 1 and 3 run side by side in two processes, one thread each.
"""

from __future__ import annotations

import os
import random
import shutil
import sys
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from core.vocabulary import MentionKind
from models.classifier import SentenceClassifier
from models.classifier_input import load_tokenizer
from models.classifier_terms import TermClassifier, gate_terms, reading_terms
from models.corpus import LabelledConversation, load_corpus
from models.decisions import LabelLayout, save_decisions
from models.evaluation import JudgedSentence
from models.extraction import ARTIFACTS, Extractor
from models.taxonomy import Taxonomy, load_taxonomy
from models.training.batches import LabelSpace
from models.training.calibration import find_gate_threshold, fit_decision
from models.training.card import write_card
from models.training.encoder import find_source, write_artifacts
from models.training.examples import Example, list_examples, sample_rep_examples
from models.training.export import build_encoder, save_heads
from models.training.fit import fit_network
from models.training.held_out import judge_extractor
from models.training.options import TrainingOptions, load_options
from models.training.terms import fit_gate, fit_reading


def train(directory: Path = ARTIFACTS) -> None:
    """Nothing; writes the trained files and the model card to `directory`."""
    options = load_options()
    conversations = load_corpus()
    seen, held_out = split_families(conversations, options)
    if not (directory / "encoder_tokenizer.json").exists():
        write_artifacts(find_source(), directory)
    with tempfile.TemporaryDirectory() as name:
        rehearsal = Path(name)
        shutil.copy(directory / "encoder_tokenizer.json", rehearsal)
        _fit_both((seen, rehearsal), (conversations, directory))
        judged = judge_by_halves(held_out, rehearsal)
        fit_decisions(list_examples(held_out), rehearsal)
        shutil.copy(rehearsal / "mentions.json", directory)
    write_card(directory, conversations=conversations, held_out=held_out, judged=judged)


def judge_by_halves(
    held_out: Sequence[LabelledConversation], directory: Path
) -> list[JudgedSentence]:
    """Held-out sentences, judged with decisions fitted on the families of the other half."""
    families = sorted({conversation.family for conversation in held_out})
    first = set(families[::2])
    halves = (
        [conversation for conversation in held_out if conversation.family in first],
        [conversation for conversation in held_out if conversation.family not in first],
    )
    judged: list[JudgedSentence] = []
    for fitted_on, judged_on in (halves, halves[::-1]):
        fit_decisions(list_examples(fitted_on), directory)
        judged += judge_extractor(Extractor.load(directory), judged_on)
    return judged


def _fit_both(*jobs: tuple[Sequence[LabelledConversation], Path]) -> None:
    """Nothing; fits the models of each job in a process of its own."""
    os.environ["OMP_NUM_THREADS"] = str(load_options().threads)
    with ProcessPoolExecutor(len(jobs), mp_context=get_context("spawn")) as pool:
        for running in [pool.submit(fit_models, *job) for job in jobs]:
            running.result()


def split_families(
    conversations: Iterable[LabelledConversation], options: TrainingOptions
) -> tuple[list[LabelledConversation], list[LabelledConversation]]:
    """The conversations to learn from and those of held-out families."""
    conversations = list(conversations)
    families = sorted({conversation.family for conversation in conversations})
    random.Random(options.seed).shuffle(families)  # noqa: S311 (a split, no secret)
    held_out = set(families[: max(1, round(options.held_out_share * len(families)))])
    return (
        [conversation for conversation in conversations if conversation.family not in held_out],
        [conversation for conversation in conversations if conversation.family in held_out],
    )


def make_label_space(taxonomy: Taxonomy) -> LabelSpace:
    """Every type of the taxonomy, then every kind."""
    kinds = dict.fromkeys(str(entry.kind) for entry in taxonomy.types)
    traits = taxonomy.of_kind(MentionKind.PERSONA_TRAIT)
    return LabelSpace(
        labels=(*(entry.key for entry in taxonomy.types), *kinds),
        traits=tuple(entry.id for entry in traits),
    )


def fit_models(conversations: Sequence[LabelledConversation], directory: Path) -> None:
    """Nothing; writes network, linear model and gate learnt from these to `directory`."""
    options, space = load_options(), make_label_space(load_taxonomy())
    examples = list_examples(conversations)
    examples += sample_rep_examples(conversations, share=options.rep_share, seed=options.seed)
    targets = np.stack([space.targets(example.labels) for example in examples])
    fit_gate(examples, targets, seed=options.seed).save(directory / "mentions_gate.npz")
    fit_reading(examples, targets, seed=options.seed).save(directory / "mentions_terms.npz")
    network = fit_network(
        examples,
        tokenizer=load_tokenizer(directory / "encoder_tokenizer.json"),
        weights=find_source() / "model.safetensors",
        space=space,
        options=options,
        report=_report,
    )
    (directory / "mentions.onnx").write_bytes(build_encoder(network))
    save_heads(network, directory / "mentions_heads.npz")


def fit_decisions(examples: Sequence[Example], directory: Path) -> None:
    """Nothing; writes blends and thresholds fitted on examples that the models have not seen."""
    space = make_label_space(load_taxonomy())
    layout = LabelLayout(space.labels)
    targets = np.stack([space.targets(example.labels) for example in examples])
    gate = TermClassifier.load(directory / "mentions_gate.npz")
    passes = np.array([gate.score(gate_terms(example.text))[0] for example in examples])
    terms_model = TermClassifier.load(directory / "mentions_terms.npz")
    terms = np.stack([terms_model.score(reading_terms(e.text, e.context)) for e in examples])
    readings = SentenceClassifier.load(directory).read(
        [example.text for example in examples], [example.context for example in examples]
    )
    network = np.stack([reading.logits for reading in readings])
    save_decisions(
        directory / "mentions.json",
        labels=space.labels,
        decisions={
            kind: fit_decision(network, terms, targets, layout, kind) for kind in MentionKind
        },
        gate_threshold=find_gate_threshold(passes, targets.max(axis=1) > 0),
    )


def _report(line: str) -> None:
    """Nothing; progress goes to stderr."""
    sys.stderr.write(line + "\n")


if __name__ == "__main__":
    train()
