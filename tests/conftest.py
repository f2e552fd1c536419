"""What all tests share: a store on each database, and a small company's month in it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import hypothesis
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.exc import OperationalError

from core.settings import Settings
from core.snapshot import Snapshot, open_current
from core.store import Store
from core.store.conversations import ConversationRecord, save_conversation
from core.store.crm import save_crm
from core.store.mentions import replace_mentions
from core.store.personas import save_definition, save_messages
from core.store.themes import add_lineage, save_themes
from core.tables import metadata
from core.vocabulary import (
    Account,
    CrmTables,
    Deal,
    Mention,
    MentionKind,
    Message,
    PersonaDefinition,
    Role,
    Turn,
    make_id,
)
from pipeline.night import Night

hypothesis.settings.register_profile("steady", deadline=None)  # machines are shared: no timed tests
hypothesis.settings.load_profile("steady")

POSTGRES = "postgresql://postgres@127.0.0.1:5432/postgres"
NIGHT = date(2026, 11, 20)
NOW = datetime(2026, 11, 21, 2, tzinfo=UTC)
THEMES = {
    "thm_price": ("objection", "price", "too expensive for a small team", "active", None),
    "thm_discount": ("objection", "price", "asks for a discount", "merged", "thm_price"),
    "thm_security": ("objection", "security", "where patient records are kept", "active", None),
    "thm_gossip": ("objection", "fit", "chat about the weather", "hidden", None),
    "thm_paper": ("pain_point", "time", "hours lost copying paper forms", "active", None),
}
SAID = {
    "thm_price": "We are a small team and this costs more than we can carry.",
    "thm_discount": "Could you take a fifth off for the first year?",
    "thm_security": "Where would our patient records be kept?",
    "thm_gossip": "It does rain a lot up here, I doubt that it will suit us.",
    "thm_paper": "We lose an hour a day copying forms from paper.",
}
TRAIT = "We only ever decide after a reference from another clinic."


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """URL of a PostgreSQL database made for this session, and dropped after it."""
    url = make_url(os.environ.get("FIELDBACK_TEST_POSTGRES", POSTGRES))
    server = create_engine(
        url.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT", pool_pre_ping=True
    )
    name = f"fieldback_test_{os.getpid()}"
    try:
        _run(server, f"CREATE DATABASE {name}")
    except OperationalError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"no PostgreSQL server: {error.orig}")
    yield url.set(database=name).render_as_string(hide_password=False)
    _run(server, f"DROP DATABASE {name} WITH (FORCE)")
    server.dispose()


@pytest.fixture(scope="session")
def postgres_store(postgres_url: str) -> Iterator[Store]:
    """The migrated PostgreSQL store of this session; what tests leave in it stays."""
    store = Store.open(postgres_url)
    store.migrate()
    yield store
    store.close()


@pytest.fixture(scope="session")
def sqlite_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "empty.db"
    store = Store.open(f"sqlite:///{path}")
    store.migrate()
    store.close()
    return path


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty, migrated store on each database."""
    if request.param == "postgresql":
        opened = request.getfixturevalue("postgres_store")
        names = ", ".join(f'"{table.name}"' for table in metadata.sorted_tables)
        with opened.begin() as conn:
            conn.execute(text(f"TRUNCATE {names} CASCADE"))
        yield opened
        return
    path = tmp_path / "fieldback.db"
    shutil.copy(request.getfixturevalue("sqlite_file"), path)
    opened = Store.open(f"sqlite:///{path}")
    yield opened
    opened.close()


@pytest.fixture
def settings(store: Store, tmp_path: Path) -> Settings:
    """Settings that lead to the store, with everything else in a folder of the test."""
    url = store.engine.url.render_as_string(hide_password=False)
    return Settings(_env_file=None, home=tmp_path, database_url=url, enough_conversations=5)


@pytest.fixture
def make_record() -> Callable[..., ConversationRecord]:
    """Makes a conversation record; what a test doesn't name is filled in."""
    return build_record


