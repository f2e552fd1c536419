"""A newer extractor over the stored history: aside first, compared, then put in force as one.

What is aside is the progress: a run that was cut off goes on where it stood. Conversations that
arrive or change meanwhile are read by the night, which has the newer extractor already.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection

from core.errors import Conflict
from core.settings import Settings
from core.store.conversations import mark_extracted, read_conversations
from core.store.database import chunked
from core.store.mentions import read_mentions
from core.store.relabelled import (
    Relabelled,
    Standing,
    discard_relabelled,
    hold_relabelled,
    list_relabelled,
    list_remaining,
    list_staged_versions,
    read_hashes,
    read_relabelled,
    read_standing,
    save_relabelled,
)
from core.store.themes import hold_version
from core.store.verdicts import lay_verdicts, save_readings
from models.features import list_sentences
from models.relabelling import LabelComparison, Labelling
from pipeline.ledger import write_between_nights
from pipeline.night import Counts
from pipeline.resources import get_extractor, get_store


def look(settings: Settings) -> Standing:
    """How far re-labelling by the present extractor has come."""
    with get_store(settings).read() as conn:
        return read_standing(conn, get_extractor().version)


def count_outdated(settings: Settings) -> Counts:
    """How many conversations another extractor than the present one labelled."""
    return {"n_outdated": look(settings).n_outdated}


def list_batches(settings: Settings) -> list[tuple[str, ...]]:
    """Ids of the conversations that are to be re-labelled, in batches.

    What a version that is not the present one has re-labelled is removed first.
    """
    version = get_extractor().version
    with get_store(settings).begin() as conn:
        discard_relabelled(conn, keep=version)
        ids = list_remaining(conn, version)
    return [tuple(batch) for batch in chunked(ids, settings.batch_size)]


def relabel_batch(ids: Sequence[str], settings: Settings) -> Counts:
    """Finds the mentions of these conversations and lays them aside; one transaction."""
    extractor, store = get_extractor(), get_store(settings)
    with store.read() as conn:
        conversations, hashes = read_conversations(conn, ids), read_hashes(conn, ids)
    found = [
        Relabelled(conversation.external_id, len(list_sentences(conversation)), mentions)
        for conversation, mentions in zip(
            conversations, extractor.extract(conversations), strict=True
        )
    ]
    with store.begin() as conn:
        return {"n_relabelled": save_relabelled(conn, extractor.version, found, hashes=hashes)}


def compare(settings: Settings, *, n_examples: int) -> tuple[Standing, LabelComparison]:
    """What would change in the conversations that are re-labelled, beside what is in force."""
    comparison = LabelComparison(n_examples)
    with get_store(settings).read() as conn:
        standing = read_standing(conn, get_extractor().version)
        for labelling in _read_labellings(conn, standing.version, settings):
            comparison.add(labelling)
    return standing, comparison


def switch(settings: Settings) -> Standing:
    """Puts what was re-labelled in force, all of it or nothing; returns how it stood before.

    Mentions that both versions found keep their id and theme; people's verdicts win over either.

    Raises:
        Conflict: something is not re-labelled yet, or nothing needs to be.
        RunLocked: a night is at work.
    """
    with write_between_nights(settings, "reprocess") as conn:
        standing = read_standing(conn, get_extractor().version)
        hold_version(conn)  # what people say of mentions and do to themes waits
        _refuse_unless_done(standing, list_staged_versions(conn))
        for ids in chunked(hold_relabelled(conn, standing.version)):
            found = {one.conversation_id: one.mentions for one in read_relabelled(conn, ids)}
            save_readings(conn, found, min_confidence=settings.min_confidence)
            mark_extracted(conn, ids, version=standing.version)
        discard_relabelled(conn)
    return standing


def discard(settings: Settings) -> int:
    """Removes all that was re-labelled and is not in force; returns of how many conversations."""
    with get_store(settings).begin() as conn:
        return discard_relabelled(conn)


def _refuse_unless_done(standing: Standing, staged: Sequence[str]) -> None:
    if not standing.n_outdated:
        raise Conflict(f"nothing to switch: version {standing.version} labelled everything")
    others = [version for version in staged if version != standing.version]
    if others:
        raise Conflict(
            f"version {', '.join(others)} re-labelled conversations, but the extractor is version "
            f"{standing.version}: run `fieldback reprocess` again"
        )
    n_left = standing.n_outdated - standing.n_done
    if n_left:
        raise Conflict(
            f"{n_left} of {standing.n_outdated} conversations are not re-labelled yet: "
            "run `fieldback reprocess` first"
        )


def _read_labellings(conn: Connection, version: str, settings: Settings) -> Iterator[Labelling]:
    """What is in force beside what the switch would put there."""
    for ids in chunked(list_relabelled(conn, version)):
        kept, old = read_relabelled(conn, ids), read_mentions(conn, ids)
        found = {one.conversation_id: one.mentions for one in kept}
        new, _ = lay_verdicts(conn, found, min_confidence=settings.min_confidence)
        for one in kept:
            key = one.conversation_id
            yield Labelling(key, one.n_sentences, old=old.get(key, ()), new=new[key])
