"""What tests of whole nights share: a database of their own and one Prefect server."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path

import pytest

from core.settings import Settings
from core.store import Store
from core.store.conversations import ConversationRecord, save_conversation
from core.store.crm import save_crm
from core.store.mentions import replace_mentions
from core.vocabulary import Account, CrmTables, Mention, make_id
from pipeline import resources
from tests.pipeline.environment import make_environment
from tests.pipeline.plain_night import run_plain_night
from tests.pipeline.sources import write_source

SAMPLES = Path(__file__).parents[2] / "data" / "samples"

SERVER = """
import sys
from core.settings import load_settings
from pipeline.environment import prepare_environment
prepare_environment(load_settings())
import os
from pipeline.flow import prefect_server
with prefect_server():
    print(os.environ["PREFECT_API_URL"], flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def close_stores(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Closes the stores that the stages of a test opened: a process keeps its few, tests are many
    and PostgreSQL's driver warns of connections that nobody closed."""
    opened: list[Store] = []

    def open_store(url: str) -> Store:
        opened.append(Store.open(url))
        return opened[-1]

    monkeypatch.setattr(resources, "_store", cache(open_store))
    yield
    for store in opened:
        store.close()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of a database that a night may fill; on PostgreSQL it is shared, and emptied by users."""
    if request.param == "postgresql":
        url: str = request.getfixturevalue("postgres_url")
        return url
    return f"sqlite:///{tmp_path / 'night.db'}"


@pytest.fixture(scope="session")
def prefect_api_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One Prefect server for all nights of the session, so that each need not start its own."""
    home = tmp_path_factory.mktemp("prefect")
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=make_environment(home),
    )
    with process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.communicate(timeout=30)


@pytest.fixture(scope="session")
def small_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder after one night over the small source; to be copied, not written to."""
    folder = tmp_path_factory.mktemp("small")
    return _spend_night(folder / "home", write_source(folder / "source"))


@pytest.fixture(scope="session")
def samples_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder after one night over the sample data, as of 2026-10-31; only to be read."""
    return _spend_night(tmp_path_factory.mktemp("samples") / "home", SAMPLES)


@pytest.fixture
def home(small_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the home folder of the small source that the command line uses."""
    for name in Settings.model_fields:
        monkeypatch.delenv(f"FIELDBACK_{name.upper()}", raising=False)
    home = tmp_path / "home"
    shutil.copytree(small_home, home)
    monkeypatch.setenv("FIELDBACK_HOME", str(home))
    monkeypatch.chdir(tmp_path)
    return home


def _spend_night(home: Path, source: Path) -> Path:
    settings = Settings(_env_file=None, home=home)
    store = Store.open(settings.store_url)
    store.migrate()
    store.close()
    run_plain_night(settings, source)
    return home


@pytest.fixture
def say(
    store: Store,
    make_record: Callable[..., ConversationRecord],
    make_mention: Callable[..., Mention],
) -> Callable[[int, Sequence[str]], str]:
    """Stores a conversation in which objections to the price are heard; gives its id.

    Conversations of even and odd numbers are of two accounts.
    """
    with store.begin() as conn:
        both = (Account("A0", "Even"), Account("A1", "Odd"))
        save_crm(conn, source="crm", crm=CrmTables(accounts=both), key=b"key")

    def _say(number: int, quotes: Sequence[str]) -> str:
        account = make_id("acc", "crm", f"A{number % 2}")
        record = make_record(f"call-{number}", account_id=account)
        found = [make_mention(quote, turn=turn) for turn, quote in enumerate(quotes)]
        with store.begin() as conn:
            save_conversation(conn, record)
            replace_mentions(conn, record.id, found)
        return record.id

    return _say
