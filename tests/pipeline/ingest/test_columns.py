from __future__ import annotations

import pytest

from pipeline.ingest.columns import DEAL_FIELDS, NOTE_FIELDS, map_columns, normalise_header


@pytest.mark.parametrize("header", ["Deal - Title", "deal_title", " DEAL TITLE "])
def test_headers_are_compared_by_their_words(header: str) -> None:
    assert normalise_header(header) == "deal title"


def test_the_best_column_with_a_value_gives_the_field_and_the_others_are_kept() -> None:
    columns = map_columns(("Description", "Note", "Mood"), NOTE_FIELDS)
    row = {"Description": "long", "Note": "short", "Mood": "sour"}
    assert columns.read(row, "text") == "short"
    assert columns.read_others(row) == {"Mood": "sour", "Description": "long"}
    assert columns.read({**row, "Note": " "}, "text") == "long"


def test_a_source_s_own_names_win() -> None:
    columns = map_columns(("Wert", "Amount"), DEAL_FIELDS, {"wert": "amount"})
    assert columns.read({"Wert": "5", "Amount": "6"}, "amount") == "5"


def test_a_source_may_name_a_field_that_this_table_has_not() -> None:
    columns = map_columns(("Notiz",), DEAL_FIELDS, {"Notiz": "text"})
    assert columns.read_others({"Notiz": "x"}) == {"Notiz": "x"}
