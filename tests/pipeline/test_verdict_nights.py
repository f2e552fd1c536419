"""Verdicts between and amidst nights: themes follow, and no later night unsays them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from core.settings import Settings
from core.store import Store
from core.store.conversations import ConversationRecord, mark_extracted, save_conversation
from core.store.crm import save_crm
from core.store.mentions import identify_mention
from core.store.themes import read_themes
from core.store.verdicts import give_verdict, save_readings
from core.tables import conversations, mentions, removed_mentions
from core.vocabulary import (
    Account,
    CrmTables,
    Mention,
    MentionKind,
    Role,
    Turn,
    VerdictKind,
    make_id,
)
from pipeline import cluster as stage
from pipeline.night import Night
from tests.pipeline.plain_night import run_plain_night
from tests.pipeline.sources import write_source

DAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 21, tzinfo=UTC)
DEAR = (
    "Honestly that is too expensive for a team of our size.",
    "It's just too expensive for a small team like ours.",
    "For a team our size it is too expensive.",
    "That is far too expensive for our small team.",
)
ALIKE = "This is too expensive for a team as small as ours."

Say = Callable[..., str]


@pytest.fixture
def say(
    store: Store,
    make_record: Callable[..., ConversationRecord],
    make_mention: Callable[..., Mention],
) -> Say:
    """Stores a conversation with an objection to the price; gives the mention's id."""
    with store.begin() as conn:
        both = (Account("A0", "Even"), Account("A1", "Odd"))
        save_crm(conn, source="crm", crm=CrmTables(accounts=both), key=b"key")

    def _say(number: int, quote: str, confidence: float = 0.9) -> str:
        record = make_record(
            f"call-{number}",
            account_id=make_id("acc", "crm", f"A{number % 2}"),
            turns=[Turn("[PERSON]", quote, Role.CUSTOMER)],
        )
        mention = make_mention(quote, confidence=confidence)
        with store.begin() as conn:
            save_conversation(conn, record)
            save_readings(conn, {record.id: [mention]}, min_confidence=0.5)
            mark_extracted(conn, [record.id], version="v1")
        return identify_mention(record.id, mention)

    return _say


@pytest.fixture
def dear(say: Say, settings: Settings) -> list[str]:
    """Ids of four mentions that founded a theme of the price."""
    ids = [say(number, quote) for number, quote in enumerate(DEAR)]
    cluster(settings)
    return ids


def cluster(settings: Settings, days: int = 0) -> None:
    day = DAY + timedelta(days=days)
    stage.cluster(Night(f"run_{days}", day, NOW + timedelta(days=days)), settings)


def judge(store: Store, key: str, kind: VerdictKind, to: Any = None) -> str | None:
    with store.begin() as conn:
        return give_verdict(conn, key, kind, to=to, by="Robin", now=NOW).counts_as


def weight(store: Store) -> int:
    with store.read() as conn:
        [theme] = read_themes(conn)
    found: int = theme.weight
    return found


def theme_of(store: Store, key: str | None) -> str | None:
    with store.read() as conn:
        return conn.execute(select(mentions.c.theme_id).where(mentions.c.id == key)).scalar_one()


def test_a_wrong_mention_is_out_of_its_theme_the_next_night(
    dear: list[str], store: Store, settings: Settings
) -> None:
    judge(store, dear[0], VerdictKind.WRONG)
    cluster(settings, 1)
    assert weight(store) == 3


def test_a_mention_of_another_type_leaves_its_theme_and_comes_back_with_its_type(
    dear: list[str], store: Store, settings: Settings
) -> None:
    made = judge(store, dear[0], VerdictKind.OTHER_TYPE, (MentionKind.OBJECTION, "trust"))
    cluster(settings, 1)
    assert (weight(store), theme_of(store, made)) == (3, None)
    assert judge(store, dear[0], VerdictKind.RIGHT) == dear[0]
    cluster(settings, 2)
    assert weight(store) == 4
    assert theme_of(store, dear[0]) is not None


def test_an_unsure_mention_joins_a_theme_once_it_is_right(
    dear: list[str], store: Store, settings: Settings, say: Say
) -> None:
    key = say(9, ALIKE, confidence=0.2)
    cluster(settings, 1)
    assert weight(store) == 4
    judge(store, key, VerdictKind.RIGHT)
    cluster(settings, 2)
    assert weight(store) == 5
    assert theme_of(store, key) is not None


def test_a_confirmed_mention_stays_in_its_theme(
    dear: list[str], store: Store, settings: Settings
) -> None:
    before = theme_of(store, dear[0])
    judge(store, dear[0], VerdictKind.RIGHT)
    cluster(settings, 1)
    assert (weight(store), theme_of(store, dear[0])) == (4, before)


def test_a_mention_judged_wrong_while_a_night_gives_it_a_theme_is_forgotten_by_the_next(
    dear: list[str],
    store: Store,
    settings: Settings,
    say: Say,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    key = say(9, ALIKE)
    run_night = stage.run_night

    def interrupt(*args: Any, **more: Any) -> Any:
        judge(store, key, VerdictKind.WRONG)
        return run_night(*args, **more)

    monkeypatch.setattr(stage, "run_night", interrupt)
    cluster(settings, 1)
    monkeypatch.undo()
    cluster(settings, 2)
    assert weight(store) == 4
    with store.read() as conn:
        assert conn.execute(select(removed_mentions)).all() == []


def test_verdicts_outlive_a_changed_file_and_another_model(
    store: Store, settings: Settings, tmp_path: Path
) -> None:
    source = write_source(tmp_path / "calls")
    run_plain_night(settings, source)
    with store.read() as conn:
        query = select(mentions).join(conversations)
        call = conn.execute(
            query.where(conversations.c.external_id == "call-0", mentions.c.type == "price")
        ).first()
    assert call is not None
    judge(store, call.id, VerdictKind.OTHER_TYPE, (MentionKind.OBJECTION, "trust"))
    _open_with_a_greeting(source / "call-00.json")
    run_plain_night(settings, source, run_id="run_2")
    assert _types(store, call.conversation_id, call.quote) == {("trust", call.turn + 1, 1.0)}
    with store.begin() as conn:
        conn.execute(conversations.update().values(extractor=None))
    run_plain_night(settings, source, run_id="run_3")
    assert _types(store, call.conversation_id, call.quote) == {("trust", call.turn + 1, 1.0)}


def _open_with_a_greeting(path: Path) -> None:
    call = json.loads(path.read_text(encoding="utf-8"))
    call["turns"].insert(0, {"speaker": "Sam Seller", "role": "rep", "text": "Good morning."})
    path.write_text(json.dumps(call), encoding="utf-8")


def _types(store: Store, conversation_id: str, quote: str) -> set[Sequence[Any]]:
    columns = (mentions.c.type, mentions.c.turn, mentions.c.confidence)
    here = (mentions.c.conversation_id == conversation_id, mentions.c.quote == quote)
    with store.read() as conn:
        return {tuple(row) for row in conn.execute(select(*columns).where(*here))}
