"""Word lists of names, and `is_person_name`: whether a word is a first name and nothing else.

Redaction reads the lists to find people; themes read them so that no label names one.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

MIN_CLEAR_LETTERS = 5  # of names from all over the world; shorter ones are words somewhere


def read_list(name: str) -> str:
    """The text of the list `name.txt`, without the lines that start with `#`."""
    text = files("models.names").joinpath(f"{name}.txt").read_text(encoding="utf-8")
    return "\n".join(line for line in text.splitlines() if not line.startswith("#"))


def is_person_name(word: str) -> bool:
    """Whether a lower-case word is a first name and no word beside that."""
    return word in _clear_names()


def is_product(word: str) -> bool:
    """Whether a lower-case word is part of the name of a product that we know."""
    return word in _product_words()


@lru_cache(maxsize=1)
def _clear_names() -> frozenset[str]:
    world = (name for name in read_list("world_names").split() if len(name) >= MIN_CLEAR_LETTERS)
    return (
        frozenset(read_list("first_names").split())
        .union(world)
        .difference(read_list("ambiguous_names").split())
    )


@lru_cache(maxsize=1)
def _product_words() -> frozenset[str]:
    return frozenset(read_list("product_names").lower().split())
