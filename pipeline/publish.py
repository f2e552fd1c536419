"""Publishes a night: writes a snapshot, then swaps it in, in one step.

A snapshot's id holds the hash of what is in it: a night that changed nothing publishes nothing.
On a file system the folder is written under another name and renamed; on object stores, which have
no rename, nothing points to a folder before all of it is there. Readers follow `CURRENT` alone.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import fsspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import Connection

from core.errors import FieldbackError, NotPublished
from core.settings import Settings
from core.snapshot import CURRENT, TABLES, current_id, open_current
from core.store.erasure import find_last_erasure
from core.store.personas import list_personas
from core.store.publication import (
    read_published_conversations,
    read_published_mentions,
    read_published_themes,
    read_theme_points,
)
from core.store.verdicts import find_last_verdict
from core.vocabulary import grouping_text
from models.personas import match_persona
from models.theme_families import ThemePoint, find_families, find_related, list_pairs
from models.variants import make_wording
from pipeline.night import Counts, Night
from pipeline.resources import get_store

_STRING, _TIME = pa.string(), pa.timestamp("us", tz="UTC")
SCHEMAS: Mapping[str, pa.Schema] = {
    "conversations": pa.schema(
        [
            ("id", _STRING),
            ("source", _STRING),
            ("kind", _STRING),
            ("started_at", _TIME),
            ("account_id", _STRING),
            ("deal_id", _STRING),
            ("outcome", _STRING),
            ("amount", pa.float64()),
            ("currency", _STRING),
            ("industry", _STRING),
            ("persona", _STRING),
        ]
    ),
    "segments": pa.schema(
        [("conversation_id", _STRING), ("dimension", _STRING), ("value", _STRING)]
    ),
    "mentions": pa.schema(
        [
            ("id", _STRING),
            ("conversation_id", _STRING),
            ("turn", pa.int32()),
            ("start", pa.int32()),
            ("end", pa.int32()),
            ("quote", _STRING),
            ("kind", _STRING),
            ("type", _STRING),
            ("value", _STRING),
            ("normalised", _STRING),
            ("statement", _STRING),
            ("wording", _STRING),
            ("confidence", pa.float64()),
            ("theme_id", _STRING),
            ("role", _STRING),
            ("started_at", _TIME),
        ]
    ),
    "themes": pa.schema(
        [
            ("id", _STRING),
            ("kind", _STRING),
            ("type", _STRING),
            ("label", _STRING),
            ("keywords", pa.list_(_STRING)),
            ("status", _STRING),
            ("born", pa.date32()),
            ("last_seen", pa.date32()),
            ("merged_into", _STRING),
            ("related", pa.list_(_STRING)),
            ("family", _STRING),
        ]
    ),
}
CHUNK_ROWS = 20_000


def publish(night: Night, settings: Settings) -> tuple[str, Counts]:
    """Writes the snapshot of this night and makes it current; returns its id.

    Raises:
        FieldbackError: it cannot be written; the snapshot before stays current.
    """
    try:
        with tempfile.TemporaryDirectory(prefix="fieldback-publish-") as folder:
            with get_store(settings).read() as conn:
                counts = write_tables(conn, Path(folder), night)
                last_verdict, last_erasure = find_last_verdict(conn), find_last_erasure(conn)
            snapshot_id = f"{night.day.isoformat()}-{_hash_tables(Path(folder))[:16]}"
            _put(Path(folder), _describe(snapshot_id, night, counts, last_verdict), night, settings)
        erased_at = last_erasure.erased_at if last_erasure else None
        remove_old_snapshots(settings, now=night.now, erased_at=erased_at)
    except OSError as error:
        raise FieldbackError(f"cannot publish to {settings.snapshot_url}: {error}") from error
    return snapshot_id, {f"n_published_{name}": n for name, n in counts.items()}


def write_tables(conn: Connection, folder: Path, night: Night) -> Counts:
    """Writes every table as of a night as Parquet into a folder; returns rows a table."""
    personas = list_personas(conn)
    conversations: list[dict[str, Any]] = []
    segments: list[dict[str, Any]] = []
    for row in read_published_conversations(conn, before=night.end):
        persona = match_persona(row["titles"], row["industry"], personas)
        conversations.append({**row, "persona": persona})
        segments += _segments(row, persona)
    tables: Mapping[str, Iterator[Mapping[str, Any]]] = {
        "conversations": iter(conversations),
        "segments": iter(segments),
        "mentions": map(_add_wording, read_published_mentions(conn, before=night.end)),
        "themes": _list_themes(conn),
    }
    return {name: _write(folder / f"{name}.parquet", name, rows) for name, rows in tables.items()}


def remove_old_snapshots(
    settings: Settings, *, now: datetime, erased_at: datetime | None = None
) -> int:
    """Removes snapshots beyond the number and age to keep, and all from before `erased_at`, since
    they hold what was erased; never the current one."""
    filesystem, root = fsspec.core.url_to_fs(settings.snapshot_url)
    current = current_id(settings.snapshot_url)
    oldest = now - timedelta(days=settings.snapshot_keep_days)
    made = []
    for entry in filesystem.ls(root, detail=True, refresh=True):
        name = entry["name"].rstrip("/").rsplit("/", 1)[-1]
        if entry["type"] == "directory" and name.startswith("."):
            filesystem.rm(f"{root}/{name}", recursive=True)  # left by a run that was killed
        elif entry["type"] == "directory" and name != current:
            made.append((_created_at(filesystem, f"{root}/{name}", oldest), name))
    made.sort(reverse=True)
    old = {name for created, name in made[settings.snapshot_keep - 1 :] if created < oldest}
    old |= {name for created, name in made if erased_at is not None and created < erased_at}
    for name in sorted(old):
        filesystem.rm(f"{root}/{name}", recursive=True)
    return len(old)


def _list_themes(conn: Connection) -> Iterator[Mapping[str, Any]]:
    """The themes, each with those of other types that say the same thing, and its family."""
    pairs = list_pairs(
        ThemePoint(**{**row, "total": np.frombuffer(row["total"], np.float64)})
        for row in read_theme_points(conn)
    )
    related, families = find_related(pairs), find_families(pairs)
    for row in read_published_themes(conn):
        key = row["id"]
        yield {**row, "related": list(related.get(key, ())), "family": families.get(key)}


def _add_wording(row: Mapping[str, Any]) -> dict[str, Any]:
    """A mention with what near-duplicates of it have in common."""
    text = grouping_text(row["kind"], row["statement"], row["value"])
    return {**row, "wording": make_wording(text)}


def _segments(row: Mapping[str, Any], persona: str | None) -> list[dict[str, Any]]:
    """A row for each dimension that a conversation has a value of."""
    values: dict[str, Any] = {
        **row["attributes"],
        **row["account_attributes"],
        **row["deal_attributes"],
    }
    values |= {
        name: value
        for name, value in (
            ("deal_stage", row["deal_stage"]),
            ("outcome", row["outcome"]),
            ("persona", persona),
            ("source", row["source"]),
        )
        if value is not None
    }
    values.pop("title", None)
    return [
        {"conversation_id": row["id"], "dimension": name, "value": str(value)}
        for name, value in sorted(values.items())
        if value not in (None, "")
    ]


def _write(path: Path, name: str, rows: Iterator[Mapping[str, Any]]) -> int:
    schema, n = SCHEMAS[name], 0
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        chunk: list[Mapping[str, Any]] = []
        for row in rows:
            chunk.append({field: row[field] for field in schema.names})
            n += 1
            if len(chunk) == CHUNK_ROWS:
                writer.write_table(pa.Table.from_pylist(chunk, schema=schema))
                chunk = []
        writer.write_table(pa.Table.from_pylist(chunk, schema=schema))
    return n


def _hash_tables(folder: Path) -> str:
    digest = hashlib.sha256()
    for name in TABLES:
        digest.update((folder / f"{name}.parquet").read_bytes())
    return digest.hexdigest()


def _describe(snapshot_id: str, night: Night, counts: Counts, last_verdict: int) -> dict[str, Any]:
    """The manifest; `verdicts`: the last that it knows, later ones are laid over the snapshot."""
    return {
        "id": snapshot_id,
        "as_of": night.day.isoformat(),
        "created_at": night.now.isoformat(),
        "rows": counts,
        "verdicts": last_verdict,
    }


def _put(folder: Path, manifest: Mapping[str, Any], night: Night, settings: Settings) -> None:
    snapshot_id = str(manifest["id"])
    filesystem, root = fsspec.core.url_to_fs(settings.snapshot_url)
    if current_id(settings.snapshot_url) == snapshot_id:
        return
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    target, waiting = f"{root}/{snapshot_id}", f"{root}/.{snapshot_id}-{night.run_id}"
    filesystem.makedirs(root, exist_ok=True)
    is_local = "file" in filesystem.protocol
    place = waiting if is_local else target
    try:
        filesystem.makedirs(place, exist_ok=True)
        for file in sorted(folder.iterdir()):
            filesystem.put_file(str(file), f"{place}/{file.name}")
        if is_local:
            if filesystem.exists(target):
                filesystem.rm(target, recursive=True)
            Path(waiting).rename(target)
    finally:
        if is_local and filesystem.exists(waiting):
            filesystem.rm(waiting, recursive=True)
    if not _is_past(settings, night):
        _point_to(filesystem, root, snapshot_id, is_local=is_local)


def _is_past(settings: Settings, night: Night) -> bool:
    """True if readers have a later night already: an old one that is run again stays aside."""
    try:
        return open_current(settings.snapshot_url).as_of > night.day
    except NotPublished:
        return False


def _point_to(filesystem: Any, root: str, snapshot_id: str, *, is_local: bool) -> None:
    """Makes a snapshot the current one: readers see the old or the new, nothing between."""
    if not is_local:
        filesystem.pipe_file(f"{root}/{CURRENT}", snapshot_id.encode())
        return
    waiting = Path(root) / f".{CURRENT}"
    waiting.write_text(snapshot_id, encoding="ascii")
    waiting.replace(Path(root) / CURRENT)


def _created_at(filesystem: Any, folder: str, fallback: datetime) -> datetime:
    try:
        manifest = json.loads(filesystem.cat_file(f"{folder}/manifest.json"))
    except FileNotFoundError:
        return fallback
    return datetime.fromisoformat(manifest["created_at"])
