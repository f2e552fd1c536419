"""Which conversations to keep out of the counts: voicemail, IVR, empty ones, and templates.

Rules and MinHash (Broder 1997) over runs of words: pure, deterministic, linear in the text.
"""

from __future__ import annotations

import re
import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from core.vocabulary import Conversation, ConversationKind

MIN_WORDS = 5
MIN_WORDS_OF_PEOPLE = 20
MIN_WORDS_OF_TEMPLATE = 12
MAX_WORDS_OF_MESSAGE = 200
SHINGLE = 4
N_BANDS = 16
ROWS_PER_BAND = 4
MIN_SIMILARITY = 0.7

_VOICEMAIL = re.compile(
    r"(?:leave|record)\s+(?:(?:me|us)\s+)?(?:a|your|the)\s+(?:\w+\s+){0,3}?message"
    r"|after the (?:tone|beep)|at the (?:tone|beep)"
    r"|voice\s?mail(?:box)?\b.{0,40}\b(?:full|of|system|reached)|mailbox is full"
    r"|(?:reached|forwarded to).{0,30}voice\s?mail"
    r"|(?:can't|cannot|can not|unable to) (?:come to the phone|take your call)"
    r"|is not available(?: right now| to take)?|not available to take"
    r"|the (?:person|number|subscriber|party|customer) you (?:are|were|have) (?:trying|calling"
    r"|dialed|dialled)|get back to you as soon as"
    r"|when you(?: have|'ve| are|'re) (?:finished|done) recording",
    re.IGNORECASE,
)
_LEFT_MESSAGE = re.compile(
    r"(?:this is|with|it's) a (?:\w+ )?(?:message|voice\s?mail) for"
    r"|leaving (?:you )?(?:a|this) (?:\w+ )?(?:message|voice\s?mail)|sorry i missed you"
    r"|(?:give me|call me) (?:a call )?back|return my call|my number is"
    r"|you can reach me (?:at|on)|i'll try you again",
    re.IGNORECASE,
)
_IVR = re.compile(
    r"\bpress (?:\d|one|two|three|four|five|six|seven|eight|nine|zero|pound|star|hash)\b"
    r"|para espa[nñ]ol|your call (?:is (?:very )?important|may be (?:monitored|recorded))"
    r"|please (?:hold|stay on the line)|main menu"
    r"|(?:listen (?:carefully|closely)|menu options) .{0,40}(?:changed|options)"
    r"|all (?:of )?our (?:\w+ )?(?:representatives|agents|operators|lines) are|dial by name"
    r"|say or (?:press|enter)|know your party's extension"
    r"|you are (?:number|caller) \w+ in (?:the )?(?:queue|line)"
    r"|our (?:office|business) hours are|the (?:office|store) is (?:now |currently )?closed",
    re.IGNORECASE,
)
_TAG = re.compile(r"\[[A-Z_ 0-9]+\]")
_WORD = re.compile(r"[^\W\d_]+|\d+")


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What is alike in texts that are alike: 64 MinHash values of 32 bits, as bytes."""

    n_words: int
    signature: bytes


def screen(conversation: Conversation) -> str | None:
    """`empty`, `voicemail`, `ivr`, or None where people talk (or a note says something)."""
    turns = [turn for turn in conversation.turns if _count_words(turn.text)]
    n_words = sum(_count_words(turn.text) for turn in turns)
    if conversation.kind is ConversationKind.NOTE:
        return None if n_words else "empty"
    if n_words < MIN_WORDS:
        return "empty"
    by_machine = [turn for turn in turns if _VOICEMAIL.search(turn.text) or _IVR.search(turn.text)]
    people = [turn for turn in turns if turn not in by_machine]
    if by_machine and not _is_exchange([(turn.speaker, turn.text) for turn in people]):
        return _machine(" ".join(turn.text for turn in by_machine))
    return _screen_monologue([(turn.speaker, turn.text) for turn in turns], n_words)


def _is_exchange(turns: Sequence[tuple[str, str]]) -> bool:
    """Whether at least two speakers, and more than a few words, take turns."""
    n_words = sum(_count_words(text) for _, text in turns)
    changes = sum(a[0] != b[0] for a, b in pairwise(turns))
    return n_words >= MIN_WORDS_OF_PEOPLE and changes >= 2


def _machine(text: str) -> str:
    """Which machine speaks: a menu that offers keys, or else a mailbox."""
    return "ivr" if len(_IVR.findall(text)) > len(_VOICEMAIL.findall(text)) else "voicemail"


def _screen_monologue(turns: Sequence[tuple[str, str]], n_words: int) -> str | None:
    """`voicemail` for a message left by the only speaker, `empty` for a call without an answer."""
    speakers = {speaker for speaker, _ in turns}
    text = " ".join(text for _, text in turns)
    if len(speakers) > 1:
        return None
    if not next(iter(speakers)).strip():
        return "voicemail" if _is_message(text, n_words) else None
    if n_words < MAX_WORDS_OF_MESSAGE and _LEFT_MESSAGE.search(text):
        return "voicemail"
    return "empty" if n_words < MIN_WORDS_OF_PEOPLE else None


def _is_message(text: str, n_words: int) -> bool:
    """Whether a text without speakers is a message left: two signs of one, nobody asked anything.

    Without speakers it might be a conversation; in one that short, people ask each other things.
    """
    n_signs = len({match.group().lower() for match in _LEFT_MESSAGE.finditer(text)})
    return n_words < MAX_WORDS_OF_MESSAGE and n_signs > 1 and "?" not in text


def _count_words(text: str) -> int:
    """How many words and numbers the text has."""
    return len(_WORD.findall(text))


def fingerprint(conversation: Conversation) -> Fingerprint:
    """The fingerprint of what is said, without names of speakers, figures and case."""
    text = " ".join(turn.text for turn in conversation.turns)
    words = [
        "#" if word.isdigit() else word for word in _WORD.findall(_TAG.sub(" # ", text.lower()))
    ]
    hashes = np.array([zlib.crc32(word.encode()) for word in words], dtype=np.uint64)
    return Fingerprint(len(words), _signature(_shingle_hashes(hashes)).tobytes())


def _shingle_hashes(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """One hash for every run of `SHINGLE` words, shape `(max(1, n - SHINGLE + 1),)`."""
    n = max(1, len(words) - SHINGLE + 1)
    padded = np.concatenate([words, np.zeros(SHINGLE, dtype=np.uint64)])
    combined = np.zeros(n, dtype=np.uint64)
    for offset in range(SHINGLE):
        combined = combined * np.uint64(0x9E3779B97F4A7C15) + padded[offset : offset + n]
    return np.unique(combined ^ (combined >> np.uint64(29)))


def _signature(shingles: NDArray[np.uint64]) -> NDArray[np.uint32]:
    """The smallest of each of 64 hashes over the shingles (multiply and shift)."""
    factors, terms = _HASHES
    hashed = (shingles[:, None] * factors + terms) >> np.uint64(32)
    return np.asarray(hashed.min(axis=0), dtype=np.uint32)


def _make_hashes() -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Odd factors and terms of the hashes, the same on every machine."""
    drawn = np.random.Generator(np.random.PCG64(20261122)).integers(
        0, 2**64, size=(2, N_BANDS * ROWS_PER_BAND), dtype=np.uint64
    )
    return drawn[0] | np.uint64(1), drawn[1]


