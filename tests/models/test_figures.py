"""The figures that were accepted must hold: accuracy on families that training did not see."""

import json

import pytest

from benchmarks.held_out import RESULTS, list_held_out, measure
from models.evaluation import Figure

ACCEPTED = json.loads(RESULTS.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def figures() -> dict[str, Figure]:
    return measure(list_held_out())


@pytest.mark.parametrize("name", ACCEPTED)
def test_no_figure_falls_below_its_accepted_interval(figures: dict[str, Figure], name: str) -> None:
    assert figures[name].f1 >= ACCEPTED[name]["low"]
