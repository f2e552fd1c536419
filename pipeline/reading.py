"""Files in, answers out, without a database: `fieldback extract` and `fieldback themes`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core.errors import InputError, UnreadableFile
from core.vocabulary import Conversation, CrmTables, Mention
from models.speakers import assign_roles
from models.themes import group_texts
from pipeline.ingest.registry import parse_file
from pipeline.resources import get_extractor, get_role_model


def extract_files(paths: Sequence[Path]) -> tuple[list[dict[str, Any]], list[InputError]]:
    """The mentions of files as rows, and what of the files could not be used."""
    conversations, problems = read_conversations(paths)
    found = get_extractor().extract(conversations)
    rows = [
        mention_row(conversation, mention)
        for conversation, mentions in zip(conversations, found, strict=True)
        for mention in mentions
        if mention.is_sure
    ]
    return rows, problems


def read_conversations(
    paths: Sequence[Path],
) -> tuple[list[Conversation], list[InputError]]:
    """The conversations of files with their roles told, and what could not be used."""
    conversations: list[Conversation] = []
    problems: list[InputError] = []
    for path in paths:
        try:
            parsed = parse_file(path.read_bytes(), path.name)
        except OSError as error:
            problems.append(UnreadableFile(error.strerror or "cannot be read", path=str(path)))
            continue
        problems += parsed.problems
        conversations += parsed.conversations
    model = get_role_model()
    return [assign_roles(c, CrmTables(), model=model) for c in conversations], problems


def mention_row(conversation: Conversation, mention: Mention) -> dict[str, Any]:
    """A mention as `fieldback extract` prints it; offsets fit the turn's text in the file."""
    row: dict[str, Any] = {
        "conversation": conversation.external_id,
        "turn": mention.turn,
        "start": mention.start,
        "end": mention.end,
        "quote": mention.quote,
        "kind": mention.kind.value,
        "type": mention.type,
    }
    if mention.value is not None:
        row["value"] = mention.value
    return {**row, "confidence": round(mention.confidence, 4)}


def group_file(path: Path, state: Path | None) -> list[dict[str, str | None]]:
    """The themes of a JSONL file's texts: `{"id", "theme", "label"}` a line.

    Raises:
        InputError: the file cannot be read, or a line is broken; it names the line.
    """
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except UnicodeDecodeError as error:
        raise UnreadableFile("not UTF-8", path=str(path)) from error
    except OSError as error:
        raise UnreadableFile(error.strerror or "cannot be read", path=str(path)) from error
    return group_texts(lines, state, path=str(path))
