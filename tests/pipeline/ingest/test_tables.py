from __future__ import annotations

import pytest

from core.errors import MalformedRecord
from pipeline.ingest.document import MAX_LINE_CHARACTERS, Document
from pipeline.ingest.tables import Table, read_headers, read_table


def _read(text: str) -> Table:
    return read_table(Document("t.csv", text.encode()))


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(delimiter: str) -> None:
    table = _read(f"a{delimiter}b\n1{delimiter}2\n")
    assert table.rows[0].cells == {"a": "1", "b": "2"}


def test_rows_know_the_line_they_start_on_even_after_broken_lines() -> None:
    table = _read('a,b\r\n"x\r\ny",2\r\n\r\n3,4\r\n')
    assert [row.line for row in table.rows] == [2, 5]
    assert table.rows[0].cells["a"] == "x\ny"


def test_a_short_row_is_filled_and_a_long_one_refused() -> None:
    table = _read("a,b\n1\n1,2,3\n1,2,,\n")
    assert [dict(row.cells) for row in table.rows] == [{"a": "1", "b": ""}, {"a": "1", "b": "2"}]
    assert [str(problem) for problem in table.problems] == [
        "t.csv:3: the row has 3 cells, the header 2"
    ]


def test_a_row_with_a_null_is_refused_and_the_others_kept() -> None:
    table = _read("a,b\n1,\x00\n3,4\n")
    assert [problem.line for problem in table.problems] == [2]
    assert len(table.rows) == 1


def test_a_cell_too_large_for_the_reader_is_a_broken_row() -> None:
    table = _read(f"a,b\n{'x' * 200_000},2\n3,4\n")
    assert [problem.line for problem in table.problems] == [2]
    assert table.rows[-1].cells == {"a": "3", "b": "4"}


def test_headers_are_made_unique() -> None:
    assert read_headers(Document("t.csv", b"a,,a\n")) == ("a", "column 2", "a (2)")


def test_a_line_too_long_is_refused_with_its_number() -> None:
    with pytest.raises(MalformedRecord, match="longer than") as caught:
        _read("a,b\n" + "x" * (MAX_LINE_CHARACTERS + 1))
    assert caught.value.line == 2
