"""Near-duplicate wordings are one variant."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.variants import make_wording


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("It's just too expensive for us.", "Honestly, it is way too expensive!"),
        ("We can't export the report", "um, we cannot export that report"),
        ("The 40 dollar plan costs us more", "the 55 dollar plan costs us more"),
        ("[PERSON] from sales quoted us $1,200", "[COMPANY] from sales quoted us €900"),
        ("the the invoice is wrong", "The invoice is wrong"),
        ("It doesn’t work offline", "it doesn't work offline"),
    ],
)
def test_the_same_said_again_is_one_wording(one: str, other: str) -> None:
    assert make_wording(one) == make_wording(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("We can export the report", "We can't export the report"),
        ("The price is too high", "The setup is too slow"),
        ("32 people", "8 people"),
        ("not now", "now"),
        ("the", "a"),
    ],
)
def test_another_meaning_is_another_wording(one: str, other: str) -> None:
    assert make_wording(one) != make_wording(other)


@given(st.text(max_size=200))
def test_case_and_space_never_count(text: str) -> None:
    assert make_wording(f"  {text}  ") == make_wording(text)
    assert bool(make_wording(text)) == bool(text.split())