@pytest.fixture
def make_mention() -> Callable[..., Mention]:
    """Makes a mention; what a test doesn't name is filled in."""
    return build_mention


@pytest.fixture
def make_theme() -> Callable[..., dict[str, Any]]:
    """Makes a row of the themes table."""
    return build_theme


@pytest.fixture
def company(store: Store) -> Store:
    """A store with 24 conversations of 6 accounts: three clinics, three shops.

    Clinics ask about security in every second call, the price comes up in lost deals.
    """
    fill_company(store)
    return store


@pytest.fixture(scope="session")
def published_folder(sqlite_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Snapshots of the company, as one night published them; not to be written to."""
    from pipeline.publish import publish  # here: it loads the models' libraries

    home = tmp_path_factory.mktemp("published")
    shutil.copy(sqlite_file, home / "fieldback.db")
    settings = Settings(_env_file=None, home=home)
    store = Store.open(settings.store_url)
    fill_company(store)
    store.close()
    publish(Night("run_1", NIGHT, NOW), settings)
    return home / "snapshots"


@pytest.fixture
def snapshot(published_folder: Path) -> Snapshot:
    """The published snapshot of the company."""
    return open_current(str(published_folder), aliases={"thm_discount": "thm_price"})


@pytest.fixture
def make_family() -> Callable[..., None]:
    """Makes themes one family in the published snapshot of a folder."""

    def make(folder: Path, *ids: str) -> None:
        file = folder / open_current(str(folder)).id / "themes.parquet"
        rows = pq.read_table(file).to_pylist()
        related = [row | {"family": min(ids) if row["id"] in ids else None} for row in rows]
        pq.write_table(pa.Table.from_pylist(related, schema=pq.read_schema(file)), file)

    return make


def fill_company(store: Store) -> None:
    with store.begin() as conn:
        save_crm(conn, source="crm", crm=_crm(), key=b"key")
        save_themes(conn, [build_theme(key) for key in THEMES])
        add_lineage(conn, _lineage())
        save_definition(conn, _persona(), file_hash="1", now=NOW)
        save_messages(conn, _messages())
        for number in range(24):
            record = _conversation(number)
            save_conversation(conn, record)
            replace_mentions(conn, record.id, _mentions(number))
            _assign_themes(conn, number)


def build_record(external_id: str = "call-1", **changed: Any) -> ConversationRecord:
    values: dict[str, Any] = {
        "id": make_id("con", "crm", external_id),
        "source": "crm",
        "external_id": external_id,
        "kind": "call",
        "started_at": datetime(2026, 11, 2, 9, tzinfo=UTC),
        "account_ref": None,
        "account_id": None,
        "deal_ref": None,
        "deal_id": None,
        "contact_ids": [],
        "rep_id": None,
        "titles": [],
        "attributes": {},
        "path": f"{external_id}.json",
        "content_hash": "0" * 64,
        "screening": None,
        "n_words": 2,
        "signature": None,
        "night": NIGHT,
        "turns": [Turn("[PERSON]", "Hello there.", Role.CUSTOMER)],
    }
    return ConversationRecord(**(values | changed))


def build_mention(quote: str = "Too dear.", **changed: Any) -> Mention:
    values: dict[str, Any] = {
        "turn": 0,
        "start": 0,
        "end": len(quote),
        "quote": quote,
        "kind": MentionKind.OBJECTION,
        "type": "price",
        "confidence": 0.9,
        "statement": quote,
    }
    return Mention(**(values | changed))


def build_theme(key: str = "thm_price", **changed: Any) -> dict[str, Any]:
    kind, type_, label, status, merged_into = THEMES[key]
    return {
        "id": key,
        "kind": kind,
        "type": type_,
        "label": label,
        "keywords": label.split()[-2:],
        "examples": [[f"mtn_{key}", SAID[key]]],
        "status": status,
        "weight": 1,
        "example_vectors": np.ones(4, np.float32).tobytes(),
        "total": np.ones(4).tobytes(),
        "words": {},
        "encoder": "test",
        "born": NIGHT - timedelta(days=60),
        "last_seen": NIGHT,
        "merged_into": merged_into,
        "is_pinned": False,
    } | changed


def _run(server: Engine, statement: str) -> None:
    with server.connect() as conn:
        conn.execute(text(statement))


def _crm() -> CrmTables:
    industry = ["Healthcare"] * 3 + ["Retail"] * 3
    accounts = [
        Account(f"A{n}", f"Account {n}", attributes={"industry": industry[n]}) for n in range(6)
    ]
    deals = [
        Deal(f"D{n}", f"Deal {n}", account=f"A{n // 2}", stage="Closed", outcome=_outcome(n))
        for n in range(12)
    ]
    return CrmTables(accounts=tuple(accounts), deals=tuple(deals))


def _outcome(deal: int) -> str:
    return "lost" if deal % 2 else "won"


def _conversation(number: int) -> ConversationRecord:
    """Two conversations a deal, two deals an account; every fourth day one."""
    deal = number // 2
    turns = [Turn("[PERSON]", quote, Role.CUSTOMER) for quote in _quotes(number)]
    return build_record(
        f"call-{number:02}",
        started_at=datetime(2026, 11, 20, 9, tzinfo=UTC) - timedelta(days=4 * number),
        account_id=make_id("acc", "crm", f"A{deal // 2}"),
        deal_id=make_id("deal", "crm", f"D{deal}"),
        titles=["Practice manager"] if number < 12 else [],
        turns=turns or [Turn("[PERSON]", "Fine, thanks.", Role.CUSTOMER)],
    )


def _themes_of(number: int) -> list[str]:
    deal = number // 2
    found = []
    if number < 12 and number % 2 == 0:
        found.append("thm_security")
    if deal % 2 and number % 3:
        found.append("thm_discount" if number % 4 == 3 else "thm_price")
    if number % 6 == 0:
        found.append("thm_gossip")
    if number % 3 == 1:
        found.append("thm_paper")
    return found


def _quotes(number: int) -> list[str]:
    return [SAID[key] for key in _themes_of(number)] + ([TRAIT] if number < 8 else [])


def _mentions(number: int) -> list[Mention]:
    found = [
        build_mention(SAID[key], turn=turn, kind=MentionKind(THEMES[key][0]), type=THEMES[key][1])
        for turn, key in enumerate(_themes_of(number))
    ]
    if number < 8:
        kind, type_ = MentionKind.PERSONA_TRAIT, "decision_criterion"
        value = "a reference from another clinic"
        trait = build_mention(TRAIT, turn=len(found), kind=kind, type=type_, value=value)
        found.append(trait)
    return found


def _assign_themes(conn: Any, number: int) -> None:
    conversation = make_id("con", "crm", f"call-{number:02}")
    for turn, key in enumerate(_themes_of(number)):
        conn.execute(
            text("UPDATE mentions SET theme_id = :theme WHERE conversation_id = :id AND turn = :t"),
            {"theme": key, "id": conversation, "t": turn},
        )


def _lineage() -> list[dict[str, Any]]:
    born, merged = NIGHT - timedelta(days=60), NIGHT - timedelta(days=9)
    events = [("born", born, "six mentions"), ("merged", merged, "took in thm_discount")]
    return [
        {
            "id": f"lin_{position}",
            "theme_id": "thm_price",
            "event": event,
            "night": night,
            "position": position,
            "reason": reason,
            "by": "models",
            "details": {},
        }
        for position, (event, night, reason) in enumerate(events)
    ]


def _persona() -> PersonaDefinition:
    return PersonaDefinition(
        slug="practice-manager",
        name="Practice manager",
        owner="Robin",
        titles=("practice manager",),
        fields={"goal": ("short waiting times",), "decision_criterion": ("price",)},
    )


def _messages() -> list[Message]:
    return [
        Message(
            "deck-payback",
            "It pays for itself by spring.",
            "deck",
            "consideration",
            answers=("objection/price",),
        ),
        Message(
            "page-forms", "No more paper forms.", "page", "awareness", answers=("pain_point/time",)
        ),
    ]
