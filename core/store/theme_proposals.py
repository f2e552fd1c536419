"""Merges and splits that are proposed, their evidence, and what people decided."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, select, update

from core.errors import Conflict, NotFound
from core.store.database import upsert
from core.tables import theme_proposals
from core.vocabulary import ProposalStatus


@dataclass(frozen=True, slots=True)
class StoredProposal:
    """A merge of `theme_id` into `other_id`, or a split of `theme_id` into its `groups`.

    `groups` are ids of mentions: for a merge, examples of both. `night`: when it was last opened.
    """

    id: str
    action: str
    theme_id: str
    other_id: str | None
    status: str
    likeness: float
    n_mentions: int
    groups: Sequence[Sequence[str]]
    words: Sequence[str]
    night: date
    decided_by: str | None
    decided_at: datetime | None
    reason: str | None


def list_proposals(
    conn: Connection,
    *,
    status: str | None = ProposalStatus.OPEN,
    action: str | None = None,
    limit: int | None = None,
    offset: int = 0,
) -> list[StoredProposal]:
    """Proposals, those for the most mentions first."""
    query = select(theme_proposals)
    for column, wanted in ((theme_proposals.c.status, status), (theme_proposals.c.action, action)):
        query = query if wanted is None else query.where(column == wanted)
    order = (theme_proposals.c.n_mentions.desc(), theme_proposals.c.id)
    rows = conn.execute(query.order_by(*order).limit(limit).offset(offset))
    return [StoredProposal(**row._mapping) for row in rows]


def read_proposal(conn: Connection, proposal_id: str) -> StoredProposal:
    """The proposal of this id.

    Raises:
        NotFound: there is none.
    """
    query = select(theme_proposals).where(theme_proposals.c.id == proposal_id)
    row = conn.execute(query).one_or_none()
    if row is None:
        raise NotFound(f"no proposal {proposal_id}")
    return StoredProposal(**row._mapping)


def save_proposals(
    conn: Connection,
    found: Iterable[Mapping[str, Any]],
    *,
    night: date,
    is_reopened: Callable[[StoredProposal, Mapping[str, Any]], bool],
) -> None:
    """Opens the proposals found tonight, or renews their evidence.

    One that was declined stays so unless it `is_reopened`. One that was accepted is about what is
    there now: what was put together or taken apart is not proposed again.
    """
    known = {proposal.id: proposal for proposal in list_proposals(conn, status=None)}
    upsert(
        conn,
        theme_proposals,
        [
            {**row, "status": ProposalStatus.OPEN, "night": _opened(known.get(row["id"]), night)}
            for row in found
            if _may_open(known.get(row["id"]), row, is_reopened)
        ],
    )


def expire_proposals(conn: Connection, ids: Iterable[str]) -> None:
    """Takes open proposals back that have lost their ground."""
    for key in ids:
        _settle(conn, key, status=ProposalStatus.EXPIRED, groups=[], words=[])


def decide_proposal(
    conn: Connection,
    proposal_id: str,
    status: ProposalStatus,
    *,
    by: str,
    reason: str,
    now: datetime,
) -> StoredProposal:
    """Accepts or declines an open proposal, and returns it as it was.

    Raises:
        NotFound: there is no such proposal.
        Conflict: it was decided already, or has expired.
    """
    proposal = read_proposal(conn, proposal_id)
    if proposal.status != ProposalStatus.OPEN:
        raise Conflict(f"proposal {proposal_id} is {proposal.status} already")
    decided = {"decided_by": by, "decided_at": now, "reason": reason}
    _settle(conn, proposal_id, status=status, groups=[], words=[], **decided)
    return proposal


def _settle(conn: Connection, proposal_id: str, **values: Any) -> None:
    here = theme_proposals.c.id == proposal_id
    conn.execute(update(theme_proposals).where(here).values(**values))


def _opened(known: StoredProposal | None, night: date) -> date:
    return known.night if known and known.status == ProposalStatus.OPEN else night


def _may_open(
    known: StoredProposal | None,
    row: Mapping[str, Any],
    is_reopened: Callable[[StoredProposal, Mapping[str, Any]], bool],
) -> bool:
    return known is None or known.status != ProposalStatus.DECLINED or is_reopened(known, row)
