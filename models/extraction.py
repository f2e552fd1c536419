"""Conversations in, mentions out: objections, pain points and persona traits with their quotes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate, pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.errors import UnreadableFile
from core.vocabulary import Conversation, Mention, MentionKind
from models.classifier import Reading, SentenceClassifier
from models.classifier_terms import TermClassifier, gate_terms, reading_terms
from models.decisions import (
    KindDecision,
    LabelLayout,
    TypedProbability,
    decide,
    detection_features,
    load_decisions,
    type_features,
)
from models.features import Candidate, find_candidates, list_sentences
from models.normalisation import normalise_value
from models.statements import make_statement
from models.taxonomy import TAXONOMY_FILE
from models.values import find_value

ARTIFACTS = Path(__file__).parent / "artifacts"
FILES = (
    "mentions.onnx",
    "mentions_heads.npz",
    "mentions_gate.npz",
    "mentions_terms.npz",
    "mentions.json",
    "encoder_tokenizer.json",
)


@dataclass(frozen=True)
class ExtractionModels:
    """Everything trained that extraction needs."""

    gate: TermClassifier
    terms: TermClassifier
    network: SentenceClassifier
    layout: LabelLayout
    decisions: Mapping[MentionKind, KindDecision]
    gate_threshold: float


class Extractor:
    """Finds mentions in conversations.

    ====================  =====================================================================
    `Extractor.load()`    the extractor that ships with the package, one thread
    `.version`            changes whenever a trained file or the taxonomy does
    `.extract(calls)`     the mentions of each conversation, in the order of its text
    ====================  =====================================================================

    What a conversation gives does not depend on those beside it.
    """

    def __init__(self, models: ExtractionModels, version: str) -> None:
        """An extractor from its parts; `load` reads them."""
        self._models = models
        self.version = version

    @classmethod
    def load(cls, directory: Path = ARTIFACTS, *, n_threads: int = 1) -> Extractor:
        """The extractor whose files lie in `directory`.

        Raises:
            UnreadableFile: a file is missing; `fieldback train` writes them.
        """
        version = hash_files(directory)
        layout, decisions, gate_threshold = load_decisions(directory / "mentions.json")
        models = ExtractionModels(
            gate=TermClassifier.load(directory / "mentions_gate.npz"),
            terms=TermClassifier.load(directory / "mentions_terms.npz"),
            network=SentenceClassifier.load(directory, n_threads=n_threads),
            layout=layout,
            decisions=decisions,
            gate_threshold=gate_threshold,
        )
        return cls(models, version)

    def extract(self, conversations: Sequence[Conversation]) -> list[list[Mention]]:
        """The mentions of each conversation, ordered by turn, place, kind and confidence."""
        kept = [self._keep(conversation) for conversation in conversations]
        bounds = list(accumulate((len(candidates) for candidates in kept), initial=0))
        mentions = self._judge([candidate for candidates in kept for candidate in candidates])
        return [
            [mention for found in mentions[first:last] for mention in found]
            for first, last in pairwise(bounds)
        ]

    def _keep(self, conversation: Conversation) -> list[Candidate]:
        """The candidates that pass the gate."""
        models = self._models
        return [
            candidate
            for candidate in find_candidates(list_sentences(conversation), conversation.kind)
            if models.gate.score(gate_terms(candidate.sentence.text))[0] >= models.gate_threshold
        ]

    def _judge(self, candidates: Sequence[Candidate]) -> list[list[Mention]]:
        """The mentions of each candidate."""
        if not candidates:
            return []
        texts = [candidate.sentence.text for candidate in candidates]
        contexts = [candidate.context for candidate in candidates]
        readings = self._models.network.read(texts, contexts)
        scores = self._score_terms(texts, contexts)
        network = np.stack([reading.logits for reading in readings])
        found: list[list[Mention]] = [[] for _ in candidates]
        for kind, decision in self._models.decisions.items():
            detection = detection_features(network, scores, self._models.layout, kind)
            typing = type_features(network, scores, self._models.layout, kind)
            for i, typed in enumerate(decide(decision, detection, typing)):
                found[i].extend(self._describe(candidates[i], readings[i], kind, typed))
        return found

    def _score_terms(self, texts: Sequence[str], contexts: Sequence[str]) -> NDArray[np.float32]:
        """The linear model's logits, `(n, n_labels)`."""
        score = self._models.terms.score
        pairs = zip(texts, contexts, strict=True)
        return np.stack([score(reading_terms(text, context)) for text, context in pairs])

    def _describe(
        self,
        candidate: Candidate,
        reading: Reading,
        kind: MentionKind,
        found: Sequence[TypedProbability],
    ) -> Iterator[Mention]:
        """The mentions of one kind in one sentence."""
        sentence, layout = candidate.sentence, self._models.layout
        places = layout.type_places(kind)
        for typed in found:
            name = layout.labels[places[typed.place]].partition("/")[2]
            value = None
            if kind is MentionKind.PERSONA_TRAIT:
                logits = reading.token_logits[:, typed.place]
                value = find_value(sentence.text, reading.offsets, logits)
            yield Mention(
                turn=sentence.turn,
                start=sentence.start,
                end=sentence.end,
                quote=sentence.text,
                kind=kind,
                type=name,
                confidence=round(typed.probability, 4),
                statement=make_statement(sentence.text, partial(self._weigh, places[typed.place])),
                value=value,
                normalised=normalise_value(name, value) if value else None,
            )

    def _weigh(self, place: int, clause: str) -> float:
        """How much the words of a clause speak for the label at `place`."""
        return float(self._models.terms.score(reading_terms(clause, ""))[place])


def hash_files(directory: Path, taxonomy: Path = TAXONOMY_FILE) -> str:
    """12 hexadecimal digits over the trained files in `directory` and the taxonomy."""
    digest = hashlib.sha256(taxonomy.read_bytes())
    for name in FILES:
        path = directory / name
        try:
            digest.update(path.read_bytes())
        except OSError as error:
            reason = "trained file cannot be read; `fieldback train` writes it"
            raise UnreadableFile(reason, path=str(path)) from error
    return digest.hexdigest()[:12]
