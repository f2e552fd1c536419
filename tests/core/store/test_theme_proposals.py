from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from core.errors import Conflict, NotFound
from core.store import Store
from core.store.theme_proposals import (
    StoredProposal,
    decide_proposal,
    expire_proposals,
    list_proposals,
    read_proposal,
    save_proposals,
)
from core.vocabulary import ProposalStatus

NIGHT = date(2026, 11, 20)
NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


def make_row(key: str = "prp_1", **changed: Any) -> dict[str, Any]:
    return {
        "id": key,
        "action": "merge",
        "theme_id": "thm_a",
        "other_id": "thm_b",
        "likeness": 0.8,
        "n_mentions": 9,
        "groups": [["m1"], ["m2"]],
        "words": ["price"],
    } | changed


def save(
    store: Store,
    *rows: Mapping[str, Any],
    night: date = NIGHT,
    is_reopened: Callable[[StoredProposal, Mapping[str, Any]], bool] = lambda _known, _row: False,
) -> None:
    with store.begin() as conn:
        save_proposals(conn, rows, night=night, is_reopened=is_reopened)


def decide(store: Store, status: ProposalStatus) -> StoredProposal:
    with store.begin() as conn:
        return decide_proposal(conn, "prp_1", status, by="ana", reason="so it is", now=NOW)


def read(store: Store, key: str = "prp_1") -> StoredProposal:
    with store.read() as conn:
        return read_proposal(conn, key)


def test_open_proposals_come_back_the_largest_first(store: Store) -> None:
    save(store, make_row(), make_row("prp_2", n_mentions=12, action="split", other_id=None))
    with store.read() as conn:
        assert [p.id for p in list_proposals(conn)] == ["prp_2", "prp_1"]
        assert [p.id for p in list_proposals(conn, action="merge")] == ["prp_1"]
        assert [p.id for p in list_proposals(conn, limit=1, offset=1)] == ["prp_1"]
        with pytest.raises(NotFound):
            read_proposal(conn, "prp_none")


def test_an_open_one_gets_new_evidence_and_keeps_its_night(store: Store) -> None:
    save(store, make_row())
    save(store, make_row(likeness=0.9), night=NIGHT + timedelta(days=1))
    assert (read(store).likeness, read(store).night) == (0.9, NIGHT)


def test_a_decision_is_kept_with_who_when_and_why_and_without_the_examples(store: Store) -> None:
    save(store, make_row())
    assert decide(store, ProposalStatus.ACCEPTED).groups == [["m1"], ["m2"]]
    kept = read(store)
    assert (kept.status, kept.decided_by, kept.decided_at, kept.reason) == (
        "accepted",
        "ana",
        NOW,
        "so it is",
    )
    assert (kept.groups, kept.words) == ([], [])


def test_what_was_decided_cannot_be_decided_again(store: Store) -> None:
    save(store, make_row())
    decide(store, ProposalStatus.DECLINED)
    with pytest.raises(Conflict, match="declined already"):
        decide(store, ProposalStatus.ACCEPTED)


def test_a_declined_one_stays_declined_until_much_more_speaks_for_it(store: Store) -> None:
    save(store, make_row())
    decide(store, ProposalStatus.DECLINED)
    save(store, make_row(likeness=0.85))
    assert (read(store).status, read(store).likeness) == ("declined", 0.8)
    save(store, make_row(likeness=0.99), is_reopened=lambda known, row: known.likeness < 0.9)
    again = read(store)
    assert (again.status, again.likeness, again.decided_by) == ("open", 0.99, "ana")


def test_one_that_lost_its_ground_expires_and_may_come_back(store: Store) -> None:
    save(store, make_row())
    with store.begin() as conn:
        expire_proposals(conn, ["prp_1"])
    assert (read(store).status, read(store).groups) == ("expired", [])
    save(store, make_row(), night=NIGHT + timedelta(days=5))
    assert (read(store).status, read(store).night) == ("open", NIGHT + timedelta(days=5))
