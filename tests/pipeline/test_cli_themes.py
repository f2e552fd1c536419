"""`fieldback theme …`: what a person changes on the command line holds in every answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from core.settings import Settings
from core.store import Store
from core.store.theme_proposals import save_proposals
from core.tables import mentions, themes
from pipeline.cli import main

Ask = Callable[..., str]
PRICE, SECURITY = "thm_price", "thm_security"


@pytest.fixture
def ask(
    company: Store,
    settings: Settings,
    published_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Ask:
    """Runs a command on the company's store and gives what it printed."""
    for name in Settings.model_fields:
        monkeypatch.delenv(f"FIELDBACK_{name.upper()}", raising=False)
    url = company.engine.url.render_as_string(hide_password=False)
    monkeypatch.setenv("FIELDBACK_DATABASE_URL", url)
    monkeypatch.setenv("FIELDBACK_HOME", str(settings.home))
    monkeypatch.setenv("FIELDBACK_SNAPSHOTS", str(published_folder))
    monkeypatch.chdir(settings.home)

    def run(*arguments: str) -> str:
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        printed = capsys.readouterr()
        if ended.value.code:
            raise RuntimeError(printed.err)
        return printed.out

    return run


def top(ask: Ask) -> dict[str, str]:
    """Id -> label of the objections that `fieldback top` counts."""
    answer = json.loads(ask("top", "objections", "--by", "theme", "--format", "json"))
    return {row["id"]: row["label"] for row in answer}


def listed(ask: Ask, *arguments: str) -> dict[str, Any]:
    rows = json.loads(ask("theme", "list", "--format", "json", *arguments))
    return {row["id"]: row for row in rows}


def test_themes_are_listed_without_those_out_of_sight(ask: Ask) -> None:
    assert listed(ask).keys() == {PRICE, SECURITY, "thm_paper"}
    assert listed(ask, "--kind", "pain_point").keys() == {"thm_paper"}
    assert listed(ask, "--all")["thm_gossip"]["status"] == "hidden"
    assert "too expensive for a small team" in ask("theme", "list")
    assert ask("theme", "list", "--format", "csv").startswith("id,kind,type,label,status")


def test_an_old_id_shows_the_theme_that_it_went_into(ask: Ask) -> None:
    shown = json.loads(ask("theme", "show", "thm_discount", "--format", "json"))
    assert shown["id"] == PRICE
    assert [entry["event"] for entry in shown["lineage"]] == ["born", "merged"]
    assert f"too expensive for a small team ({PRICE}), active" in ask("theme", "show", PRICE)


def test_a_name_is_given_and_taken_back(ask: Ask) -> None:
    ask("theme", "rename", PRICE, "The price", "--by", "ana", "--reason", "shorter")
    assert top(ask)[PRICE] == "The price"
    shown = json.loads(ask("theme", "show", PRICE, "--format", "json"))
    entry = shown["lineage"][-1]
    assert (entry["event"], entry["by"], entry["reason"]) == ("renamed", "ana", "shorter")
    assert ask("theme", "undo", PRICE, "--entry", entry["id"]).startswith("took back: renamed")
    assert top(ask)[PRICE] == "too expensive for a small team"


def test_a_theme_is_hidden_and_shown(ask: Ask) -> None:
    ask("theme", "hide", SECURITY)
    assert top(ask).keys() == {PRICE}
    ask("theme", "unhide", SECURITY)
    assert top(ask).keys() == {PRICE, SECURITY}


def test_a_theme_is_merged_and_taken_out_again(ask: Ask, company: Store) -> None:
    with company.begin() as conn:
        conn.execute(themes.update().where(themes.c.id == SECURITY).values(type="price"))
    assert ask("theme", "merge", SECURITY, PRICE).strip() == f"merged into {PRICE}"
    assert top(ask).keys() == {PRICE}
    ask("theme", "undo", PRICE)
    assert top(ask).keys() == {PRICE, SECURITY}


def test_mentions_are_split_off(ask: Ask, company: Store) -> None:
    with company.read() as conn:
        query = select(mentions.c.id).where(mentions.c.theme_id == PRICE).order_by(mentions.c.id)
        ids = list(conn.execute(query).scalars())
    part = ask("theme", "split", PRICE, *ids[:2]).split()[-1]
    assert part in top(ask)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("rename", "thm_none", "x"), "no theme thm_none"),
        (("merge", PRICE, "thm_paper"), "pain_point"),
        (("hide", "thm_discount"), "is a part of thm_price now"),
        (("undo", "thm_paper"), "nothing is left to undo"),
        (("accept", "prp_none"), "no proposal prp_none"),
    ],
)
def test_what_cannot_be_done_is_an_error(ask: Ask, arguments: tuple[str, ...], reason: str) -> None:
    with pytest.raises(RuntimeError, match=f"error: .*{reason}"):
        ask("theme", *arguments)


def test_proposals_are_listed_accepted_and_declined(ask: Ask, company: Store) -> None:
    with company.begin() as conn:
        conn.execute(themes.update().where(themes.c.id == SECURITY).values(type="price"))
        query = select(mentions.c.theme_id, mentions.c.id).order_by(mentions.c.id)
        found = {row.theme_id: row.id for row in conn.execute(query)}
        rows = [
            {
                "id": f"prp_{action}",
                "action": action,
                "theme_id": SECURITY,
                "other_id": other,
                "likeness": 0.8,
                "n_mentions": 9,
                "groups": [[found[SECURITY]], [found[PRICE]]],
                "words": ["team"],
            }
            for action, other in (("merge", PRICE), ("split", None))
        ]
        night = date(2026, 11, 20)
        save_proposals(conn, rows, night=night, is_reopened=lambda _known, _row: False)
    printed = json.loads(ask("theme", "proposals", "--format", "json"))
    assert [row["change"] for row in printed] == [
        "merge “where patient records are kept” into “too expensive for a small team”",
        "split “where patient records are kept”: 1 + 1",
    ]
    assert printed[0]["quotes"][0] == "Where would our patient records be kept?"
    assert "prp_merge" in ask("theme", "proposals")
    assert ask("theme", "decline", "prp_split", "--reason", "one thing").strip() == "declined"
    assert ask("theme", "accept", "prp_merge").strip() == f"accepted: {PRICE}"
    assert json.loads(ask("theme", "proposals", "--format", "json")) == []
    assert top(ask).keys() == {PRICE}
