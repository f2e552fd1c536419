"""`fieldback review`: questions on stdout, answers from stdin, verdicts in the store."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from core.settings import Settings
from core.store import Store
from core.tables import verdicts
from pipeline.cli import main

Ask = Callable[..., str]


@pytest.fixture
def ask(
    company: Store,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Ask:
    """Runs `fieldback review` with these lines as answers; gives what it printed."""
    for name in Settings.model_fields:
        monkeypatch.delenv(f"FIELDBACK_{name.upper()}", raising=False)
    url = company.engine.url.render_as_string(hide_password=False)
    monkeypatch.setenv("FIELDBACK_DATABASE_URL", url)
    monkeypatch.setenv("FIELDBACK_HOME", str(settings.home))
    monkeypatch.chdir(settings.home)

    def run(*arguments: str, answers: str = "") -> str:
        monkeypatch.setattr("sys.stdin", io.StringIO(answers))
        with pytest.raises(SystemExit) as ended:
            main(["review", *arguments])
        printed = capsys.readouterr()
        if ended.value.code:
            raise RuntimeError(printed.err)
        return printed.out

    return run


def queue(ask: Ask, *arguments: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(ask("--format", "json", *arguments))
    return found


def given(store: Store) -> list[tuple[str, str, str, str | None]]:
    """(mention, verdict, who, type) of every verdict, in order."""
    columns = (verdicts.c.mention_id, verdicts.c.verdict, verdicts.c.by, verdicts.c.to_type)
    with store.read() as conn:
        return [tuple(row) for row in conn.execute(select(*columns).order_by(verdicts.c.number))]


def test_answers_become_verdicts_in_the_order_of_the_queue(ask: Ask, company: Store) -> None:
    ids = [item["id"] for item in queue(ask, "--kind", "objection")]
    printed = ask("--kind", "objection", "--by", "Robin", answers="r\nw\ns\nt\ntrust\n")
    assert given(company) == [
        (ids[0], "right", "Robin", None),
        (ids[1], "wrong", "Robin", None),
        (ids[3], "other_type", "Robin", "trust"),
    ]
    assert printed.endswith("judged 3: 1 other type, 1 right, 1 skipped, 1 wrong\n")
    assert {item["id"] for item in queue(ask, "--kind", "objection")}.isdisjoint(
        {ids[0], ids[1], ids[3]}
    )


def test_a_question_shows_the_quote_what_came_before_and_what_it_is_taken_for(ask: Ask) -> None:
    [item] = queue(ask, "--kind", "persona_trait", "--limit", "1")
    printed = ask("--kind", "persona_trait", "--limit", "1", answers="q\n")
    assert f"> {item['quote']}" in printed
    assert f"customer: {item['before'][-1]['text']}" in printed
    assert "persona_trait/decision_criterion" in printed
    assert "= a reference from another clinic" in printed
    assert printed.endswith("judged 0\n")


@pytest.mark.parametrize("answers", ["", "q\n", "what?\n\nq\n", "t\nno_such_type\nq\n", "t\n"])
def test_nothing_is_judged_by_an_answer_that_is_none(
    ask: Ask, company: Store, answers: str
) -> None:
    assert "judged 0" in ask(answers=answers)
    assert given(company) == []


def test_a_type_that_there_is_not_is_asked_for_again(ask: Ask, company: Store) -> None:
    printed = ask("--type", "security", "--limit", "1", answers="t\npain_point/price\nt\nfit\n")
    assert "pain_point has no type 'price'; there are cost, time" in printed
    assert [to for *_, to in given(company)] == ["fit"]


def test_a_type_of_another_kind_is_named_with_its_kind(ask: Ask, company: Store) -> None:
    printed = ask("--type", "security", "--limit", "1", answers="t\nwish/x\nt\npain_point/risk\n")
    assert "'wish' is none of objection, pain_point, persona_trait" in printed
    assert [to for *_, to in given(company)] == ["risk"]


def test_it_is_listed_for_programs_without_asking(ask: Ask) -> None:
    items = queue(ask, "--limit", "2")
    assert len(items) == 2
    assert {"id", "conversation", "before", "quote", "kind", "type", "confidence"} <= set(items[0])


def test_a_type_that_no_kind_has_is_an_error(ask: Ask) -> None:
    with pytest.raises(RuntimeError, match="error: no type 'wish'"):
        ask("--type", "wish")
