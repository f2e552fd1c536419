from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, func, select

from core.store import Store
from core.store.conversations import (
    ConversationRecord,
    delete_conversation,
    mark_extracted,
    mark_templates,
    save_conversation,
)
from core.store.relabelled import (
    Relabelled,
    Standing,
    discard_relabelled,
    list_relabelled,
    list_remaining,
    list_staged_versions,
    read_hashes,
    read_relabelled,
    read_standing,
    save_relabelled,
)
from core.tables import relabelled_mentions
from core.vocabulary import Mention

Record = Callable[..., ConversationRecord]
Made = Callable[..., Mention]


@pytest.fixture
def ids(store: Store, make_record: Record) -> list[str]:
    """Three conversations that version `old` labelled; by id."""
    records = [make_record(f"call-{n}") for n in range(3)]
    with store.begin() as conn:
        for record in records:
            save_conversation(conn, record)
        mark_extracted(conn, [record.id for record in records], version="old")
    return sorted(record.id for record in records)


def keep(conn: Connection, version: str, *found: Relabelled) -> int:
    hashes = read_hashes(conn, [one.conversation_id for one in found])
    return save_relabelled(conn, version, found, hashes=hashes)


def count_kept_mentions(conn: Connection) -> int:
    return conn.execute(select(func.count()).select_from(relabelled_mentions)).scalar_one()


def test_what_is_kept_reads_back_as_it_was(
    store: Store, ids: list[str], make_mention: Made
) -> None:
    mentions = [make_mention("One.", value="One", normalised="1"), make_mention("Two.", turn=1)]
    found = [Relabelled(ids[0], 7, mentions), Relabelled(ids[1], 3, [])]
    with store.begin() as conn:
        assert keep(conn, "new", *found) == 2
        kept = read_relabelled(conn, ids)
        assert [(one.conversation_id, one.n_sentences) for one in kept] == [
            (ids[0], 7),
            (ids[1], 3),
        ]
        assert [list(one.mentions) for one in kept] == [mentions, []]


def test_what_is_kept_of_a_conversation_again_takes_the_place_of_what_was(
    store: Store, ids: list[str], make_mention: Made
) -> None:
    with store.begin() as conn:
        keep(conn, "new", Relabelled(ids[0], 7, [make_mention("One."), make_mention("Two.")]))
        keep(conn, "newer", Relabelled(ids[0], 7, [make_mention("Three.")]))
        assert list_staged_versions(conn) == ["newer"]
        assert count_kept_mentions(conn) == 1


def test_progress_is_what_is_kept(store: Store, ids: list[str]) -> None:
    with store.begin() as conn:
        assert list_remaining(conn, "new") == ids
        keep(conn, "new", Relabelled(ids[1], 7, []))
        assert list_remaining(conn, "new") == [ids[0], ids[2]]
        assert list_relabelled(conn, "new") == [ids[1]]
        assert read_standing(conn, "new") == Standing("new", {"old": 3}, n_done=1)


def test_what_another_version_kept_is_no_progress(store: Store, ids: list[str]) -> None:
    with store.begin() as conn:
        keep(conn, "between", Relabelled(ids[1], 7, []))
        assert list_remaining(conn, "new") == ids
        assert list_relabelled(conn, "new") == []


def test_what_this_version_labelled_and_what_does_not_count_needs_nothing(
    store: Store, ids: list[str], make_record: Record
) -> None:
    with store.begin() as conn:
        mark_extracted(conn, ids[:1], version="new")
        mark_templates(conn, ids[1:2])
        save_conversation(conn, make_record("unread"))
        assert list_remaining(conn, "new") == [ids[2]]
        standing = read_standing(conn, "new")
    assert (standing.versions, standing.n_outdated) == ({"new": 1, "old": 1}, 1)


@pytest.mark.parametrize("is_replaced", [True, False])
def test_a_conversation_that_went_since_it_was_read_is_not_kept(
    store: Store, ids: list[str], make_record: Record, make_mention: Made, is_replaced: bool
) -> None:
    """The night replaces or erases it while the extractor is at it."""
    with store.begin() as conn:
        hashes = read_hashes(conn, ids)
    with store.begin() as conn:
        for n in range(3):
            delete_conversation(conn, ids[n])
        if is_replaced:
            for n in range(3):
                save_conversation(conn, make_record(f"call-{n}", content_hash="1" * 64))
    with store.begin() as conn:
        found = [Relabelled(key, 7, [make_mention()]) for key in ids]
        assert save_relabelled(conn, "new", found, hashes=hashes) == 0
        assert read_relabelled(conn, ids) == []


def test_what_is_kept_goes_with_its_conversation(
    store: Store, ids: list[str], make_mention: Made
) -> None:
    with store.begin() as conn:
        keep(conn, "new", *(Relabelled(key, 7, [make_mention()]) for key in ids))
        delete_conversation(conn, ids[0])
        assert [one.conversation_id for one in read_relabelled(conn, ids)] == ids[1:]
        assert count_kept_mentions(conn) == 2


@pytest.mark.parametrize(("kept", "n_left"), [(None, 0), ("new", 1)])
def test_what_is_kept_is_discarded_but_for_one_version(
    store: Store, ids: list[str], make_mention: Made, kept: Any, n_left: int
) -> None:
    with store.begin() as conn:
        keep(conn, "new", Relabelled(ids[0], 7, [make_mention()]))
        keep(conn, "old", Relabelled(ids[1], 7, [make_mention()]))
        assert discard_relabelled(conn, keep=kept) == 2 - n_left
        assert len(read_relabelled(conn, ids)) == count_kept_mentions(conn) == n_left
