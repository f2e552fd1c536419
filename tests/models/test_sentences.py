import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.sentences import MAX_WORDS, split_sentences


def _pieces(text: str) -> list[str]:
    return [text[start:end] for start, end in split_sentences(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Fine. Send it over!", ["Fine.", "Send it over!"]),
        ("Dr. Lim said 3.5 percent. OK?", ["Dr. Lim said 3.5 percent.", "OK?"]),
        ("we use sheets. its ok", ["we use sheets.", "its ok"]),
        ("Well... I don't know.", ["Well...", "I don't know."]),
        ("No. Not today.", ["No.", "Not today."]),
        ("See No. 4 on the list.", ["See No. 4 on the list."]),
        ("- Uses Excel\n- CFO signs", ["- Uses Excel", "- CFO signs"]),
        ("Too dear! 😬 Call me later", ["Too dear! 😬", "Call me later"]),
        ("It costs 5 USD etc. Then more.", ["It costs 5 USD etc.", "Then more."]),
        ('He said "no." Then he left.', ['He said "no."', "Then he left."]),
        ("", []),
        ("  \n ", []),
    ],
)
def test_a_text_is_cut_where_a_reader_would_cut(text: str, expected: list[str]) -> None:
    assert _pieces(text) == expected


def test_speech_without_punctuation_is_cut_at_conjunctions() -> None:
    text = "so yeah we looked at it last year and my boss said it is too much money " * 8
    pieces = _pieces(text)
    assert len(pieces) > 3
    assert all(len(piece.split()) <= MAX_WORDS for piece in pieces)
    assert all(piece.split()[0] in {"so", "and", "yeah"} for piece in pieces)


def test_a_hard_wrapped_sentence_stays_whole() -> None:
    text = (
        "They will only look at it once the new warehouse has been opened and\nstaffed. Then yes."
    )
    assert len(_pieces(text)) == 2


@given(st.text(alphabet="ab I.?!…\n,'\"-)(é😀 ", max_size=300))
def test_no_text_is_lost_and_ranges_are_in_order(text: str) -> None:
    ranges = split_sentences(text)
    covered = {i for start, end in ranges for i in range(start, end)}
    assert all(i in covered for i, mark in enumerate(text) if not mark.isspace())
    assert all(a[1] <= b[0] for a, b in pairwise(ranges))


def test_ten_times_the_text_takes_no_more_than_about_ten_times_as_long() -> None:
    text = "so we looked at it and it was fine but then they left us alone again "

    def measure(n: int) -> float:
        start = time.process_time()
        split_sentences(text * n)
        return time.process_time() - start

    measure(50)
    assert measure(3000) < 40 * max(measure(300), 0.002)
