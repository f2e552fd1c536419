"""The history re-labelled aside, compared and put in force, on both databases."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import Row, select, text

from core.errors import Conflict, RunLocked
from core.settings import Settings
from core.store import Store
from core.store.conversations import ConversationRecord, mark_extracted, save_conversation
from core.store.mentions import list_removed, list_waiting, read_mentions
from core.store.verdicts import give_verdict
from core.tables import (
    conversations,
    mentions,
    relabelled_conversations,
    relabelled_mentions,
    unsure_mentions,
)
from core.vocabulary import Conversation, Mention, MentionKind, VerdictKind
from models.relabelling import Fate, Tally
from pipeline import reprocess, resources
from pipeline.diagnosis import examine
from pipeline.extract import extract_batch, list_batches
from pipeline.ledger import open_ledger

DAY, NOW = date(2026, 11, 21), datetime(2026, 11, 22, 3, tzinfo=UTC)
OLD, NEW = "model-1", "model-2"
SECURITY, TIME = (MentionKind.OBJECTION, "security"), (MentionKind.PAIN_POINT, "time")

Record = Callable[..., ConversationRecord]


@dataclass
class ToldExtractor:
    """Finds what it was told to find: conversation id -> mentions."""

    version: str
    told: Mapping[str, Sequence[Mention]]
    n_read: int = 0

    def extract(self, read: Sequence[Conversation]) -> list[list[Mention]]:
        self.n_read += len(read)
        return [list(self.told.get(conversation.external_id, ())) for conversation in read]


@pytest.fixture
def before(company: Store) -> dict[str, list[Mention]]:
    """Mentions of the company's 24 conversations, all of which the old model labelled."""
    with company.begin() as conn:
        ids = list(conn.execute(select(conversations.c.id)).scalars())
        mark_extracted(conn, ids, version=OLD)
        return {key: read_mentions(conn, [key]).get(key, []) for key in ids}


@pytest.fixture
def newer(before: dict[str, list[Mention]], monkeypatch: pytest.MonkeyPatch) -> ToldExtractor:
    """A model that is surer of everything, finds no security, and hurry where paper hurts."""
    told = {key: [m for old in found for m in _renew(old)] for key, found in before.items()}
    extractor = ToldExtractor(NEW, told)
    monkeypatch.setattr(resources, "_extractor", lambda: extractor)
    return extractor


def _renew(mention: Mention) -> list[Mention]:
    surer = replace(mention, confidence=0.97, statement=f"{mention.statement} Really.")
    if (mention.kind, mention.type) == SECURITY:
        return []
    if (mention.kind, mention.type) == TIME:
        hurry = replace(surer, kind=MentionKind.OBJECTION, type="timing")
        unsure = replace(surer, kind=MentionKind.OBJECTION, type="trust", confidence=0.2)
        return [surer, hurry, unsure]
    return [surer]


def relabel(settings: Settings, *, n_batches: int | None = None) -> int:
    """Re-labels in batches of ten; gives how many batches were left before."""
    small = settings.model_copy(update={"batch_size": 10})
    batches = reprocess.list_batches(small)
    for batch in batches[:n_batches]:
        reprocess.relabel_batch(batch, small)
    return len(batches)


def read_rows(store: Store) -> dict[str, Row[Any]]:
    with store.read() as conn:
        return {row.id: row for row in conn.execute(select(mentions).order_by(mentions.c.id))}


def read_versions(store: Store) -> set[str | None]:
    with store.read() as conn:
        return set(conn.execute(select(conversations.c.extractor)).scalars())


def count_staged(store: Store) -> tuple[int, int]:
    with store.read() as conn:
        staged = (relabelled_conversations, relabelled_mentions)
        first, second = (len(conn.execute(select(table)).all()) for table in staged)
    return first, second


def judge(store: Store, mention_id: str) -> None:
    """Says that a mention is right."""
    with store.begin() as conn:
        give_verdict(conn, mention_id, VerdictKind.RIGHT, by="robin", now=NOW)


def test_relabelling_changes_nothing_that_is_in_force(
    company: Store, settings: Settings, newer: ToldExtractor
) -> None:
    in_force = read_rows(company)
    assert relabel(settings) == 3
    assert count_staged(company)[0] == 24
    assert read_rows(company) == in_force
    assert read_versions(company) == {OLD}


