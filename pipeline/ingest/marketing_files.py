"""Lists of records in the YAML files that marketing keeps, each with its line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, TypeVar

import yaml
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationError
from yaml.nodes import MappingNode, Node, SequenceNode

from core.errors import MalformedRecord
from pipeline.ingest.document import Document
from pipeline.ingest.repeats import Seen
from pipeline.ingest.validation import explain, explain_yaml, find_id_fault, is_unstorable

YAML_SUFFIXES = (".yaml", ".yml")
MAX_YAML_CHARACTERS = 2_000_000  # about five seconds of parsing
MAX_SLUG_CHARACTERS = 80


def _check_text(text: str) -> str:
    """The text; raises ValueError where it cannot be stored."""
    if is_unstorable(text):
        raise ValueError("holds a null or broken character")
    return text


def _check_slug(slug: str) -> str:
    """The slug; raises ValueError where it cannot be an id."""
    fault = find_id_fault(slug)
    if len(slug) > MAX_SLUG_CHARACTERS:
        fault = f"the id is longer than {MAX_SLUG_CHARACTERS} characters"
    if fault:
        raise ValueError(fault)
    return slug


def _wrap_text(value: object) -> object:
    """A list of one for a single text, nothing for an empty one."""
    return ([value] if value else []) if isinstance(value, str) else value


Text = Annotated[str, AfterValidator(_check_text)]
Slug = Annotated[str, AfterValidator(_check_slug)]
Texts = Annotated[tuple[Text, ...], BeforeValidator(_wrap_text)]


class Named(BaseModel):
    """A record with an id of its own."""

    model_config = ConfigDict(extra="forbid")

    slug: Slug


RecordT = TypeVar("RecordT", bound=Named)


def has_top_key(document: Document, key: str) -> bool:
    """Whether a line of the file begins with `key:`."""
    return re.search(rf"^\ufeff?['\"]?{key}['\"]?\s*:", document.text, re.MULTILINE) is not None


def read_records(
    document: Document, key: str, model: type[RecordT]
) -> tuple[list[RecordT], list[MalformedRecord]]:
    """The records under a top-level key, and what is wrong with the others.

    Scalars are read as text, so that `no` and `2026-10-07` stay what marketing wrote. Raises
    MalformedRecord where the file is no YAML or holds no list under the key.
    """
    records: list[RecordT] = []
    problems: list[MalformedRecord] = []
    seen = Seen(document)
    for line, value in _load_items(document, key):
        try:
            record = model.model_validate(value)
            if seen.admit(record.slug, record, line):
                records.append(record)
        except ValidationError as error:
            problems.append(document.fault(explain(error), line))
        except MalformedRecord as error:
            problems.append(error)
    return records, problems


def _load_items(document: Document, key: str) -> list[tuple[int, object]]:
    """Line and value of each item; raises MalformedRecord."""
    if len(document.text) > MAX_YAML_CHARACTERS:
        raise document.fault(f"the file is longer than {MAX_YAML_CHARACTERS:,} characters")
    try:
        loader = yaml.BaseLoader(document.text)
        items = _find_items(document, loader.get_single_node(), key)
        return [
            (node.start_mark.line + 1, loader.construct_object(node, deep=True)) for node in items
        ]
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise document.fault(explain_yaml(error), line) from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise document.fault("not YAML") from error


def _find_items(document: Document, root: Node | None, key: str) -> Iterator[Node]:
    """The nodes of the list under a top-level key."""
    pairs = root.value if isinstance(root, MappingNode) else []
    found = next((node for name, node in pairs if name.value == key), None)
    if not isinstance(found, SequenceNode):
        raise document.fault(f"there is no list under {key!r}", 1)
    yield from found.value
