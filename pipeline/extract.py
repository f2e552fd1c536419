"""From stored conversations to stored mentions; and the copies of templates left out."""

from __future__ import annotations

from collections.abc import Sequence

from core.settings import Settings
from core.store.conversations import (
    list_unread,
    mark_extracted,
    mark_templates,
    read_conversations,
    read_signatures,
)
from core.store.verdicts import save_readings
from models.screening import Fingerprint, find_templates
from pipeline.night import Counts
from pipeline.resources import get_extractor, get_store


def leave_out_templates(settings: Settings) -> Counts:
    """Keeps near-duplicate copies out of the counts; the first of each group stays."""
    with get_store(settings).begin() as conn:
        signed = read_signatures(conn)
        groups = find_templates([Fingerprint(n_words, mark) for _, n_words, mark in signed])
        copies = sorted(signed[i][0] for group in groups for i in group[1:])
        return {"n_templates": mark_templates(conn, copies)}


def list_batches(settings: Settings) -> list[tuple[str, ...]]:
    """Ids of the conversations that no extractor has read, in batches."""
    with get_store(settings).read() as conn:
        ids = list_unread(conn)
    size = settings.batch_size
    return [tuple(ids[i : i + size]) for i in range(0, len(ids), size)]


def extract_batch(ids: Sequence[str], settings: Settings) -> Counts:
    """Finds the mentions of these conversations and stores them; one transaction."""
    extractor = get_extractor()
    store = get_store(settings)
    with store.read() as conn:
        conversations = read_conversations(conn, ids)
    keys = [conversation.external_id for conversation in conversations]
    found = dict(zip(keys, extractor.extract(conversations), strict=True))
    with store.begin() as conn:
        n_mentions, n_unsure = save_readings(conn, found, min_confidence=settings.min_confidence)
        mark_extracted(conn, keys, version=extractor.version)
    return {"n_extracted": len(conversations), "n_mentions": n_mentions, "n_unsure": n_unsure}
