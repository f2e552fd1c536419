from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from models.training.speaker_blocks import join_turns, lengthen_turns

SAID = st.sampled_from(["Yes.", "Why? I see.", "no marks", "Mr. A went. B", "ok 🙂"])
TURNS = st.lists(st.tuples(st.booleans(), SAID), min_size=1, max_size=8).map(tuple)


@given(TURNS, st.integers(0, 99))
def test_lengthened_turns_are_the_same_turns_in_the_order_of_each_side(
    turns: tuple[tuple[bool, str], ...], seed: int
) -> None:
    lengthened = lengthen_turns(turns, seed)
    for side in (True, False):
        assert [t for t in lengthened if t[0] is side] == [t for t in turns if t[0] is side]


@given(TURNS)
def test_every_sentence_of_a_block_has_a_place_and_every_gap_a_truth(
    turns: tuple[tuple[bool, str], ...],
) -> None:
    block = join_turns(turns)
    assert len(block.places) == len(block.is_rep)
    assert set(block.places.tolist()) <= set(range(len(block.sentences)))
    assert len(block.changes()) == len(block.sentences) - 1


def test_a_change_of_speaker_is_known_where_it_is() -> None:
    block = join_turns(((True, "Hello. How are you?"), (False, "Fine."), (True, "Good.")))
    assert block.sentences == ("Hello.", "How are you?", "Fine.", "Good.")
    assert block.changes().tolist() == [False, True, True]
