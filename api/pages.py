"""Parts of a list: where one starts and how to ask for the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from api.cursors import decode_cursor, encode_cursor
from core.vocabulary import make_id

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which part of a list is asked for. `question`: path and filters, without the paging."""

    limit: int
    cursor: str | None
    question: str

    def offset(self, state: str = "") -> int:
        """Index of the first item asked for; `state`: the snapshot that the list is from.

        Raises:
            InputError: the cursor belongs to another snapshot or question, or is none.
        """
        return decode_cursor(self.cursor, self._bind(state))

    def next_cursor(self, n_left: int, state: str = "") -> str | None:
        """The cursor to the next part; None when no item is left after this one."""
        if n_left <= 0:
            return None
        return encode_cursor(self.offset(state) + self.limit, self._bind(state))

    def cut(self, found: Sequence[T], state: str = "") -> tuple[Sequence[T], str | None]:
        """Of up to `limit` + 1 items found from the offset: those to show, and the next cursor."""
        return found[: self.limit], self.next_cursor(len(found) - self.limit, state)

    def _bind(self, state: str) -> str:
        return make_id(state, self.question)
