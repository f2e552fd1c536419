from __future__ import annotations

from collections.abc import Callable

from core.vocabulary import PersonaDefinition
from pipeline.ingest.registry import ParsedFile

Parse = Callable[..., ParsedFile]


def test_personas_are_read_and_the_broken_ones_named(parse: Parse) -> None:
    text = """personas:
  - slug: cfo
    name: The CFO
    owner: Ann
    match: {titles: [CFO, Finance], industries: [Health]}
    fields:
      goal: [cut cost, no surprises]
      objection: too dear
  - slug: ../x
    name: y
"""
    parsed = parse("personas.yaml", text)
    assert parsed.personas == (
        PersonaDefinition(
            "cfo", "The CFO", "Ann", ("CFO", "Finance"), ("Health",),
            {"goal": ("cut cost", "no surprises"), "objection": ("too dear",)},
        ),
    )  # fmt: skip
    assert [problem.line for problem in parsed.problems] == [9]


def test_an_unknown_key_is_named(parse: Parse) -> None:
    (problem,) = parse("p.yml", "personas:\n- {slug: a, name: b, titels: [x]}\n").problems
    assert "titels: Extra inputs are not permitted" in str(problem)
