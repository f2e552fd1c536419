"""Merges and splits proposed each night; those beyond doubt are done at once.

Takes time by the number of themes and by what the night touched, not by history: a theme is looked
into again when it has grown by half, by a sample of its mentions, and few are a night.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from core.settings import Settings
from core.store.theme_members import Member, list_members
from core.store.theme_proposals import (
    StoredProposal,
    expire_proposals,
    list_proposals,
    save_proposals,
)
from core.store.themes import read_examined, save_examined
from core.vocabulary import AUTOMATIC, ProposalAction
from models.theme_decisions import Decision, accept
from models.theme_proposals import (
    Proposal,
    is_changed_much,
    is_sure,
    pick_suspects,
    propose_merges,
    propose_split,
)
from models.theme_state import BufferedItem, RegistryState, ThemeItem, ThemeSettings, ThemeStatus
from models.vectors import Encoder
from pipeline.night import Night

MOST_EXAMINED = 20  # themes a night
SAMPLE = 200  # mentions of a theme


@dataclass(frozen=True, slots=True)
class Found:
    """A night's proposals, and the themes that were examined for splits: id -> mentions."""

    proposals: Sequence[Proposal]
    examined: Mapping[str, int]


def find_proposals(
    conn: Connection,
    before: RegistryState,
    after: RegistryState,
    tonight: Mapping[str, Sequence[BufferedItem]],
    splits: Sequence[tuple[str, str]],
    *,
    encoder: Encoder,
    settings: ThemeSettings,
) -> Found:
    """What speaks for merges and splits after a night, in which themes got members `tonight`."""
    known = before.themes
    grown = [
        t.id for t in after.themes.values() if t.id not in known or t.weight > known[t.id].weight
    ]
    suspects = pick_suspects(after, grown, read_examined(conn), most=MOST_EXAMINED)
    found: list[Proposal] = propose_merges(after, splits)
    for theme_id in suspects:
        theme = after.themes[theme_id]
        members = _sample(conn, theme_id, tonight.get(theme_id, ()), encoder)
        proposal = propose_split(theme, members, after.spaces[theme.scope], settings)
        found += [] if proposal is None else [proposal]
    return Found(found, {theme_id: after.themes[theme_id].weight for theme_id in suspects})


def save_found(
    conn: Connection, found: Found, state: RegistryState, night: Night, settings: Settings
) -> int:
    """Stores what was found, and does what is beyond doubt; returns how many proposals are open."""
    rows = [_write_row(proposal) for proposal in found.proposals]
    save_proposals(conn, rows, night=night.day, is_reopened=_is_reopened)
    expire_proposals(conn, _list_lost(list_proposals(conn), found, state))
    save_examined(conn, found.examined)
    for proposal in _pick_sure(list_proposals(conn), found, state, settings):
        reason = f"likeness {proposal.likeness:.2f} of {proposal.n_mentions} mentions"
        accept(conn, proposal.id, Decision(AUTOMATIC, night.now, night.day, reason))
    return len(list_proposals(conn))


def _sample(
    conn: Connection, theme_id: str, tonight: Sequence[BufferedItem], encoder: Encoder
) -> list[BufferedItem]:
    """A fair sample of a theme's mentions, those of tonight among them, in the order of ids."""
    known = list_members(conn, theme_id, limit=SAMPLE)
    members = {member.id: member for member in known}
    new = {entry.item.id: entry for entry in tonight}
    chosen = sorted({*members, *new})[:SAMPLE]
    old = [members[id_] for id_ in chosen if id_ not in new]
    vectors = encoder.encode([member.text for member in old])
    found = {m.id: _entry(m, vector) for m, vector in zip(old, vectors, strict=True)} | new
    return [found[id_] for id_ in chosen]


def _entry(member: Member, vector: NDArray[np.float32]) -> BufferedItem:
    item = ThemeItem(
        member.id, member.text, member.kind, member.type, member.conversation_id, member.account_id
    )
    return BufferedItem(item, vector, date.min)


def _write_row(proposal: Proposal) -> dict[str, Any]:
    return {
        "id": proposal.id,
        "action": proposal.action,
        "theme_id": proposal.theme,
        "other_id": proposal.other,
        "likeness": proposal.likeness,
        "n_mentions": proposal.n_mentions,
        "groups": [list(group) for group in proposal.groups],
        "words": list(proposal.words),
    }


def _is_reopened(known: StoredProposal, row: Mapping[str, Any]) -> bool:
    before, now = (known.likeness, known.n_mentions), (row["likeness"], row["n_mentions"])
    return is_changed_much(ProposalAction(known.action), before, now)


def _list_lost(open_: Sequence[StoredProposal], found: Found, state: RegistryState) -> list[str]:
    """Ids of open proposals for which nothing speaks any more."""
    still = {proposal.id for proposal in found.proposals}
    return [
        known.id
        for known in open_
        if known.id not in still
        and (
            known.action == ProposalAction.MERGE
            or known.theme_id in found.examined
            or state.themes[known.theme_id].status is not ThemeStatus.ACTIVE
        )
    ]


def _pick_sure(
    open_: Sequence[StoredProposal], found: Found, state: RegistryState, settings: Settings
) -> list[StoredProposal]:
    """Proposals of tonight that need nobody's word: no person has had a say in them, their themes
    bear no person's label, and a split shows every mention. No theme is in two of them."""
    tonight = {proposal.id: proposal for proposal in found.proposals}
    sure: list[StoredProposal] = []
    used: set[str] = set()
    for known in open_:
        ids = {known.theme_id, known.other_id or known.theme_id}
        if (
            known.id in tonight
            and known.decided_by is None
            and not used & ids
            and not any(state.themes[id_].is_pinned for id_ in ids)
            and is_sure(
                tonight[known.id],
                merge_from=settings.theme_auto_merge,
                split_up_to=settings.theme_auto_split,
            )
        ):
            used |= ids
            sure.append(known)
    return sure
