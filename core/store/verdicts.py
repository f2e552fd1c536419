"""People's verdicts on mentions, and what an extractor reads with the verdicts laid over it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select

from core.errors import Conflict, Mismatch, NotFound
from core.store.database import chunked, upsert
from core.store.mentions import (
    identify_mention,
    make_mention_row,
    mention_of,
    read_mentions,
    replace_all_mentions,
)
from core.store.themes import hold_version
from core.tables import conversations, mentions, unsure_mentions, verdicts
from core.verdicts import (
    Place,
    apply_verdicts,
    find_standing,
    leave_out_judged,
    move_mention,
    place_of,
    retype,
    settle,
)
from core.vocabulary import Mention, MentionKind, Verdict, VerdictKind


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict on a mention, with the id of the mention that counts by it; None if none does."""

    mention_id: str
    conversation_id: str
    verdict: Verdict
    extractor: str | None
    counts_as: str | None


def save_readings(
    conn: Connection, found: Mapping[str, Sequence[Mention]], *, min_confidence: float
) -> tuple[int, int]:
    """Stores what an extractor found in conversations (id -> mentions), in place of what they had
    and with people's verdicts laid over it; returns how many count and how many are unsure."""
    _lock_conversations(conn, list(found))
    counted, unsure = lay_verdicts(conn, found, min_confidence=min_confidence)
    return replace_all_mentions(conn, counted), _replace_unsure(conn, unsure)


def lay_verdicts(
    conn: Connection, found: Mapping[str, Sequence[Mention]], *, min_confidence: float
) -> tuple[dict[str, list[Mention]], dict[str, list[Mention]]]:
    """What counts of what an extractor found in conversations (id -> mentions), with people's
    verdicts laid over it, and what is unsure."""
    judged = {key: settle(given) for key, given in read_verdicts(conn, list(found)).items()}
    counted, unsure = {}, {}
    for key, said in found.items():
        settled = judged.get(key, {})
        sure = [mention for mention in said if mention.confidence >= min_confidence]
        doubtful = [mention for mention in said if mention.confidence < min_confidence]
        counted[key] = apply_verdicts(sure, settled)
        unsure[key] = leave_out_judged(doubtful, settled)
    return counted, unsure


def read_verdicts(conn: Connection, conversation_ids: Sequence[str]) -> dict[str, list[Verdict]]:
    """Conversation id -> every verdict given in it, in order."""
    given: dict[str, list[Verdict]] = {}
    for chunk in chunked(conversation_ids):
        query = select(verdicts).where(verdicts.c.conversation_id.in_(chunk))
        for row in conn.execute(query.order_by(verdicts.c.number)):
            given.setdefault(row.conversation_id, []).append(_verdict(row))
    return given


def list_judged_conversations(conn: Connection) -> list[str]:
    """Ids of the conversations that count, and were read, in which people judged something."""
    query = (
        select(verdicts.c.conversation_id)
        .join(conversations, conversations.c.id == verdicts.c.conversation_id)
        .where(conversations.c.screening.is_(None), conversations.c.extractor.is_not(None))
        .distinct()
    )
    return sorted(conn.execute(query).scalars())


def find_last_verdict(conn: Connection) -> int:
    """Number of the last verdict; it grows with each."""
    return conn.execute(select(func.max(verdicts.c.number))).scalar_one() or 0


def find_mention(conn: Connection, mention_id: str) -> Mention:
    """The mention of this id as it was judged last, else as it is stored, counted or unsure.

    Raises:
        NotFound: there is none.
    """
    return mention_of(_find_row(conn, mention_id))


def give_verdict(
    conn: Connection,
    mention_id: str,
    kind: VerdictKind,
    *,
    to: tuple[MentionKind, str] | None = None,
    by: str,
    now: datetime,
) -> Judgement:
    """Keeps what a person says of a mention and lets it hold at once; saying it again changes
    nothing. `to`: the kind and type that it really has, with `other_type` alone.

    Raises:
        NotFound: there is no such mention.
        Mismatch: `to` is missing, not asked for, or what the mention is already.
        Conflict: the conversation is kept out of the counts, or is being read again.
    """
    hold_version(conn)  # verdicts come one by one, and never amidst the writing of themes
    key = _find_row(conn, mention_id).conversation_id
    extractor = _lock_conversations(conn, [key])[key]
    mention = find_mention(conn, mention_id)
    _check(mention, kind, to)
    before = read_verdicts(conn, [key]).get(key, [])
    verdict = Verdict(_next_number(before), kind, mention, to, by, now)
    if not _is_said(verdict, before):
        _insert(conn, key, extractor, verdict)
        _let_hold(conn, key, before, [*before, verdict])
    return list_judgements(conn, mention_id)[0]


def list_judgements(conn: Connection, mention_id: str) -> list[Judgement]:
    """Every verdict on a mention, the last first.

    Raises:
        NotFound: there is no such mention.
    """
    key = _find_row(conn, mention_id).conversation_id
    settled = settle(read_verdicts(conn, [key]).get(key, ()))
    query = select(verdicts).where(verdicts.c.mention_id == mention_id)
    rows = conn.execute(query.order_by(verdicts.c.number.desc()))
    return [_judgement(row, settled) for row in rows]


def take_verdicts(conn: Connection, conversation_id: str) -> list[Row[Any]]:
    """The rows of the verdicts in a conversation, for `restore_verdicts`."""
    return list(conn.execute(select(verdicts).where(verdicts.c.conversation_id == conversation_id)))


