"""Dialogues as blocks of text without speakers, with the truth for every sentence.

Turns that are written for training are shorter than spoken ones. So every dialogue is also read
with long turns: a few turns of one side in a row, then a few of the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from core.vocabulary import Role
from models.corpus import LabelledConversation
from models.sentences import split_sentences

MEAN_TURNS_IN_A_ROW = 2.5

Turns = tuple[tuple[bool, str], ...]


@dataclass(frozen=True)
class Block:
    """The sentences of a text without speakers, as a reader without speakers cuts it.

    Sentence `n` of the speakers, `is_rep[n]`, starts within sentence `places[n]` of the block.
    """

    sentences: tuple[str, ...]
    places: NDArray[np.int64]
    is_rep: NDArray[np.bool_]

    def changes(self) -> NDArray[np.bool_]:
        """Whether the speaker changes after each sentence of the block, shape `(n - 1,)`."""
        rows = np.arange(len(self.sentences))
        firsts = np.minimum(np.searchsorted(self.places, rows), len(self.places) - 1)
        roles = self.is_rep[firsts - (self.places[firsts] > rows)]  # where none starts: who goes on
        return np.asarray(roles[1:] != roles[:-1], dtype=np.bool_)


def read_turns(conversation: LabelledConversation) -> Turns:
    """Whether the rep speaks, and what is said, turn by turn."""
    return tuple(
        (of_turn[0].role is Role.REP, " ".join(sentence.text for sentence in of_turn))
        for _, group in groupby(conversation.sentences, key=lambda sentence: sentence.turn)
        if (of_turn := list(group))
    )


def lengthen_turns(turns: Turns, seed: int) -> Turns:
    """The same turns with several of one side in a row, each side's in its order."""
    draw = np.random.default_rng(seed)
    waiting = {side: [text for is_rep, text in turns if is_rep is side] for side in (True, False)}
    speaks, lengthened = turns[0][0], list[tuple[bool, str]]()
    while waiting[True] or waiting[False]:
        n = int(draw.geometric(1 / MEAN_TURNS_IN_A_ROW))
        said, waiting[speaks] = waiting[speaks][:n], waiting[speaks][n:]
        lengthened += [(speaks, text) for text in said]
        speaks = not speaks
    return tuple(lengthened)


def join_turns(turns: Turns) -> Block:
    """The turns as one block."""
    text = " ".join(said for _, said in turns)
    starts, is_rep, offset = list[int](), list[bool](), 0
    for rep_speaks, said in turns:
        found = [offset + start for start, _ in split_sentences(said)]
        starts += found
        is_rep += [rep_speaks] * len(found)
        offset += len(said) + 1
    ranges = split_sentences(text)
    places = np.searchsorted([start for start, _ in ranges], starts, side="right") - 1
    return Block(tuple(text[a:b] for a, b in ranges), places, np.array(is_rep, dtype=np.bool_))


def join_both(turns: Turns, seed: int) -> Sequence[Block]:
    """The turns as they are written and lengthened, each as one block."""
    return join_turns(turns), join_turns(lengthen_turns(turns, seed))
