from __future__ import annotations

import contextlib
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.ingest.amounts import Money, parse_amount


@pytest.mark.parametrize(
    ("text", "amount", "currency"),
    [
        ("12000", 12000, None),
        ("$12,000", 12000, "USD"),
        ("€1.234.567,89", 1234567.89, "EUR"),
        ("12.500 EUR", 12500, "EUR"),
        ("USD 1,250.50", 1250.5, "USD"),
        ("£12 000,5", 12000.5, "GBP"),
        ("CHF 1'000", 1000, "CHF"),
        ("US$45k", 45000, "USD"),
        ("1.5M", 1500000, None),
        ("-300", -300, None),
        ("(1,200)", -1200, None),
        ("0.125", 0.125, None),
        ("0", 0, None),
    ],
)
def test_amounts_are_read_with_separators_and_signs(
    text: str, amount: float, currency: str | None
) -> None:
    assert parse_amount(text) == Money(amount, currency)


@pytest.mark.parametrize("text", ["", "abc", "12-13", "nan", "inf", "$", "1" * 60])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="unreadable amount"):
        parse_amount(text)


@settings(deadline=None)
@given(st.integers(min_value=0, max_value=10**12))
def test_grouping_does_not_change_a_whole_amount(amount: int) -> None:
    assert parse_amount(f"{amount:,}").amount == amount
    assert parse_amount(f"€{amount:,}.00").amount == amount


@settings(deadline=None)
@given(st.text(max_size=50))
def test_any_text_is_an_amount_or_a_value_error(text: str) -> None:
    with contextlib.suppress(ValueError):
        assert math.isfinite(parse_amount(text).amount)
