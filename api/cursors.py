"""Opaque cursors: where a list goes on, and to which question they belong."""

from __future__ import annotations

import base64
import binascii
import json

from core.errors import InputError


def encode_cursor(offset: int, question: str) -> str:
    """A cursor to the item at `offset` (from 0) of the answer to `question`."""
    return base64.urlsafe_b64encode(json.dumps([offset, question]).encode()).decode().rstrip("=")


def decode_cursor(cursor: str | None, question: str) -> int:
    """The offset that a cursor holds; 0 without one.

    Raises:
        InputError: it is no cursor, or one of another snapshot or question.
    """
    if cursor is None:
        return 0
    offset, asked = _read(cursor)
    if asked != question:
        raise InputError("cursor: it belongs to another snapshot or question; start again without")
    return offset


def _read(cursor: str) -> tuple[int, str]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        offset, question = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, TypeError, binascii.Error) as error:
        raise InputError("cursor: not one that this server gave") from error
    if not isinstance(offset, int) or not isinstance(question, str) or not 0 <= offset < 2**31:
        raise InputError("cursor: not one that this server gave")
    return offset, question
