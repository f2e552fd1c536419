"""Sums of money as CRM exports write them."""

from __future__ import annotations

import re
from dataclasses import dataclass

_SIGNS = {"$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR"}
_AMOUNT = re.compile(
    r"(?P<minus>-?)\s*(?P<before>[A-Z]{3}|[A-Z]{0,2}[$€£¥₹])?\s*(?P<minus_after>-?)"
    r"(?P<number>\d[\d.,'’ \xa0\u202f]*)(?P<scale>[kKmM]?)\s*"
    r"(?P<after>[A-Z]{3}|[$€£¥₹])?"
)
_SCALES = {"": 1.0, "k": 1e3, "m": 1e6}


@dataclass(frozen=True, slots=True)
class Money:
    """An amount and, where it is written with it, the currency's ISO code."""

    amount: float
    currency: str | None = None


def parse_amount(text: str) -> Money:
    """The amount in `€1.234,50`, `USD 12,000` or `(500)`; raises ValueError for other text."""
    stripped = text.strip()
    is_negative = stripped.startswith("(") and stripped.endswith(")")
    match = _AMOUNT.fullmatch(stripped.strip("()") if is_negative else stripped)
    if match is None or len(stripped) > 40:
        raise ValueError("unreadable amount")
    number = _parse_number(match["number"]) * _SCALES[match["scale"].lower()]
    is_negative = is_negative or bool(match["minus"] or match["minus_after"])
    sign = match["before"] or match["after"]
    return Money(-number if is_negative else number, _SIGNS.get(sign[-1], sign) if sign else None)


def _parse_number(digits: str) -> float:
    """A number whose last separator is decimal, unless groups of three digits say otherwise."""
    plain = re.sub(r"['’ \xa0\u202f]", "", digits).rstrip(".,")
    separators = re.findall(r"[.,]", plain)
    if not separators:
        return float(plain)
    last = separators[-1]
    whole, _, fraction = plain.rpartition(last)
    is_grouping = separators.count(last) > 1 or (len(set(separators)) == 1 and len(fraction) == 3)
    if is_grouping and whole != "0":
        return float(re.sub(r"[.,]", "", plain))
    return float(f"{re.sub(r'[.,]', '', whole)}.{fraction}")
