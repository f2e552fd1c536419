"""The one error tree of Fieldback.

FieldbackError
├── InputError          input that cannot be used; names the file and, where known, the line
│   ├── UnreadableFile      it cannot be read or decoded at all
│   ├── UnknownFormat       no parser recognises it
│   └── MalformedRecord     one record of it is broken; the rest may be fine
├── SettingsError       a setting that the user can mend
├── NotFound            the thing asked for does not exist
│   └── NotPublished        no night has been published yet
├── Conflict            the thing exists in a state that forbids the wish
├── Mismatch            the things wished for do not fit each other, whatever their state
├── NotPermitted        the caller lacks the scope
│   └── NotAuthenticated    the token is missing, unknown or revoked
└── RunLocked           another run holds the lock
"""

from __future__ import annotations


class FieldbackError(Exception):
    """What a user can read and, mostly, mend; the message names the thing and the place."""


class InputError(FieldbackError):
    """Input that cannot be used; `str()` gives ``path:line: reason``.

    Args:
        reason: what is wrong, in words for a user.
        path: the file, as the user named it.
        line: 1-based line (or CSV row, or JSONL line), where known.
    """

    def __init__(self, reason: str, *, path: str = "", line: int | None = None) -> None:
        self.reason = reason
        self.path = path
        self.line = line
        super().__init__(reason)

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line is not None else self.path
        return f"{place}: {self.reason}" if place else self.reason

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild_input_error, (type(self), self.reason, self.path, self.line))


def _rebuild_input_error(
    kind: type[InputError], reason: str, path: str, line: int | None
) -> InputError:
    """The same error again, so that it crosses a process boundary whole."""
    return kind(reason, path=path, line=line)


class UnreadableFile(InputError):
    """The file cannot be read or decoded."""


class UnknownFormat(InputError):
    """No parser recognises the file."""


class MalformedRecord(InputError):
    """One record of a file is broken."""


class SettingsError(FieldbackError):
    """A setting is missing or wrong."""


class NotFound(FieldbackError):
    """The thing asked for does not exist."""


class NotPublished(NotFound):
    """No night has been published yet."""


class Conflict(FieldbackError):
    """The thing exists, in a state that forbids the wish."""


class Mismatch(FieldbackError):
    """The things wished for do not fit each other, whatever their state."""


class NotPermitted(FieldbackError):
    """The caller may not do this."""


class NotAuthenticated(NotPermitted):
    """The caller shows no token, or one that is not in force."""


class RunLocked(FieldbackError):
    """Another run holds the lock."""
