"""Groups of any short texts in files: `group_texts`, behind `fieldback themes`.

With a folder for its state, a later call goes on with the themes of an earlier one: items seen
before keep their theme, those that waited may have got one.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from core.errors import MalformedRecord
from models.registry import resolve, run_night
from models.theme_encoding import VectorSource, change_encoder
from models.theme_files import load_registry, read_texts, save_registry
from models.theme_state import RegistryState, ThemeItem, ThemeSettings
from models.vectors import Encoder

NO_NIGHT = date(1, 1, 1)


def group_texts(
    lines: Iterable[str],
    state_dir: Path | None = None,
    *,
    path: str = "",
    encoder: VectorSource | None = None,
    settings: ThemeSettings | None = None,
    night: date | None = None,
) -> list[dict[str, str | None]]:
    """`{"id", "theme", "label"}` for each line, in order; theme and label None without a theme.

    Args:
        lines: JSON lines `{"id", "text", "kind"?, "type"?, "conversation"?, "account"?}`.
        state_dir: where earlier calls left the themes, and this one leaves them.
        path: the file's name, for messages.
        encoder: where vectors come from; the one that ships with the package unless given.
        settings: what governs the registry.
        night: the date of this call; with a state, the day after the last call unless given.
    """
    items = [read_line(line, path, n) for n, line in enumerate(lines, 1) if line.strip()]
    source = encoder or Encoder.load(n_threads=2)
    state, themes = load_registry(state_dir) if state_dir else (RegistryState(), {})
    if state_dir and state.encoder not in ("", source.id):
        state = change_encoder(state, source, _gather_texts(state_dir, themes))
    new = find_new(items, state, themes)
    vectors = source.encode([item.text for item in new])
    result = run_night(
        replace(state, encoder=source.id),
        new,
        vectors,
        night=night or next_night(state),
        settings=settings,
    )
    joined = {item: theme for item, theme in result.assignments.items() if theme}
    themes |= joined
    if state_dir:
        came = [*new, *(entry.item for entry in state.buffer)]
        texts = {item.id: item.text for item in came if item.id in joined}
        save_registry(state_dir, result.state, themes, texts)
    return [describe(result.state, item.id, themes.get(item.id)) for item in items]


def list_known(state_dir: Path) -> list[dict[str, str | None]]:
    """`{"id", "theme", "label"}` for every item that the state knows, in the order of ids."""
    state, themes = load_registry(state_dir)
    waiting = (entry.item.id for entry in state.buffer)
    return [describe(state, item, themes.get(item)) for item in sorted({*themes, *waiting})]


def read_line(line: str, path: str, number: int) -> ThemeItem:
    """The item of a JSON line; raises MalformedRecord with its place."""
    try:
        record = json.loads(line)
    except json.JSONDecodeError as error:
        raise MalformedRecord(f"not JSON: {error.msg}", path=path, line=number) from error
    if not isinstance(record, dict):
        raise MalformedRecord("not a JSON object", path=path, line=number)
    for name in ("id", "text"):
        if not isinstance(record.get(name), str | int):
            raise MalformedRecord(f"no “{name}”", path=path, line=number)
    return _read_item(record)


def _read_item(record: Mapping[str, Any]) -> ThemeItem:
    """The item of a record that has an id and a text."""
    optional = {name: record.get(name) for name in ("type", "conversation", "account")}
    return ThemeItem(
        id=str(record["id"]),
        text=str(record["text"]),
        kind=str(record.get("kind") or ""),
        **{name: None if value is None else str(value) for name, value in optional.items()},
    )


def _gather_texts(state_dir: Path, themes: Mapping[str, str]) -> dict[str, list[str]]:
    """The texts of members that the state keeps, by the id of their theme, in the order of ids."""
    texts: dict[str, list[str]] = defaultdict(list)
    for item, text in sorted(read_texts(state_dir).items()):
        texts[themes[item]].append(text)
    return texts


def find_new(
    items: Iterable[ThemeItem], state: RegistryState, themes: Mapping[str, str]
) -> list[ThemeItem]:
    """The items that neither have a theme nor wait, each id once."""
    waiting = {entry.item.id for entry in state.buffer}
    new: dict[str, ThemeItem] = {}
    for item in items:
        if item.id not in themes and item.id not in waiting:
            new.setdefault(item.id, item)
    return list(new.values())


def next_night(state: RegistryState) -> date:
    """The night after the last that left a trace in the state.

    Files have no dates of their own: each call is a night. The calendar would make the ids of
    themes depend on the day on which a file is grouped.
    """
    seen = [theme.last_seen for theme in state.themes.values()]
    seen += [entry.since for entry in state.buffer]
    return date.fromordinal(max(seen, default=NO_NIGHT).toordinal() + 1)


def describe(state: RegistryState, item: str, theme: str | None) -> dict[str, str | None]:
    """An item with the theme under which its own now lives on, and that theme's label."""
    home = resolve(state, theme) if theme else None
    return {"id": item, "theme": home, "label": state.themes[home].label if home else None}
