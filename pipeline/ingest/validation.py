"""What makes a record unusable, in words for a user."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

import yaml
from pydantic import ValidationError

from core.vocabulary import Conversation

MAX_ID_LENGTH = 200
MAX_SOURCE_LENGTH = 200
MAX_TURN_CHARACTERS = 1_000_000
MAX_QUOTED_CHARACTERS = 40
_MAX_QUOTED_NAMES = 12
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
# An address or a number: in a file without headers, values stand where headers would.
_VALUE = re.compile(r"@|\d{4}")
_QUOTED = re.compile(r"'([^']*)'|\"([^\"]*)\"")
_DRIVE = re.compile(r"[A-Za-z]:[\\/]")


def explain(error: ValidationError) -> str:
    """The first fault that pydantic found, as `field.path: what is wrong`."""
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(quote_name(str(part)) for part in first["loc"])
    return f"{place}: {first['msg']}" if place else first["msg"]


def quote_name(name: str) -> str:
    """A header or key as a reason may quote it: short, and nothing that looks like a value."""
    if _VALUE.search(name):
        return "…"
    is_long = len(name) > MAX_QUOTED_CHARACTERS
    return f"{name[: MAX_QUOTED_CHARACTERS - 1]}…" if is_long else name


def quote_names(names: Sequence[str]) -> str:
    """Headers or keys as a reason may list them: the first twelve."""
    quoted = [quote_name(name) for name in names[:_MAX_QUOTED_NAMES]]
    return ", ".join(quoted + ["…"] * (len(names) > _MAX_QUOTED_NAMES))


def explain_yaml(error: yaml.YAMLError) -> str:
    """What the YAML parser found wrong, without the words of the file that it quotes."""
    problem = (error.problem or "") if isinstance(error, yaml.MarkedYAMLError) else ""
    said = _QUOTED.sub(lambda match: match[0] if _is_sign(match) else "…", problem)
    return f"not YAML: {said}" if said else "not YAML"


def _is_sign(quoted: re.Match[str]) -> bool:
    """Whether a YAML parser quotes a sign of YAML, such as `]` or `<block end>`."""
    text = quoted[1] or quoted[2] or ""
    return len(text) <= 1 or (text.startswith("<") and text.endswith(">"))


def is_unstorable(text: str | None) -> bool:
    """Whether a text holds a null character or half a surrogate pair, which no database takes."""
    return text is not None and _UNSTORABLE.search(text) is not None


def find_id_fault(identifier: str) -> str | None:
    """Why an id cannot be used, or None where it can."""
    if not identifier.strip():
        return "the id is empty"
    if len(identifier) > MAX_ID_LENGTH:
        return f"the id is longer than {MAX_ID_LENGTH} characters"
    if _CONTROL.search(identifier):
        return "the id holds control characters"
    if _leaves_folder(identifier):
        return "the id is a path that leaves its folder"
    return None


def _leaves_folder(identifier: str) -> bool:
    """Whether an id, taken as a path, points outside the folder it is joined to."""
    return (
        identifier.startswith(("/", "\\", "~/"))
        or _DRIVE.match(identifier) is not None
        or ".." in re.split(r"[\\/]", identifier)
    )


def find_fault(conversation: Conversation) -> str | None:
    """Why a conversation cannot be used, or None where it can."""
    return find_id_fault(conversation.external_id) or next(_find_text_faults(conversation), None)


def _find_text_faults(conversation: Conversation) -> Iterator[str]:
    """Every reason that lies in the conversation's words."""
    if not any(turn.text.strip() for turn in conversation.turns):
        yield "the conversation holds no text"
    for index, turn in enumerate(conversation.turns):
        if is_unstorable(turn.text) or is_unstorable(turn.speaker):
            yield f"turn {index} holds a null or broken character"
        if len(turn.text) > MAX_TURN_CHARACTERS:
            yield f"turn {index} is longer than {MAX_TURN_CHARACTERS:,} characters"
        if turn.start_ms is not None and turn.end_ms is not None and turn.end_ms < turn.start_ms:
            yield f"turn {index} ends before it starts"
    if len(conversation.source or "") > MAX_SOURCE_LENGTH:
        yield f"the name of the source is longer than {MAX_SOURCE_LENGTH} characters"
    if any(is_unstorable(value) for value in _collect_names(conversation)):
        yield "a name or attribute holds a null or broken character"


def _collect_names(conversation: Conversation) -> Iterable[str | None]:
    """Every short text of a conversation: links, participants, attributes."""
    yield from (conversation.account, conversation.deal, conversation.rep, conversation.source)
    for person in conversation.participants:
        yield from (person.name, person.email, person.title)
    for name, value in conversation.attributes.items():
        yield from (name, value)
