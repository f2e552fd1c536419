from __future__ import annotations

import contextlib

import pytest

from core.errors import MalformedRecord
from pipeline.ingest.document import Document
from pipeline.ingest.marketing_files import Named, Texts, has_top_key, read_records


class _Thing(Named):
    name: str = ""
    parts: Texts = ()


def _read(text: str) -> tuple[list[_Thing], list[MalformedRecord]]:
    return read_records(Document("m.yaml", text.encode()), "things", _Thing)


def test_scalars_stay_the_text_that_was_written() -> None:
    things, problems = _read(
        "things:\n- {slug: no, parts: [2026-10-07, 1.50]}\n- {slug: x, parts: y}"
    )
    assert [(thing.slug, thing.parts) for thing in things] == [
        ("no", ("2026-10-07", "1.50")),
        ("x", ("y",)),
    ]
    assert problems == []


def test_a_broken_record_is_named_with_its_line_and_the_others_are_kept() -> None:
    things, problems = _read("things:\n- slug: a\n- slog: b\n- slug: c\n")
    assert [thing.slug for thing in things] == ["a", "c"]
    assert [str(problem) for problem in problems] == ["m.yaml:3: slug: Field required"]


@pytest.mark.parametrize(
    "text",
    ["other: 1", "things: 1", "things: [a: b: c", "things: *x", "- a", "things: [" * 500,
     "things:\n- &a [*a]", "things:\n- ? [x]\n  : y", "%YAML 9.9\n---\nthings: []\n---\n"],
)  # fmt: skip
def test_a_file_that_is_not_such_a_list_is_refused_or_empty(text: str) -> None:
    with contextlib.suppress(MalformedRecord):
        assert _read(text)[0] == []


def test_the_top_key_tells_the_files_apart() -> None:
    document = Document("m.yaml", b"# ours\nthings:\n  messages: x\n")
    assert has_top_key(document, "things")
    assert not has_top_key(document, "messages")


def test_a_file_too_long_to_parse_is_refused() -> None:
    with pytest.raises(MalformedRecord, match="longer than"):
        _read("things:\n" + "- name: a\n" * 300_000)


def test_of_two_records_with_one_slug_the_first_is_kept_and_the_other_named() -> None:
    things, problems = _read(
        "things:\n- {slug: a, name: x}\n- {slug: a, name: x}\n- {slug: a, name: y}\n"
    )
    assert [thing.name for thing in things] == ["x"]
    reason = "the id of this record stands already in line 2 with other content"
    assert [str(problem) for problem in problems] == [f"m.yaml:4: {reason}"]


def test_a_slug_too_long_to_store_is_refused() -> None:
    assert "longer than 80" in str(_read(f"things:\n- slug: {'a' * 81}\n")[1][0])