def restore_verdicts(
    conn: Connection, conversation_id: str, rows: Iterable[Row[Any]], texts: Sequence[str]
) -> None:
    """Gives a conversation that was replaced its verdicts back, each where its quote stands now in
    the texts of the turns; one whose quote is gone goes with it."""
    moved = [(row, move_mention(mention_of(row), texts)) for row in rows]
    kept = [
        {**row._mapping, **_columns(conversation_id, mention)}
        for row, mention in moved
        if mention is not None
    ]
    if kept:
        conn.execute(insert(verdicts), kept)


def _replace_unsure(conn: Connection, found: Mapping[str, Sequence[Mention]]) -> int:
    for chunk in chunked(found):
        conn.execute(delete(unsure_mentions).where(unsure_mentions.c.conversation_id.in_(chunk)))
    rows = [make_mention_row(key, mention) for key, said in found.items() for mention in said]
    upsert(conn, unsure_mentions, rows)
    return len(rows)


def _lock_conversations(conn: Connection, ids: Sequence[str]) -> dict[str, str | None]:
    """Id -> version of the extractor; others who would write these conversations wait."""
    found: dict[str, str | None] = {}
    for chunk in chunked(sorted(ids)):
        query = select(conversations).where(conversations.c.id.in_(chunk))
        for row in conn.execute(query.order_by(conversations.c.id).with_for_update()):
            if row.screening is not None:
                raise Conflict(f"conversation {row.id} is kept out of the counts: {row.screening}")
            found[row.id] = row.extractor
    if missing := set(ids) - set(found):
        raise Conflict(f"conversation {min(missing)} is being read again: ask once more")
    return found


def _let_hold(
    conn: Connection, key: str, before: Sequence[Verdict], after: Sequence[Verdict]
) -> None:
    """Brings the mentions of a conversation from what earlier verdicts made of them to what the
    later ones do."""
    past, settled = settle(before), settle(after)
    counted = leave_out_judged(read_mentions(conn, [key]).get(key, ()), past)
    replace_all_mentions(conn, {key: apply_verdicts(counted, settled)})
    query = select(unsure_mentions).where(unsure_mentions.c.conversation_id == key)
    unsure = [mention_of(row) for row in conn.execute(query)]
    _replace_unsure(conn, {key: leave_out_judged(unsure, settled)})


def _check(mention: Mention, kind: VerdictKind, to: tuple[MentionKind, str] | None) -> None:
    if (kind is VerdictKind.OTHER_TYPE) != (to is not None):
        raise Mismatch("a type goes with the verdict other_type, and only with it")
    if to == (mention.kind, mention.type):
        raise Mismatch(f"the mention is {mention.kind}/{mention.type} already")


def _is_said(verdict: Verdict, before: Sequence[Verdict]) -> bool:
    """True if this is the standing verdict on the mention, and nothing later speaks against it."""
    last = find_standing(before).get(place_of(verdict.mention))
    return (
        last is not None
        and (last.kind, last.to) == (verdict.kind, verdict.to)
        and settle([*before, verdict]) == settle(before)
    )


def _next_number(before: Sequence[Verdict]) -> int:
    """A number after those that stand; the database gives the one that is kept."""
    return max((verdict.number for verdict in before), default=0) + 1


def _find_row(conn: Connection, mention_id: str) -> Row[Any]:
    judged = (
        select(verdicts)
        .where(verdicts.c.mention_id == mention_id)
        .order_by(verdicts.c.number.desc())
        .limit(1)
    )
    stored = (
        select(table).where(table.c.id == mention_id) for table in (mentions, unsure_mentions)
    )
    for query in (judged, *stored):
        row = conn.execute(query).one_or_none()
        if row is not None:
            return row
    raise NotFound(f"no mention {mention_id}")


def _insert(conn: Connection, key: str, extractor: str | None, verdict: Verdict) -> None:
    to_kind, to_type = verdict.to or (None, None)
    row = {
        **_columns(key, verdict.mention),
        "extractor": extractor,
        "verdict": verdict.kind,
        "to_kind": to_kind,
        "to_type": to_type,
        "by": verdict.by,
        "decided_at": verdict.decided_at,
    }
    conn.execute(insert(verdicts), [row])


def _columns(conversation_id: str, mention: Mention) -> dict[str, Any]:
    """The columns of a mention as the table of verdicts has them."""
    row = make_mention_row(conversation_id, mention)
    mention_id = row.pop("id")
    return {**row, "mention_id": mention_id}


def _verdict(row: Row[Any]) -> Verdict:
    return Verdict(
        number=row.number,
        kind=VerdictKind(row.verdict),
        mention=mention_of(row),
        to=(MentionKind(row.to_kind), row.to_type) if row.to_kind else None,
        by=row.by,
        decided_at=row.decided_at,
    )


def _judgement(row: Row[Any], settled: Mapping[Place, Mention | None]) -> Judgement:
    verdict = _verdict(row)
    said = verdict.mention if verdict.to is None else retype(verdict.mention, *verdict.to)
    stands = settled.get(place_of(said))
    return Judgement(
        mention_id=row.mention_id,
        conversation_id=row.conversation_id,
        verdict=verdict,
        extractor=row.extractor,
        counts_as=identify_mention(row.conversation_id, stands) if stands else None,
    )
