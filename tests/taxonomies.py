"""The taxonomy as a user might edit it."""

from __future__ import annotations

from pathlib import Path

import yaml

from models.taxonomy import TAXONOMY_FILE


def write_taxonomy_without(key: str, path: Path) -> Path:
    """Writes the taxonomy without one type, `kind/id`, to a file and returns it."""
    document = yaml.safe_load(TAXONOMY_FILE.read_text(encoding="utf-8"))
    for kind in document["kinds"]:
        kind["types"] = [t for t in kind["types"] if f"{kind['id']}/{t['id']}" != key]
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    return path
