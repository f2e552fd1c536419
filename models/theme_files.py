"""The registry on disk: `save_registry` and `load_registry`.

Words are JSON, numbers are one .npz without pickle, named after the hash of its content. The texts
of members are lines of JSON to which each night adds its own. `registry.json`, which names the one
and says how much of the other counts, is swapped in last: a reader sees the old state or the new.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import UnreadableFile
from models.theme_state import (
    BufferedItem,
    Example,
    RegistryState,
    Space,
    Theme,
    ThemeItem,
    ThemeStatus,
)

VERSION = 1
TEXTS = "texts.jsonl"
THEME_FIELDS = ("id", "kind", "type", "weight", "label", "into", "is_pinned")

Arrays = Mapping[str, NDArray[Any]]


def save_registry(
    folder: Path,
    state: RegistryState,
    assignments: Mapping[str, str],
    new_texts: Mapping[str, str] | None = None,
) -> None:
    """Writes the state and the themes of all items seen to `folder`; the old state goes last.

    `new_texts`: the texts, by id, of items that had no theme when the folder was last written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    n_bytes = _add_texts(folder, new_texts or {})
    numbers = _pack_arrays(_list_arrays(state))
    name = f"vectors-{hashlib.sha256(numbers).hexdigest()[:16]}.npz"
    words = {"version": VERSION, "vectors": name, "text_bytes": n_bytes, **_write_words(state)}
    text = json.dumps({**words, "assignments": dict(sorted(assignments.items()))}, indent=1)
    _replace_file(folder / name, numbers)
    _replace_file(folder / "registry.json", text.encode())
    for stale in folder.glob("vectors-*.npz"):
        if stale.name != name:
            stale.unlink()


def load_registry(folder: Path) -> tuple[RegistryState, dict[str, str]]:
    """The state in `folder` and the theme of every item that has one; empty where nothing is."""
    path = folder / "registry.json"
    if not path.exists():
        return RegistryState(), {}
    try:
        words = json.loads(path.read_text(encoding="utf-8"))
        with np.load(folder / words["vectors"], allow_pickle=False) as arrays:
            return _read_state(words, dict(arrays)), dict(words["assignments"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UnreadableFile("not a theme registry", path=str(path)) from error


def read_texts(folder: Path) -> dict[str, str]:
    """The texts of members by their ids; a folder of an earlier version has none."""
    content = (folder / TEXTS).read_bytes() if (folder / TEXTS).exists() else b""
    return dict(json.loads(line) for line in content[: _count_bytes(folder)].splitlines())


def _add_texts(folder: Path, texts: Mapping[str, str]) -> int:
    """Adds texts to those in `folder` and gives the size of them all.

    What a call that was killed has left beyond the size is written over.
    """
    with (folder / TEXTS).open("ab") as file:
        file.truncate(_count_bytes(folder))
        file.writelines(json.dumps(pair).encode() + b"\n" for pair in sorted(texts.items()))
        return file.seek(0, io.SEEK_END)


def _count_bytes(folder: Path) -> int:
    """How much of the texts counts."""
    path = folder / "registry.json"
    return int(json.loads(path.read_text()).get("text_bytes", 0)) if path.exists() else 0


def _list_arrays(state: RegistryState) -> dict[str, NDArray[Any]]:
    """All numbers of the state as a few matrices, in the order in which the words name them."""
    themes = state.themes.values()
    examples = [example.vector for theme in themes for example in theme.examples]
    return {
        "totals": _matrix(theme.total for theme in themes),
        "examples": _matrix(examples),
        "buffer": _matrix(entry.vector for entry in state.buffer),
        "spaces": _matrix(space.total for space in state.spaces.values()),
    }


def _matrix(rows: Iterable[NDArray[Any]]) -> NDArray[Any]:
    """The rows as one matrix; without rows an empty one."""
    listed = list(rows)
    return np.stack(listed) if listed else np.zeros((0, 0), dtype=np.float32)


def _pack_arrays(arrays: Arrays) -> bytes:
    """The bytes of an .npz; the same arrays give the same bytes."""
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)  # type: ignore[arg-type]  # numpy's stub takes no mapping
    return buffer.getvalue()


def _write_words(state: RegistryState) -> dict[str, Any]:
    """All of the state but its vectors, as JSON values."""
    return {
        "encoder": state.encoder,
        "encoders_before": state.encoders_before,
        "themes": [_write_theme(theme) for theme in state.themes.values()],
        "buffer": [
            {"item": _write_item(entry.item), "since": entry.since.isoformat()}
            for entry in state.buffer
        ],
        "spaces": [
            {"scope": list(scope), "count": space.count, "cohesion": space.cohesion}
            for scope, space in state.spaces.items()
        ],
    }


def _write_item(item: ThemeItem) -> dict[str, str | None]:
    """An item as JSON values."""
    names = ("id", "text", "kind", "type", "conversation", "account")
    return {name: getattr(item, name) for name in names}


def _write_theme(theme: Theme) -> dict[str, Any]:
    """A theme as JSON values, without its vectors."""
    return {
        **{name: getattr(theme, name) for name in THEME_FIELDS},
        "status": str(theme.status),
        "words": list(theme.words.items()),
        "keywords": list(theme.keywords),
        "examples": [[example.id, example.text] for example in theme.examples],
        "born": theme.born.isoformat(),
        "last_seen": theme.last_seen.isoformat(),
    }


def _read_state(words: Mapping[str, Any], arrays: Arrays) -> RegistryState:
    """The state from its words and its arrays."""
    examples = iter(arrays["examples"])
    themes = [
        _read_theme(entry, total, [next(examples) for _ in entry["examples"]])
        for entry, total in zip(words["themes"], arrays["totals"], strict=True)
    ]
    buffer = tuple(
        BufferedItem(ThemeItem(**entry["item"]), vector, date.fromisoformat(entry["since"]))
        for entry, vector in zip(words["buffer"], arrays["buffer"], strict=True)
    )
    spaces = {
        (entry["scope"][0], entry["scope"][1]): Space(total, entry["count"], entry["cohesion"])
        for entry, total in zip(words["spaces"], arrays["spaces"], strict=True)
    }
    return RegistryState(
        words["encoder"],
        {theme.id: theme for theme in themes},
        buffer,
        spaces,
        tuple(words.get("encoders_before", ())),
    )


def _read_theme(
    entry: Mapping[str, Any], total: NDArray[Any], vectors: Iterable[NDArray[Any]]
) -> Theme:
    """A theme from its words and vectors."""
    pairs = zip(entry["examples"], vectors, strict=True)
    return Theme(
        **{name: entry[name] for name in THEME_FIELDS},
        total=total,
        words=dict(entry["words"]),
        keywords=tuple(entry["keywords"]),
        examples=tuple(Example(id_, text, vector) for (id_, text), vector in pairs),
        born=date.fromisoformat(entry["born"]),
        last_seen=date.fromisoformat(entry["last_seen"]),
        status=ThemeStatus(entry["status"]),
    )


def _replace_file(path: Path, content: bytes) -> None:
    """Writes a file in one step."""
    new = path.with_name(path.name + ".new")
    new.write_bytes(content)
    new.replace(path)
