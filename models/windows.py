"""Conversations as windows of token ids: sentences in the course of the talk, with their speakers.

A sentence is a marker, which tells who says it, and its words. A window holds the sentences that
are to be read, what stands between them, and what was said just before. So every sentence is read
in its context, and context that neighbours share is read once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tokenizers import Tokenizer

from core.vocabulary import ConversationKind, Role
from models.features import SpokenSentence

PAD, CLS, MASK = 0, 101, 103
MARKERS = {Role.REP: 1, Role.CUSTOMER: 2, Role.UNKNOWN: 3}  # [unused0] to [unused2]
NOTE_MARKER = 4
MAX_SENTENCE_TOKENS = 64
MAX_WINDOW_TOKENS = 128
CONTEXT_TOKENS = 16  # before the first sentence that is read
GAP_TOKENS = 16  # of sentences that are not read; a longer gap ends the window


@dataclass(frozen=True, slots=True)
class TokenisedSentence:
    """A sentence as token ids, its marker first.

    `offsets` holds the character range of each token after the marker.
    """

    ids: tuple[int, ...]
    offsets: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Placed:
    """A sentence that is read: its place in the conversation and that of its marker in `ids`."""

    index: int
    first: int
    n_tokens: int


@dataclass(frozen=True, slots=True)
class Window:
    """Token ids and the sentences among them that are read."""

    ids: tuple[int, ...]
    read: tuple[Placed, ...]


def load_tokenizer(path: Path) -> Tokenizer:
    """The tokenizer in a `tokenizer.json`, without padding and cutting."""
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def tokenise(
    tokenizer: Tokenizer, sentences: Sequence[SpokenSentence], kind: ConversationKind
) -> list[TokenisedSentence]:
    """The sentences as token ids, cut at `MAX_SENTENCE_TOKENS`."""
    encodings = tokenizer.encode_batch([s.text for s in sentences], add_special_tokens=False)
    return [
        TokenisedSentence(
            ids=(get_marker(sentence.role, kind), *encoding.ids[:MAX_SENTENCE_TOKENS]),
            offsets=tuple(encoding.offsets[:MAX_SENTENCE_TOKENS]),
        )
        for sentence, encoding in zip(sentences, encodings, strict=True)
    ]


def get_marker(role: Role, kind: ConversationKind) -> int:
    """The token that stands before a sentence: who says it, or that it is written in a note."""
    return NOTE_MARKER if kind is ConversationKind.NOTE else MARKERS[role]


def cut_windows(sentences: Sequence[TokenisedSentence], wanted: Sequence[int]) -> Iterator[Window]:
    """Windows in which every wanted sentence is read once; `wanted` are places in order."""
    run: list[int] = []
    size = 0
    for index in wanted:
        gap = sum(len(s.ids) for s in sentences[run[-1] + 1 : index]) if run else 0
        grown = size + gap + len(sentences[index].ids)
        if run and (gap > GAP_TOKENS or grown >= MAX_WINDOW_TOKENS - CONTEXT_TOKENS):
            yield _make_window(sentences, run)
            run, grown = [], len(sentences[index].ids)
        run.append(index)
        size = grown
    if run:
        yield _make_window(sentences, run)


def _make_window(sentences: Sequence[TokenisedSentence], run: Sequence[int]) -> Window:
    """The sentences from the first to the last of the run, after what was said before."""
    ids = [CLS, *_tokens_before(sentences, run[0])]
    read, wanted = list[Placed](), frozenset(run)
    for index in range(run[0], run[-1] + 1):
        own = sentences[index].ids
        if index in wanted:
            read.append(Placed(index, len(ids), len(own) - 1))
        ids += own
    return Window(tuple(ids), tuple(read))


def _tokens_before(sentences: Sequence[TokenisedSentence], first: int) -> list[int]:
    """The last tokens before sentence `first`, at most `CONTEXT_TOKENS`."""
    before: list[int] = []
    for index in range(first - 1, -1, -1):
        if len(before) >= CONTEXT_TOKENS:
            break
        before = [*sentences[index].ids, *before]
    return before[-CONTEXT_TOKENS:]