def test_what_is_done_is_not_done_again(
    company: Store, settings: Settings, newer: ToldExtractor
) -> None:
    relabel(settings, n_batches=1)
    assert reprocess.look(settings).n_done == newer.n_read == 10
    assert relabel(settings) == 2
    assert newer.n_read == 24
    assert relabel(settings) == 0


def test_a_still_newer_model_begins_anew(
    company: Store,
    settings: Settings,
    newer: ToldExtractor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    relabel(settings)
    newest = ToldExtractor("model-3", newer.told)
    monkeypatch.setattr(resources, "_extractor", lambda: newest)
    with pytest.raises(Conflict, match=r"model-2 re-labelled .* the extractor is version model-3"):
        reprocess.switch(settings)
    assert relabel(settings, n_batches=1) == 3
    assert count_staged(company)[0] == 10


def test_both_versions_are_compared_by_kind_and_type(
    company: Store, settings: Settings, newer: ToldExtractor
) -> None:
    relabel(settings)
    standing, found = reprocess.compare(settings, n_examples=2)
    assert (standing.versions, standing.n_outdated, standing.n_done) == ({OLD: 24}, 24, 24)
    assert found.mentions(SECURITY) == found.conversations(SECURITY) == Tally(removed=6)
    assert found.mentions((MentionKind.OBJECTION, "timing")) == Tally(added=8)
    assert found.mentions(TIME) == Tally(kept=8)
    assert (MentionKind.OBJECTION, "trust") not in found.scopes()
    assert found.n_changed == 14
    gone = [e.mention.quote for e in found.examples if e.fate is Fate.REMOVED]
    assert gone == ["Where would our patient records be kept?"] * 2


def test_the_comparison_is_of_what_is_done_so_far(
    company: Store, settings: Settings, newer: ToldExtractor
) -> None:
    relabel(settings, n_batches=1)
    standing, found = reprocess.compare(settings, n_examples=0)
    assert (standing.n_done, standing.n_outdated, found.n_conversations) == (10, 24, 10)


def test_after_the_switch_what_both_found_keeps_id_and_theme_and_the_rest_follows(
    company: Store, settings: Settings, newer: ToldExtractor
) -> None:
    was = read_rows(company)
    relabel(settings)
    reprocess.switch(settings)
    rows = read_rows(company)
    gone = [row for key, row in was.items() if key not in rows]
    new = [row for key, row in rows.items() if key not in was]
    assert {(row.kind, row.type) for row in gone} == {SECURITY}
    assert {(row.type, row.theme_id, row.clustered) for row in new} == {("timing", None, None)}
    for key in was.keys() & rows.keys():
        assert (rows[key].theme_id, rows[key].statement) == (was[key].theme_id, was[key].statement)
        assert rows[key].confidence == 0.97
    with company.read() as conn:
        assert {(row.id, row.theme_id) for row in list_removed(conn)} == {
            (row.id, "thm_security") for row in gone
        }
        assert {row.id for row in new} <= {waiting.id for waiting in list_waiting(conn)}
    assert read_versions(company) == {NEW}
    assert count_staged(company) == (0, 0)


def test_the_switch_is_refused_until_every_conversation_is_done(
    company: Store, settings: Settings, newer: ToldExtractor
) -> None:
    relabel(settings, n_batches=2)
    in_force = read_rows(company)
    with pytest.raises(Conflict, match="4 of 24 conversations are not re-labelled yet"):
        reprocess.switch(settings)
    assert read_rows(company) == in_force


def test_there_is_nothing_to_switch_twice(
    company: Store, settings: Settings, newer: ToldExtractor
) -> None:
    relabel(settings)
    reprocess.switch(settings)
    with pytest.raises(Conflict, match="nothing to switch"):
        reprocess.switch(settings)


def test_the_switch_is_refused_while_a_night_is_at_work_and_holds_no_lock_afterwards(
    company: Store, settings: Settings, newer: ToldExtractor
) -> None:
    relabel(settings)
    in_force = read_rows(company)
    with (
        open_ledger(settings, day=DAY, now=NOW),
        pytest.raises(RunLocked, match="is at work"),
    ):
        reprocess.switch(settings)
    assert read_rows(company) == in_force
    reprocess.switch(settings)
    with open_ledger(settings, day=DAY, now=NOW):
        pass


def test_a_switch_that_fails_half_way_changes_nothing(
    company: Store, settings: Settings, newer: ToldExtractor, monkeypatch: pytest.MonkeyPatch
) -> None:
    relabel(settings)
    in_force = read_rows(company)
    save = reprocess.save_readings

    def save_and_fail(*args: Any, **options: Any) -> None:
        save(*args, **options)
        raise OSError("No space left on device")

    monkeypatch.setattr(reprocess, "save_readings", save_and_fail)
    with pytest.raises(OSError, match="No space"):
        reprocess.switch(settings)
    assert read_rows(company) == in_force
    assert (read_versions(company), count_staged(company)[0]) == ({OLD}, 24)
    with open_ledger(settings, day=DAY, now=NOW):
        pass


def test_discarding_leaves_nothing_but_what_is_in_force(
    company: Store, settings: Settings, newer: ToldExtractor
) -> None:
    in_force = read_rows(company)
    relabel(settings)
    assert reprocess.discard(settings) == 24
    assert count_staged(company) == (0, 0)
    assert read_rows(company) == in_force
    assert reprocess.look(settings).n_outdated == 24


def test_what_arrives_or_changes_meanwhile_is_read_by_the_night_and_switched_around(
    company: Store,
    settings: Settings,
    newer: ToldExtractor,
    make_record: Record,
    make_mention: Callable[..., Mention],
) -> None:
    relabel(settings)
    said = [make_mention("Hello there.")]
    records = [make_record("call-00", content_hash="1" * 64), make_record("call-new")]
    newer.told = {**newer.told, **{record.id: said for record in records}}
    with company.begin() as conn:
        for record in records:
            save_conversation(conn, record)
    assert count_staged(company)[0] == 23
    for batch in list_batches(settings):
        extract_batch(batch, settings)
    standing = reprocess.look(settings)
    assert (standing.versions, standing.n_done) == ({OLD: 23, NEW: 2}, 23)
    reprocess.switch(settings)
    with company.read() as conn:
        assert read_mentions(conn, [record.id for record in records]) == {
            record.id: said for record in records
        }
    assert read_versions(company) == {NEW}


def test_a_conversation_that_is_no_longer_counted_gets_no_mentions_by_the_switch(
    company: Store, settings: Settings, newer: ToldExtractor
) -> None:
    relabel(settings)
    key = next(key for key, found in newer.told.items() if found)
    with company.begin() as conn:
        conn.execute(
            text("UPDATE conversations SET screening = 'template' WHERE id = :id"), {"id": key}
        )
        conn.execute(text("DELETE FROM mentions WHERE conversation_id = :id"), {"id": key})
    reprocess.switch(settings)
    with company.read() as conn:
        assert read_mentions(conn, [key]) == {}
    assert count_staged(company) == (0, 0)


def test_a_person_s_verdict_wins_over_the_newer_model_in_the_comparison_and_after_the_switch(
    company: Store, settings: Settings, newer: ToldExtractor
) -> None:
    """One given before the history is re-labelled, one given after."""
    first, second = [key for key, row in read_rows(company).items() if row.type == "security"][:2]
    judge(company, first)
    relabel(settings)
    judge(company, second)
    _, found = reprocess.compare(settings, n_examples=0)
    assert found.mentions(SECURITY) == Tally(kept=2, removed=4)
    reprocess.switch(settings)
    rows = read_rows(company)
    assert {rows[key].theme_id for key in (first, second)} == {"thm_security"}
    assert {row.id for row in rows.values() if row.type == "security"} == {first, second}


def test_what_the_newer_model_is_unsure_of_waits_for_a_verdict(
    company: Store, settings: Settings, newer: ToldExtractor
) -> None:
    relabel(settings)
    reprocess.switch(settings)
    with company.read() as conn:
        types = list(conn.execute(select(unsure_mentions.c.type)).scalars())
    assert types == ["trust"] * 8


def test_the_night_and_the_doctor_tell_of_what_an_older_model_labelled(
    company: Store, settings: Settings, newer: ToldExtractor
) -> None:
    def ask_doctor() -> str:
        return next(check.detail for check in examine(settings) if check.name == "history")

    assert reprocess.count_outdated(settings) == {"n_outdated": 24}
    assert ask_doctor() == "24 conversations were labelled by an older model: fieldback reprocess"
    relabel(settings)
    reprocess.switch(settings)
    assert reprocess.count_outdated(settings) == {"n_outdated": 0}
    assert ask_doctor() == "labelled by this model"
