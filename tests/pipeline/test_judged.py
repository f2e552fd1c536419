"""Verdicts as sentences to learn from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from core.store import Store
from core.store.conversations import (
    ConversationRecord,
    mark_extracted,
    mark_templates,
    save_conversation,
)
from core.store.mentions import identify_mention
from core.store.verdicts import give_verdict, save_readings
from core.vocabulary import Mention, MentionKind, Role, Turn, VerdictKind
from models.corpus import Label
from pipeline.judged import label_judged

TEXT = "Tell me more. It is too dear. We keep it in Excel. Fine."
RIGHT, WRONG, OTHER = VerdictKind.RIGHT, VerdictKind.WRONG, VerdictKind.OTHER_TYPE


@pytest.fixture
def record(make_record: Callable[..., ConversationRecord]) -> ConversationRecord:
    turns = [Turn("[PERSON]", "Hello there.", Role.REP), Turn("[PERSON]", TEXT, Role.CUSTOMER)]
    return make_record(turns=turns)


@pytest.fixture
def ids(
    store: Store, record: ConversationRecord, make_mention: Callable[..., Mention]
) -> list[str]:
    """Ids of an objection, a trait, and an objection that the extractor is unsure of."""

    def make(quote: str, **more: object) -> Mention:
        start = TEXT.index(quote)
        return make_mention(quote, turn=1, start=start, end=start + len(quote), **more)

    tool = {"kind": MentionKind.PERSONA_TRAIT, "type": "tool", "value": "Excel"}
    found = [
        make("It is too dear."),
        make("We keep it in Excel.", **tool),
        make("Fine.", confidence=0.2),
    ]
    with store.begin() as conn:
        save_conversation(conn, record)
        save_readings(conn, {record.id: found}, min_confidence=0.5)
        mark_extracted(conn, [record.id], version="v1")
    return [identify_mention(record.id, mention) for mention in found]


def judge(store: Store, key: str, kind: VerdictKind, **more: object) -> None:
    with store.begin() as conn:
        give_verdict(conn, key, kind, by="R", now=datetime.now(UTC), **more)  # type: ignore[arg-type] # `to`


def labels(store: Store) -> dict[str, tuple[Label, ...]]:
    """Judged sentence -> its labels."""
    with store.read() as conn:
        found = label_judged(conn)
    return {s.text: s.labels for one in found for s in one.sentences if s.is_judged}


def test_without_verdicts_there_is_nothing_to_learn(store: Store, ids: list[str]) -> None:
    with store.read() as conn:
        assert label_judged(conn) == []


def test_judged_sentences_stand_in_their_conversation(
    store: Store, ids: list[str], record: ConversationRecord
) -> None:
    judge(store, ids[0], RIGHT)
    with store.read() as conn:
        [one] = label_judged(conn)
    assert (one.id, one.family, one.is_note) == (record.id, record.id, False)
    assert [(s.text, s.turn, s.role, s.is_judged) for s in one.sentences] == [
        ("Hello there.", 0, Role.REP, False),
        ("Tell me more.", 1, Role.CUSTOMER, False),
        ("It is too dear.", 1, Role.CUSTOMER, True),
        ("We keep it in Excel.", 1, Role.CUSTOMER, False),
        ("Fine.", 1, Role.CUSTOMER, False),
    ]


def test_labels_are_what_people_said(store: Store, ids: list[str]) -> None:
    judge(store, ids[0], OTHER, to=(MentionKind.OBJECTION, "budget"))
    judge(store, ids[1], RIGHT)
    judge(store, ids[2], WRONG)
    assert labels(store) == {
        "It is too dear.": (Label(MentionKind.OBJECTION, "budget"),),
        "We keep it in Excel.": (Label(MentionKind.PERSONA_TRAIT, "tool", "Excel"),),
        "Fine.": (),
    }


def test_a_changed_mind_is_what_is_learnt(store: Store, ids: list[str]) -> None:
    judge(store, ids[2], WRONG)
    judge(store, ids[2], RIGHT)
    assert labels(store) == {"Fine.": (Label(MentionKind.OBJECTION, "price"),)}


def test_a_conversation_that_is_not_counted_or_not_read_teaches_nothing(
    store: Store, ids: list[str], record: ConversationRecord
) -> None:
    """Its mentions are not there: a sentence that was judged right would look empty."""
    judge(store, ids[0], RIGHT)
    with store.begin() as conn:
        save_conversation(conn, replace(record, content_hash="1" * 64))
    assert labels(store) == {}
    with store.begin() as conn:
        mark_extracted(conn, [record.id], version="v1")
        mark_templates(conn, [record.id])
    assert labels(store) == {}
