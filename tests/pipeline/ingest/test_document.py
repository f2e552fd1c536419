from __future__ import annotations

import pytest

from core.errors import MalformedRecord
from pipeline.ingest.document import Document


def test_the_path_gives_the_id_suffix_and_date() -> None:
    document = Document("calls/2026-10-07_Marlow_Clinics - demo.VTT", b"")
    assert document.path_id == "calls/2026-10-07_Marlow_Clinics - demo"
    assert document.suffix == ".vtt"
    assert document.dated_name == ("2026-10-07", "Marlow Clinics - demo")


def test_a_name_without_a_date_gives_none() -> None:
    assert Document("call 12.txt", b"").dated_name is None


def test_broken_json_is_named_with_its_line() -> None:
    with pytest.raises(MalformedRecord) as caught:
        _ = Document("a.json", b'{"a": 1,\n"b": [1, 2').json
    assert str(caught.value).startswith("a.json:2: not valid JSON, or cut short")


def test_json_nested_too_deeply_is_refused() -> None:
    with pytest.raises(MalformedRecord, match="not valid JSON"):
        _ = Document("a.json", b"[" * 100_000).json
