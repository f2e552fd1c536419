"""What there is to find, as data: kinds and types with their names, definitions and examples."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from core.errors import SettingsError
from core.vocabulary import MentionKind

TAXONOMY_FILE = Path(__file__).with_name("taxonomy.yaml")


@dataclass(frozen=True, slots=True)
class MentionType:
    """One type of mention, such as the objection `price`."""

    kind: MentionKind
    id: str
    name: str
    definition: str
    examples: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """`kind/id`, unique in the taxonomy."""
        return f"{self.kind}/{self.id}"


@dataclass(frozen=True)
class Taxonomy:
    """All types in the order of the file.

    `hash` changes whenever the file's content does.
    """

    types: tuple[MentionType, ...]
    hash: str

    @cached_property
    def by_key(self) -> dict[str, MentionType]:
        """The types by `kind/id`."""
        return {entry.key: entry for entry in self.types}

    def of_kind(self, kind: MentionKind) -> tuple[MentionType, ...]:
        """The types of one kind."""
        return tuple(entry for entry in self.types if entry.kind == kind)

    def name(self, kind: MentionKind, type_id: str) -> str:
        """The type's name for people; an unknown id with spaces for underscores."""
        entry = self.by_key.get(f"{kind}/{type_id}")
        return entry.name if entry else type_id.replace("_", " ").capitalize()


def load_taxonomy(path: Path = TAXONOMY_FILE) -> Taxonomy:
    """The taxonomy in `path`.

    Raises:
        SettingsError: the file is missing, isn't YAML, or an entry lacks what it needs.
    """
    try:
        content = path.read_bytes()
        document = yaml.safe_load(content)
    except (OSError, yaml.YAMLError) as error:
        raise SettingsError(f"{path}: the taxonomy cannot be read: {error}") from error
    types = tuple(_read_types(document, path))
    _refuse_twins(types, path)
    return Taxonomy(types=types, hash=hashlib.sha256(content).hexdigest())


def _read_types(document: Any, path: Path) -> list[MentionType]:
    """Every type of every kind."""
    try:
        return [
            _read_type(MentionKind(kind["id"]), entry)
            for kind in document["kinds"]
            for entry in kind["types"]
        ]
    except (KeyError, TypeError, ValueError) as error:
        raise SettingsError(f"{path}: an entry of the taxonomy is broken: {error}") from error


def _read_type(kind: MentionKind, entry: dict[str, Any]) -> MentionType:
    """One entry as a value."""
    return MentionType(
        kind=kind,
        id=str(entry["id"]),
        name=str(entry["name"]),
        definition=str(entry["definition"]),
        examples=tuple(str(example) for example in entry.get("examples", ())),
    )


def _refuse_twins(types: tuple[MentionType, ...], path: Path) -> None:
    """Nothing; raises `SettingsError` where two types share kind and id."""
    seen: set[str] = set()
    for entry in types:
        if entry.key in seen:
            raise SettingsError(f"{path}: {entry.key} stands in the taxonomy twice")
        seen.add(entry.key)
