"""Themes of other types that say the same thing are found."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import theme_families
from models.theme_families import MOST_RELATED, ThemePoint, find_families, find_related, list_pairs

D = 16


def make_point(
    number: int, topic: int, type_: str, *, kind: str = "objection", weight: int = 20
) -> ThemePoint:
    """A theme around its topic, with a deviation of its own."""
    point = np.eye(D)[topic] + np.eye(D)[-1] + 0.03 * np.random.default_rng(number).normal(size=D)
    return ThemePoint(f"theme_{number:02}", kind, type_, weight * point, weight)


def spread(n: int = 6) -> list[ThemePoint]:
    """Themes of one type, each with a topic of its own."""
    return [make_point(number, number, "price") for number in range(n)]


def test_a_theme_of_another_type_that_says_the_same_is_related() -> None:
    themes = [*spread(), make_point(20, 2, "timing")]
    assert find_related(list_pairs(themes)) == {
        "theme_02": ("theme_20",),
        "theme_20": ("theme_02",),
    }


def test_themes_of_one_type_are_not_related_however_near() -> None:
    assert find_related(list_pairs([*spread(), make_point(20, 2, "price")])) == {}


def test_themes_of_two_kinds_are_not_related() -> None:
    assert find_related(list_pairs([*spread(), make_point(20, 2, "cost", kind="pain_point")])) == {}


def test_many_themes_are_compared_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    themes = [*spread(), make_point(20, 0, "timing"), make_point(21, 5, "trust")]
    whole = find_related(list_pairs(themes)), find_families(list_pairs(themes))
    monkeypatch.setattr(theme_families, "CHUNK_ROWS", 3)
    assert (find_related(list_pairs(themes)), find_families(list_pairs(themes))) == whole
    assert len(whole[0]) == 4


def test_a_theme_of_few_mentions_is_not_told_about() -> None:
    assert find_related(list_pairs([*spread(), make_point(20, 2, "timing", weight=4)])) == {}


def test_the_nearest_come_first_and_not_too_many() -> None:
    themes = [*spread(14), *(make_point(20 + n, 2, f"type-{n}") for n in range(7))]
    related = find_related(list_pairs(themes))
    assert all(len(others) <= MOST_RELATED for others in related.values())
    assert len(related["theme_02"]) == MOST_RELATED


@given(st.permutations([*spread(), make_point(20, 2, "timing"), make_point(21, 3, "trust")]))
def test_the_order_of_themes_does_not_show(themes: list[ThemePoint]) -> None:
    assert find_related(list_pairs(themes)) == find_related(
        list_pairs(sorted(themes, key=lambda theme: theme.id))
    )


def test_related_themes_are_a_family_and_the_others_have_none() -> None:
    themes = [*spread(), make_point(20, 2, "timing"), make_point(21, 2, "trust")]
    assert find_families(list_pairs(themes)) == dict.fromkeys(
        ("theme_02", "theme_20", "theme_21"), "theme_02"
    )
    assert find_families(list_pairs(spread())) == {}


def test_themes_of_one_type_are_a_family_only_through_one_of_another() -> None:
    twin = make_point(20, 2, "price")
    assert find_families(list_pairs([*spread(), twin])) == {}
    together = find_families(list_pairs([*spread(), twin, make_point(21, 2, "timing")]))
    assert set(together) == {"theme_02", "theme_20", "theme_21"}


def test_likeness_does_not_wander_from_theme_to_theme() -> None:
    """The one in the middle is near both ends, which are not near each other."""
    chain = []
    for n, angle in enumerate(np.radians([0, 60, 28])):
        point = np.cos(angle) * np.eye(D)[2] + np.sin(angle) * np.eye(D)[3] + np.eye(D)[-1]
        chain.append(ThemePoint(f"theme_{30 + n}", "objection", f"type-{n}", 20 * point, 20))
    others = [make_point(number, 4 + number, "price") for number in range(10)]
    related, families = (
        find_related(list_pairs([*others, *chain])),
        find_families(list_pairs([*others, *chain])),
    )
    assert set(related["theme_32"]) == {"theme_30", "theme_31"}
    assert families == {"theme_30": "theme_30", "theme_32": "theme_30"}


@given(st.permutations([*spread(), make_point(20, 2, "timing"), make_point(21, 2, "trust")]))
def test_the_order_of_themes_does_not_show_in_families(themes: list[ThemePoint]) -> None:
    assert find_families(list_pairs(themes)) == find_families(
        list_pairs(sorted(themes, key=lambda theme: theme.id))
    )
