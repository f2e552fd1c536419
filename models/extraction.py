"""Conversations in, mentions out: objections, pain points and persona traits with their quotes."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.errors import UnreadableFile
from core.vocabulary import Conversation, Mention, MentionKind
from models.classifier import Passage, Reading, SentenceClassifier
from models.classifier_terms import TermClassifier, gate_terms
from models.decisions import Decisions, TypedProbability, decide, load_decisions
from models.features import SpokenSentence, find_candidates, list_sentences
from models.normalisation import normalise_value
from models.statements import make_statement
from models.taxonomy import TAXONOMY_FILE, load_taxonomy
from models.values import find_value

ARTIFACTS = Path(__file__).parent / "artifacts"
FILES = (
    "mentions.onnx",
    "mentions_heads.npz",
    "mentions_gate.npz",
    "mentions.json",
    "encoder_tokenizer.json",
)


@dataclass(frozen=True)
class ExtractionModels:
    """Everything trained that extraction needs."""

    gate: TermClassifier
    network: SentenceClassifier
    decisions: Decisions
    types: Collection[str]
    """The taxonomy's, as `kind/type`: what else was trained is not told."""


class Extractor:
    """Finds mentions in conversations.

    ====================  =====================================================================
    `Extractor.load()`    the extractor that ships with the package, one thread
    `.version`            changes whenever a trained file or the taxonomy's types do
    `.extract(calls)`     the mentions of each conversation, in the order of its text
    ====================  =====================================================================

    What a conversation gives does not depend on those beside it. Mentions whose `is_sure` is false
    are questions for a person, not findings.
    """

    def __init__(self, models: ExtractionModels, version: str) -> None:
        """An extractor from its parts; `load` reads them."""
        self._models = models
        self.version = version

    @classmethod
    def load(
        cls, directory: Path = ARTIFACTS, *, taxonomy: Path = TAXONOMY_FILE, n_threads: int = 1
    ) -> Extractor:
        """The extractor whose files lie in `directory`, for the types in `taxonomy`.

        Raises:
            UnreadableFile: a file is missing; `fieldback train` writes them.
            SettingsError: the taxonomy is broken.
        """
        version = hash_files(directory, taxonomy)
        models = ExtractionModels(
            gate=TermClassifier.load(directory / "mentions_gate.npz"),
            network=SentenceClassifier.load(directory, n_threads=n_threads),
            decisions=load_decisions(directory / "mentions.json"),
            types=load_taxonomy(taxonomy).by_key,
        )
        return cls(models, version)

    def extract(self, conversations: Sequence[Conversation]) -> list[list[Mention]]:
        """The mentions of each conversation, ordered by turn, place, kind and confidence."""
        passages = map(self._keep, conversations)
        return [self._judge(passage, self._models.network.read(passage)) for passage in passages]

    def _keep(self, conversation: Conversation) -> Passage:
        """The conversation's sentences, those to be read being what passes the gate."""
        models, sentences = self._models, list_sentences(conversation)
        wanted = [
            i
            for i in find_candidates(sentences, conversation.kind)
            if models.gate.score(gate_terms(sentences[i].text))[0]
            >= models.decisions.gate_threshold
        ]
        return Passage(conversation.kind, sentences, wanted)

    def _judge(self, passage: Passage, readings: Sequence[Reading]) -> list[Mention]:
        """The mentions of one conversation."""
        if not readings:
            return []
        kinds = np.stack([reading.kinds for reading in readings])
        types = np.stack([reading.types for reading in readings])
        layout = self._models.decisions.layout
        found: list[list[Mention]] = [[] for _ in readings]
        for place, kind in enumerate(layout.kinds):
            decision = self._models.decisions.kinds[kind]
            decided = decide(decision, kinds[:, place], types[:, layout.places(kind)])
            for own, index, reading, typed in zip(
                found, passage.wanted, readings, decided, strict=True
            ):
                own += self._describe(passage.sentences[index], reading, kind, typed)
        return [mention for own in found for mention in own]

    def _describe(
        self,
        sentence: SpokenSentence,
        reading: Reading,
        kind: MentionKind,
        found: Sequence[TypedProbability],
    ) -> Iterator[Mention]:
        """The mentions of one kind in one sentence."""
        names = self._models.decisions.layout.names(kind)
        for typed in found:
            name, value = names[typed.place], None
            if f"{kind}/{name}" not in self._models.types:
                continue
            if kind is MentionKind.PERSONA_TRAIT:
                value = find_value(sentence.text, reading.offsets, reading.values[:, typed.place])
            yield Mention(
                turn=sentence.turn,
                start=sentence.start,
                end=sentence.end,
                quote=sentence.text,
                kind=kind,
                type=name,
                confidence=round(typed.probability, 4),
                statement=make_statement(sentence.text, self._weigh),
                value=value,
                normalised=normalise_value(name, value) if value else None,
                is_sure=typed.is_sure,
            )

    def _weigh(self, clause: str) -> float:
        """How much the words of a clause speak for a mention."""
        return float(self._models.gate.score(gate_terms(clause))[0])


def hash_files(directory: Path, taxonomy: Path = TAXONOMY_FILE) -> str:
    """12 hexadecimal digits over the trained files in `directory` and the taxonomy's types."""
    digest = hashlib.sha256(" ".join(sorted(load_taxonomy(taxonomy).by_key)).encode())
    for name in FILES:
        path = directory / name
        try:
            digest.update(path.read_bytes())
        except OSError as error:
            reason = "trained file cannot be read; `fieldback train` writes it"
            raise UnreadableFile(reason, path=str(path)) from error
    return digest.hexdigest()[:12]
