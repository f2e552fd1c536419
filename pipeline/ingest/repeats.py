"""Which records of a file stand in it twice."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field

from pipeline.ingest.document import Document


@dataclass(frozen=True, slots=True)
class Seen:
    """The records of one file so far, by id, each with its content and its line."""

    document: Document
    _records: dict[Hashable, tuple[object, int | None]] = field(default_factory=dict)

    def admit(self, key: Hashable, content: object, line: int | None = None) -> bool:
        """Whether the record is the first of its id; False for the same content once more.

        Raises MalformedRecord where the id stands already with other content.
        """
        if key not in self._records:
            self._records[key] = (content, line)
            return True
        known, known_line = self._records[key]
        if known == content:
            return False
        place = "earlier" if known_line is None else f"in line {known_line}"
        reason = f"the id of this record stands already {place} with other content"
        raise self.document.fault(reason, line)
