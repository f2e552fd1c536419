"""Rows of a delimited file with the line that each starts on."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from core.errors import MalformedRecord
from pipeline.ingest.document import Document
from pipeline.ingest.validation import is_unstorable

TABLE_SUFFIXES = (".csv", ".tsv")
_DELIMITERS = ",;\t|"
_Cells = list[str] | MalformedRecord


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its cells by header, and its 1-based line."""

    cells: Mapping[str, str]
    line: int


@dataclass(frozen=True, slots=True)
class Table:
    """The headers of a delimited file, its rows, and the rows that are broken."""

    headers: tuple[str, ...]
    rows: tuple[Row, ...]
    problems: tuple[MalformedRecord, ...]


def read_headers(document: Document) -> tuple[str, ...]:
    """The headers alone; raises MalformedRecord where there are none."""
    return _take_headers(document, _read_rows(document))


def read_table(document: Document) -> Table:
    """The table in a file; raises MalformedRecord where it has no headers or a line is too long."""
    rows = _read_rows(document)
    headers = _take_headers(document, rows)
    items = [_make_row(document, line, cells, headers) for line, cells in rows]
    return Table(
        headers,
        tuple(item for item in items if isinstance(item, Row)),
        tuple(item for item in items if isinstance(item, MalformedRecord)),
    )


def _take_headers(document: Document, rows: Iterator[tuple[int, _Cells]]) -> tuple[str, ...]:
    """The headers, taken off the rows."""
    _, cells = next(rows, (0, None))
    if cells is None or isinstance(cells, MalformedRecord):
        raise cells or document.fault("the table has no headers", 1)
    return _name_headers(cells)


def _read_rows(document: Document) -> Iterator[tuple[int, _Cells]]:
    """Line and cells of each row in which anything stands, headers first, or its fault."""
    for line, cells in _read_cells(document):
        if isinstance(cells, MalformedRecord) or any(cell.strip() for cell in cells):
            yield line, cells


def _find_delimiter(text: str) -> str:
    """The delimiter that stands most often in the header line."""
    first = next((line for line in text[:100_000].splitlines() if line.strip()), "")
    return max(_DELIMITERS, key=lambda sign: first.count(sign))


def _read_cells(document: Document) -> Iterator[tuple[int, _Cells]]:
    """Line and cells of each row, or what is wrong with it."""
    lines = (f"{line}\n" for line in document.lines)  # with ends, which count inside quotes
    reader = csv.reader(lines, delimiter=_find_delimiter(document.text))
    while True:
        line = reader.line_num + 1
        try:
            yield line, next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield line, document.fault(f"unreadable row: {error}", line)


def _name_headers(cells: list[str]) -> tuple[str, ...]:
    """Headers, each unique: an empty one is called by its column, a second one counted."""
    names = [cell.strip() or f"column {index}" for index, cell in enumerate(cells, start=1)]
    seen: Counter[str] = Counter()
    for index, name in enumerate(names):
        seen[name] += 1
        names[index] = name if seen[name] == 1 else f"{name} ({seen[name]})"
    return tuple(names)


def _make_row(
    document: Document, line: int, cells: _Cells, headers: tuple[str, ...]
) -> Row | MalformedRecord:
    """The row by its headers; missing cells at its end are empty, further ones are a fault."""
    if isinstance(cells, MalformedRecord):
        return cells
    if any(cell.strip() for cell in cells[len(headers) :]):
        reason = f"the row has {len(cells)} cells, the header {len(headers)}"
        return document.fault(reason, line)
    if any(is_unstorable(cell) for cell in cells):
        return document.fault("the row holds a null or broken character", line)
    padded = [*cells, *[""] * (len(headers) - len(cells))]
    return Row(dict(zip(headers, padded, strict=False)), line)