_HASHES = _make_hashes()


def find_templates(
    fingerprints: Sequence[Fingerprint], *, min_size: int = 3
) -> tuple[tuple[int, ...], ...]:
    """Groups of near-duplicates, as positions in `fingerprints`, by their first member.

    Two texts are near-duplicates where at least `MIN_SIMILARITY` of their MinHash values agree.
    Texts under `MIN_WORDS_OF_TEMPLATE` words are in no group, nor are groups under `min_size`.
    """
    leaders = list(range(len(fingerprints)))
    for first, second in _candidates(fingerprints):
        a, b = _leader(leaders, first), _leader(leaders, second)
        if a != b and _similarity(fingerprints[first], fingerprints[second]) >= MIN_SIMILARITY:
            leaders[max(a, b)] = min(a, b)
    groups: defaultdict[int, list[int]] = defaultdict(list)
    for position in range(len(fingerprints)):
        groups[_leader(leaders, position)].append(position)
    return tuple(tuple(group) for group in groups.values() if len(group) >= min_size)


def _candidates(fingerprints: Sequence[Fingerprint]) -> Iterator[tuple[int, int]]:
    """Pairs that agree in a whole band: each text with the first that had the same band."""
    width = ROWS_PER_BAND * 4
    first_with: dict[tuple[int, bytes], int] = {}
    for position, each in enumerate(fingerprints):
        if each.n_words < MIN_WORDS_OF_TEMPLATE:
            continue
        for band in range(N_BANDS):
            key = (band, each.signature[band * width : (band + 1) * width])
            first = first_with.setdefault(key, position)
            if first != position:
                yield first, position


def _leader(leaders: list[int], position: int) -> int:
    """The first member of the group that `position` is in (union-find, paths halved)."""
    while leaders[position] != position:
        leaders[position] = leaders[leaders[position]]
        position = leaders[position]
    return position


def _similarity(first: Fingerprint, second: Fingerprint) -> float:
    """The share of MinHash values that agree: an estimate of the Jaccard similarity."""
    a = np.frombuffer(first.signature, dtype=np.uint32)
    b = np.frombuffer(second.signature, dtype=np.uint32)
    return float((a == b).mean())
