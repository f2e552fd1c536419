from __future__ import annotations

import pytest

from core.errors import MalformedRecord
from pipeline.ingest.document import Document
from pipeline.ingest.repeats import Seen


def test_the_same_content_is_admitted_once() -> None:
    seen = Seen(Document("a.csv", b""))
    assert [seen.admit("x", (1, 2), 3), seen.admit("x", (1, 2), 4), seen.admit("y", 1, 5)] == [
        True,
        False,
        True,
    ]


@pytest.mark.parametrize(("line", "place"), [(3, "in line 3"), (None, "earlier")])
def test_other_content_of_the_same_id_is_refused(line: int | None, place: str) -> None:
    seen = Seen(Document("a.csv", b""))
    seen.admit("x", "one", line)
    with pytest.raises(MalformedRecord, match=f"already {place} with other content"):
        seen.admit("x", "two", 9)
