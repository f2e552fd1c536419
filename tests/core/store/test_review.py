from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from core.store import Store
from core.store.conversations import ConversationRecord, save_conversation
from core.store.review import list_judged, list_unjudged
from core.store.verdicts import give_verdict, save_readings
from core.vocabulary import Mention, MentionKind, VerdictKind

NOW = datetime(2026, 11, 21, tzinfo=UTC)
CONFIDENCES = (0.05, 0.3, 0.45, 0.6, 0.9, 1.0)


@pytest.fixture
def filled(
    store: Store,
    make_record: Callable[..., ConversationRecord],
    make_mention: Callable[..., Mention],
) -> Store:
    """Objections to the price of every confidence, and one pain point."""
    record = make_record()
    found = [
        make_mention(f"Quote {n}.", turn=n, confidence=confidence)
        for n, confidence in enumerate(CONFIDENCES)
    ]
    found.append(make_mention("Ouch.", turn=9, kind=MentionKind.PAIN_POINT, type="time"))
    with store.begin() as conn:
        save_conversation(conn, record)
        save_readings(conn, {record.id: found}, min_confidence=0.5)
    return store


def test_counted_and_unsure_mentions_are_asked_for_and_certain_ones_not(filled: Store) -> None:
    with filled.read() as conn:
        prices = list_unjudged(conn, kind=MentionKind.OBJECTION)
    assert {(item.mention.confidence, item.is_counted) for item in prices} == {
        (0.05, False),
        (0.3, False),
        (0.45, False),
        (0.6, True),
        (0.9, True),
    }
    assert all(item.started_at == datetime(2026, 11, 2, 9, tzinfo=UTC) for item in prices)


def test_of_each_type_only_the_most_doubtful_are_held(filled: Store) -> None:
    with filled.read() as conn:
        found = list_unjudged(conn, most=2)
    assert sorted((item.mention.type, item.mention.confidence) for item in found) == [
        ("price", 0.45),
        ("price", 0.6),
        ("time", 0.9),
    ]


def test_kind_and_type_narrow_it_down(filled: Store) -> None:
    with filled.read() as conn:
        assert len(list_unjudged(conn, type_="time")) == 1
        assert list_unjudged(conn, kind=MentionKind.OBJECTION, type_="time") == []


@pytest.mark.parametrize("kind", [VerdictKind.RIGHT, VerdictKind.WRONG])
def test_what_was_judged_is_not_asked_for_again(filled: Store, kind: VerdictKind) -> None:
    with filled.begin() as conn:
        before = list_unjudged(conn)
        give_verdict(conn, before[0].id, kind, by="Robin", now=NOW)
        assert list_unjudged(conn) == before[1:]
        assert list_judged(conn) == [before[0].mention]
