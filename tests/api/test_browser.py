"""The page in a real browser: what a marketer sees, with every figure from the server."""

from __future__ import annotations

import os
import re
import subprocess
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import uvicorn
from sqlalchemy import update
from starlette.testclient import TestClient

from api.app import create_app
from core.settings import Settings
from core.store import Store
from core.tables import mentions
from pipeline.night import Night

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--virtual-time-budget=8000",
    "--dump-dom",
]
pytestmark = [
    pytest.mark.parametrize("store", ["sqlite"], indirect=True),
    pytest.mark.skipif(
        not CHROMIUM.exists() and not os.environ.get("CI"), reason="no /usr/bin/chromium"
    ),
]


@pytest.fixture
def address(api_settings: Settings) -> Iterator[str]:
    """Where a server of the company listens."""
    config = uvicorn.Config(create_app(api_settings), port=0, log_level="error")
    server = uvicorn.Server(config)
    with config.bind_socket() as listening:
        port = listening.getsockname()[1]
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{port}"
        server.should_exit = True
        thread.join(10)


@pytest.fixture
def look(address: str, tmp_path: Path) -> Callable[[str], str]:
    """Gives the text of the page at a path, once its script is done."""

    def see(path: str) -> str:
        profile = f"--user-data-dir={tmp_path / 'browser'}"
        done = subprocess.run(
            [CHROMIUM, *FLAGS, profile, f"{address}{path}"],
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", done.stdout))

    return see


def test_the_page_shows_objections_pains_and_suggestions(look: Callable[[str], str]) -> None:
    page = look("/")
    assert "Last run: completed, night of 2026-11-20" in page
    assert re.search(r"Type In their words.*costs more than we can carry.*33 %.*8 of 24", page)
    assert re.search(r"Practice manager: decision criterion.*Accept.*Reject", page)


def test_the_page_counts_themes_on_demand(look: Callable[[str], str]) -> None:
    page = look("/?by=theme")
    assert re.search(r"Theme In their words.*too expensive for a small team.*33 %.*8 of 24", page)
    assert "hours lost copying paper forms" in page
    assert "chat about the weather" not in page


def test_the_id_of_a_merged_theme_shows_its_heir_and_what_happened(
    look: Callable[[str], str],
) -> None:
    page = look("/?by=theme&theme=thm_discount")
    assert "price, active, 8 of 24 conversations" in page
    assert "thm_discount is a part of this theme now. Took in thm_discount." in page
    assert "2026-11-11: merged by models, took in thm_discount" in page
    assert "no theme 'thm_none'" in look("/?theme=thm_none")


def test_a_theme_shows_its_wordings_with_how_often_each_was_said(
    look: Callable[[str], str], client: TestClient
) -> None:
    page = look("/?theme=thm_price")
    assert "Said in 2 wordings" in page
    for each in client.get("/v1/themes/thm_price").json()["variants"]:
        said = f"“{each['wording']}” {each['n_mentions']} {each['n_conversations']}"
        assert said in page
    assert "and 0 other" not in page
    assert "Said in 1 wording " in look("/?theme=thm_paper")


def test_related_themes_are_shown_as_one_with_their_names(
    look: Callable[[str], str], api_settings: Settings, make_family: Callable[..., None]
) -> None:
    make_family(Path(api_settings.snapshot_url), "thm_price", "thm_security")
    page = look("/?by=family")
    members = r"small team \(price, 8\) where patient records are kept \(security, 6\)"
    assert re.search(rf"{members}.*50 %.*12 of 24", page)


def test_an_address_with_a_segment_shows_that_segment(look: Callable[[str], str]) -> None:
    page = look("/?segment=industry:Retail&sort=lift")
    assert "12 conversations, 3 accounts." in page
    assert "where patient records are kept" not in page


def test_mentions_that_are_in_no_theme_yet_are_not_called_nothing(
    look: Callable[[str], str], company: Store, api_settings: Settings
) -> None:
    from pipeline.publish import publish  # here: it loads the models' libraries

    with company.begin() as conn:
        conn.execute(update(mentions).where(mentions.c.kind == "pain_point").values(theme_id=None))
    publish(Night("run_9", date(2026, 11, 21), datetime(2026, 11, 22, tzinfo=UTC)), api_settings)
    assert "8 mentions are in no theme yet; count types instead." in look("/?by=theme")
    nobody = look("/?by=theme&since=2026-11-21")
    assert nobody.count("Nobody said such a thing here.") == 2


def test_the_description_of_the_api_opens_without_a_network(look: Callable[[str], str]) -> None:
    assert "GET /v1/themes" in look("/docs")
