import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.statements import MAX_WORDS, make_statement


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Yeah, well, I mean, that's too much for us.", "that's too much for us"),
        ("um so so we we have no budget", "we have no budget"),
        ("- CFO must sign off.", "CFO must sign off"),
        ("No.", "No"),
        ("But, you know, my guys won't use it!", "my guys won't use it!"),
    ],
)
def test_fillers_and_repeats_go(text: str, expected: str) -> None:
    assert make_statement(text, len) == expected


def test_of_a_long_sentence_the_clause_that_weighs_most_stays() -> None:
    text = (
        "We had a long meeting about it on Tuesday with everybody from the three plants, and it was"
        " pleasant, but the yearly fee is more than we can spend, so I don't know what to tell you"
    )
    statement = make_statement(text, lambda clause: "yearly fee" in clause)
    assert "the yearly fee is more than we can spend" in statement
    assert len(statement.split()) <= MAX_WORDS


@given(st.text(alphabet="ab, .;-\n", max_size=300))
def test_a_statement_is_never_long_and_empty_only_for_empty_text(text: str) -> None:
    statement = make_statement(text, len)
    assert len(statement.split()) <= MAX_WORDS
    assert bool(statement) == bool(text.strip())
