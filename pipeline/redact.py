"""Conversations without personal data, as they may be stored.

Names, e-mails, phones, cards, IBANs, addresses and account numbers become tags such as `[PERSON]`;
speakers become `rep 1`, `customer 1`. Tags that a file brings along are left alone. Redacting twice
gives the same as redacting once: a conversation is read again until nothing more is found.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from core.vocabulary import Conversation, CrmTables
from pipeline.redaction.cues import CueFinder
from pipeline.redaction.directory import Directories, Directory
from pipeline.redaction.findings import Finding, move_spans, replace_findings, select_findings
from pipeline.redaction.labels import label_speakers
from pipeline.redaction.lexicon import find_words, load_lexicon
from pipeline.redaction.names import NO_NAMES, KnownNames, Name, find_known
from pipeline.redaction.patterns import FormFinder
from pipeline.redaction.people import PersonFinder, load_names_model


class Redactor:
    """Redacts conversations; holds the recognisers and the language model of one process.

    Threads may share it: what belongs to one conversation or one set of CRM tables is passed along.
    """

    def __init__(self) -> None:
        self._nlp = load_names_model()
        self._lexicon = load_lexicon(self._nlp)
        self._forms = FormFinder()
        self._cues = CueFinder(self._lexicon)
        self._directories = Directories(self._lexicon)

    def redact(self, conversation: Conversation, crm: CrmTables) -> Conversation:
        """The conversation without personal data; `rep`, `account`, `deal` and ids stay."""
        directory = self._directories.of(crm)
        known = directory.names_for(conversation, self._lexicon)
        finder = PersonFinder(self._nlp, self._lexicon)
        redacted = conversation
        while True:
            texts = _texts(redacted)
            findings = self._find_all(texts, known, directory, finder)
            if not any(findings):
                return _relabel(redacted, label_speakers(conversation))
            redacted = _apply(redacted, findings)

    def find(self, texts: Sequence[str]) -> list[list[Finding]]:
        """For each text what one reading finds, in order and apart, without names known before."""
        finder = PersonFinder(self._nlp, self._lexicon)
        return self._find_all(texts, NO_NAMES, self._directories.of(CrmTables()), finder)

    def _find_all(
        self,
        texts: Sequence[str],
        known: KnownNames,
        directory: Directory,
        finder: PersonFinder,
    ) -> list[list[Finding]]:
        """For each text the findings to replace, in order and apart."""
        words = [find_words(text) for text in texts]
        clear = [
            [
                *self._forms.find(text),
                *find_known(text, of_text, known, self._lexicon),
                *self._cues.find(text, of_text),
            ]
            for text, of_text in zip(texts, words, strict=True)
        ]
        seen = finder.find(texts, words, clear)
        found = [[*one, *other] for one, other in zip(clear, seen, strict=True)]
        heard = NO_NAMES.with_people(_people_in(texts, found))
        return [
            _select(
                text,
                directory.find_companies(of_text),
                [*one, *find_known(text, of_text, heard, self._lexicon)],
            )
            for text, of_text, one in zip(texts, words, found, strict=True)
        ]


def _select(text: str, companies: Iterable[Finding], found: Iterable[Finding]) -> list[Finding]:
    """The findings that stand; a person within the name of a company does not."""
    places = [(each.start, each.end) for each in companies]
    return select_findings(
        text,
        (
            finding
            for finding in found
            if finding.tag != "PERSON"
            or not any(start <= finding.start and finding.end <= end for start, end in places)
        ),
    )


def _people_in(texts: Sequence[str], found: Sequence[Sequence[Finding]]) -> Iterator[Name]:
    """The names of the people found, as lower-case words."""
    for text, findings in zip(texts, found, strict=True):
        for finding in findings:
            words = find_words(text[finding.start : finding.end])
            if finding.tag == "PERSON" and words:
                yield tuple(word.lower for word in words)


def _texts(conversation: Conversation) -> list[str]:
    """Every free text of the conversation: turns, then titles, then attributes."""
    return [
        *(turn.text for turn in conversation.turns),
        *(participant.title or "" for participant in conversation.participants),
        *conversation.attributes.values(),
    ]


def _apply(conversation: Conversation, findings: Sequence[Sequence[Finding]]) -> Conversation:
    """The conversation with the findings of each of its `_texts` replaced."""
    of_text = iter(findings)
    return replace(
        conversation,
        turns=tuple(
            replace(
                turn,
                text=replace_findings(turn.text, found),
                spans=move_spans(turn.spans, found),
            )
            for turn, found in zip(conversation.turns, of_text, strict=False)
        ),
        participants=tuple(
            replace(each, title=_replace_title(each.title, next(of_text)))
            for each in conversation.participants
        ),
        attributes={
            key: replace_findings(value, next(of_text))
            for key, value in conversation.attributes.items()
        },
    )


def _replace_title(title: str | None, findings: Sequence[Finding]) -> str | None:
    """The title after replacement, if there is one."""
    return replace_findings(title, findings) if title else title


def _relabel(conversation: Conversation, labels: Mapping[str, str]) -> Conversation:
    """The conversation with its speakers and participants known by label alone."""
    return replace(
        conversation,
        turns=tuple(
            replace(turn, speaker=labels.get(turn.speaker, "")) for turn in conversation.turns
        ),
        participants=tuple(
            replace(each, name=labels.get(each.name, ""), email=None)
            for each in conversation.participants
        ),
    )
