"""Verdicts in the store: they hold at once, and in all that an extractor writes afterwards."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import func, select

from core.errors import Conflict, Mismatch, NotFound
from core.store import Store
from core.store.conversations import (
    ConversationRecord,
    delete_conversation,
    mark_extracted,
    mark_templates,
    save_conversation,
)
from core.store.mentions import identify_mention, list_removed
from core.store.themes import save_themes
from core.store.verdicts import (
    Judgement,
    find_last_verdict,
    find_mention,
    give_verdict,
    list_judgements,
    save_readings,
)
from core.tables import mentions, unsure_mentions, verdicts
from core.vocabulary import Mention, MentionKind, Role, Turn, VerdictKind

NOW = datetime(2026, 11, 21, tzinfo=UTC)
DEAR, UNSURE = "That is too dear for us.", "We will see about that."
TEXT = f"Well. {DEAR} {UNSURE}"
RIGHT, WRONG, OTHER = VerdictKind.RIGHT, VerdictKind.WRONG, VerdictKind.OTHER_TYPE
TRUST = (MentionKind.OBJECTION, "trust")


@pytest.fixture
def record(make_record: Callable[..., ConversationRecord]) -> ConversationRecord:
    return make_record(turns=[Turn("[PERSON]", TEXT, Role.CUSTOMER)])


@pytest.fixture
def found(make_mention: Callable[..., Mention]) -> list[Mention]:
    """What the extractor finds: a mention that counts and one that it is unsure of."""
    dear = make_mention(DEAR, start=6, end=6 + len(DEAR), confidence=0.8)
    start = TEXT.index(UNSURE)
    unsure = make_mention(
        UNSURE, start=start, end=start + len(UNSURE), type="timing", confidence=0.3
    )
    return [dear, unsure]


@pytest.fixture
def ids(store: Store, record: ConversationRecord, found: list[Mention]) -> list[str]:
    """Ids of the two mentions, stored."""
    with store.begin() as conn:
        save_conversation(conn, record)
    read(store, record, found)
    return [identify_mention(record.id, mention) for mention in found]


def read(store: Store, record: ConversationRecord, found: list[Mention]) -> tuple[int, int]:
    """The conversation as an extractor reads it."""
    with store.begin() as conn:
        mark_extracted(conn, [record.id], version="v1")
        return save_readings(conn, {record.id: found}, min_confidence=0.5)


def judge(store: Store, key: str, kind: VerdictKind, **more: Any) -> Judgement:
    with store.begin() as conn:
        return give_verdict(conn, key, kind, **{"by": "Robin", "now": NOW, **more})


def counted(store: Store) -> dict[str, float]:
    with store.read() as conn:
        rows = conn.execute(select(mentions.c.type, mentions.c.confidence))
        return {row.type: row.confidence for row in rows}


def unsure(store: Store) -> list[str]:
    with store.read() as conn:
        return list(conn.execute(select(unsure_mentions.c.type)).scalars())


def test_what_the_extractor_is_unsure_of_is_kept_and_not_counted(
    store: Store, ids: list[str]
) -> None:
    assert (counted(store), unsure(store)) == ({"price": 0.8}, ["timing"])


def test_a_wrong_mention_stops_counting_and_its_theme_is_told(
    store: Store, ids: list[str], make_theme: Callable[..., dict[str, Any]]
) -> None:
    with store.begin() as conn:
        save_themes(conn, [make_theme()])
        conn.execute(mentions.update().values(theme_id="thm_price"))
    assert judge(store, ids[0], WRONG).counts_as is None
    assert counted(store) == {}
    with store.read() as conn:
        [gone] = list_removed(conn)
    assert (gone.id, gone.theme_id, gone.text) == (ids[0], "thm_price", DEAR)


def test_a_right_mention_counts_with_certainty_and_keeps_its_id(
    store: Store, ids: list[str]
) -> None:
    assert [judge(store, key, RIGHT).counts_as for key in ids] == ids
    assert counted(store) == {"price": 1.0, "timing": 1.0}
    assert unsure(store) == []


def test_a_mention_of_another_type_leaves_its_theme_and_waits_for_one(
    store: Store, ids: list[str], make_theme: Callable[..., dict[str, Any]]
) -> None:
    with store.begin() as conn:
        save_themes(conn, [make_theme()])
        conn.execute(mentions.update().values(theme_id="thm_price"))
    counts_as = judge(store, ids[0], OTHER, to=TRUST).counts_as
    with store.read() as conn:
        row = conn.execute(select(mentions)).one()
        assert [gone.theme_id for gone in list_removed(conn)] == ["thm_price"]
    assert (row.id, row.type, row.theme_id, row.clustered) == (counts_as, "trust", None, None)


@pytest.mark.parametrize(
    ("kind", "to", "left"),
    [
        (RIGHT, None, {"price": 1.0}),
        (WRONG, None, {}),
        (OTHER, TRUST, {"trust": 1.0}),
    ],
)
def test_a_verdict_wins_over_every_later_reading(
    store: Store,
    ids: list[str],
    record: ConversationRecord,
    found: list[Mention],
    kind: VerdictKind,
    to: Any,
    left: dict[str, float],
) -> None:
    judge(store, ids[0], kind, to=to)
    for model in ([replace(found[0], confidence=0.95)], [], [replace(found[0], confidence=0.1)]):
        read(store, record, model)
        assert counted(store) == left
        assert unsure(store) == []


def test_saying_it_again_changes_nothing(store: Store, ids: list[str]) -> None:
    first = judge(store, ids[0], OTHER, to=TRUST)
    assert judge(store, ids[0], OTHER, to=TRUST, by="Sam") == first
    with store.read() as conn:
        assert conn.execute(select(func.count()).select_from(verdicts)).scalar_one() == 1


def test_people_may_change_their_minds_and_the_history_is_kept(
    store: Store, ids: list[str]
) -> None:
    judge(store, ids[0], WRONG)
    judge(store, ids[0], OTHER, to=TRUST, by="Sam")
    judge(store, ids[0], RIGHT)
    assert counted(store) == {"price": 1.0}
    with store.read() as conn:
        history = list_judgements(conn, ids[0])
        stored = find_mention(conn, ids[0])
    assert [(one.verdict.kind, one.verdict.by) for one in history] == [
        (RIGHT, "Robin"),
        (OTHER, "Sam"),
        (WRONG, "Robin"),
    ]
    assert {one.extractor for one in history} == {"v1"}
    assert stored.confidence == 0.8


def test_a_mention_that_a_verdict_made_can_be_judged_and_the_first_word_said_again(
    store: Store, ids: list[str]
) -> None:
    made = judge(store, ids[0], OTHER, to=TRUST).counts_as
    assert made is not None
    judge(store, made, WRONG)
    assert counted(store) == {}
    judge(store, ids[0], OTHER, to=TRUST)
    assert counted(store) == {"trust": 1.0}


def test_a_verdict_follows_its_sentence_when_the_conversation_is_replaced(
    store: Store, ids: list[str], record: ConversationRecord, found: list[Mention]
) -> None:
    judge(store, ids[0], WRONG)
    turns = [Turn("[PERSON]", "Hello.", Role.REP), Turn("[PERSON]", f"{DEAR} Bye.", Role.CUSTOMER)]
    changed = replace(record, content_hash="1" * 64, turns=turns)
    with store.begin() as conn:
        save_conversation(conn, changed)
    read(store, changed, [replace(found[0], turn=1, start=0, end=len(DEAR))])
    assert counted(store) == {}
    with store.read() as conn:
        row = conn.execute(select(verdicts)).one()
    moved = identify_mention(record.id, replace(found[0], turn=1, start=0, end=len(DEAR)))
    assert (row.turn, row.start, row.end, row.mention_id) == (1, 0, len(DEAR), moved)


def test_a_verdict_goes_with_what_is_no_longer_said(
    store: Store, ids: list[str], record: ConversationRecord
) -> None:
    judge(store, ids[0], WRONG)
    turns = [Turn("[PERSON]", "Hello.", Role.CUSTOMER)]
    with store.begin() as conn:
        save_conversation(conn, replace(record, content_hash="1" * 64, turns=turns))
        assert conn.execute(select(verdicts)).all() == []
        assert conn.execute(select(unsure_mentions)).all() == []


def test_erasure_takes_verdicts_and_unsure_mentions_with_it(
    store: Store, ids: list[str], record: ConversationRecord
) -> None:
    judge(store, ids[0], WRONG)
    with store.begin() as conn:
        delete_conversation(conn, record.id)
        for table in (verdicts, unsure_mentions, mentions):
            assert conn.execute(select(table)).all() == []


def test_the_number_of_a_verdict_is_never_used_twice(
    store: Store, ids: list[str], record: ConversationRecord, found: list[Mention]
) -> None:
    """Readers tell by it whether anything was said since they looked."""
    judge(store, ids[0], WRONG)
    with store.begin() as conn:
        last = find_last_verdict(conn)
        delete_conversation(conn, record.id)
        save_conversation(conn, record)
    read(store, record, found)
    judge(store, ids[0], WRONG)
    with store.read() as conn:
        assert find_last_verdict(conn) > last


def test_a_copy_of_a_template_has_nothing_to_judge(
    store: Store, ids: list[str], record: ConversationRecord
) -> None:
    judge(store, ids[0], WRONG)
    with store.begin() as conn:
        mark_templates(conn, [record.id])
    assert (counted(store), unsure(store)) == ({}, [])
    with pytest.raises(NotFound):
        judge(store, ids[1], RIGHT)
    with pytest.raises(Conflict, match="kept out of the counts"):
        judge(store, ids[0], RIGHT)


@pytest.mark.parametrize(
    ("kind", "to"),
    [(RIGHT, TRUST), (OTHER, None), (OTHER, (MentionKind.OBJECTION, "price"))],
)
def test_a_type_goes_with_other_type_alone_and_is_another(
    store: Store, ids: list[str], kind: VerdictKind, to: Any
) -> None:
    with pytest.raises(Mismatch):
        judge(store, ids[0], kind, to=to)
    assert counted(store) == {"price": 0.8}


def test_a_mention_that_is_not_there_cannot_be_judged(store: Store) -> None:
    with pytest.raises(NotFound, match="no mention mtn_none"):
        judge(store, "mtn_none", RIGHT)


def test_of_many_who_judge_at_once_the_last_word_stands(store: Store, ids: list[str]) -> None:
    kinds = [RIGHT, WRONG] * 4
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda kind: judge(store, ids[0], kind), kinds))
    with store.read() as conn:
        last = list_judgements(conn, ids[0])[0]
    is_right = last.verdict.kind is RIGHT
    assert counted(store) == ({"price": 1.0} if is_right else {})
    assert last.counts_as == (ids[0] if is_right else None)
