from __future__ import annotations

import csv
import io
import json
import sys

import pytest

from pipeline.output import percent, print_csv, print_json, print_jsonl, print_table, show_progress


@pytest.mark.parametrize(
    "said",
    [
        "It costs [inaudible] too much",
        "[/inaudible] we pay",
        "[PERSON] said :smile: no",
        "[bold]really[/bold]",
    ],
)
def test_what_people_said_is_printed_as_it_stands(
    said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Square brackets are rich's markup: words in them would vanish, or stop the command."""
    print_table(["in their words"], [[said]])
    assert said in capsys.readouterr().out


def test_a_long_cell_is_folded_and_an_id_never_is(capsys: pytest.CaptureFixture[str]) -> None:
    key = "sug_0123456789abcdef0123"
    print_table(["!id", "words", "more"], [[key, "all of it " * 30, "and so on " * 30]])
    printed = capsys.readouterr().out
    assert key in printed
    assert printed.count("all of it") + printed.count("all of\n") > 5


def test_numbers_stand_to_the_right(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(["#share"], [["5 %"], ["50 %"]])
    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines() if "%" in line]
    assert len({len(line) for line in lines}) == 1


def test_csv_can_be_read_back_and_joins_lists(capsys: pytest.CaptureFixture[str]) -> None:
    print_csv([{"label": 'too "dear", they\nsay', "quotes": ["a", "b"], "lift": None}])
    [row] = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert row == {"label": 'too "dear", they\nsay', "quotes": "a | b", "lift": ""}


def test_csv_of_no_rows_is_empty(capsys: pytest.CaptureFixture[str]) -> None:
    print_csv([])
    assert capsys.readouterr().out == ""


def test_json_keeps_every_script_readable(capsys: pytest.CaptureFixture[str]) -> None:
    print_json([{"quote": "zu teuer für uns, 高い"}])
    printed = capsys.readouterr().out
    assert "zu teuer für uns, 高い" in printed
    assert json.loads(printed) == [{"quote": "zu teuer für uns, 高い"}]


def test_json_lines_are_one_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    print_jsonl([{"quote": "two\nlines"}, {"quote": "b"}])
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert rows == [{"quote": "two\nlines"}, {"quote": "b"}]


def test_without_a_terminal_no_progress_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    with show_progress() as tell:
        tell("ingest", 1, 2)
    assert capsys.readouterr() == ("", "")


def test_on_a_terminal_each_stage_has_a_bar_on_stderr(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with show_progress() as tell:
        tell("ingest", 0, 4)
        tell("extract", 1, 2)
        tell("ingest", 4, 4)
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "ingest" in printed.err
    assert "4/4" in printed.err
    assert "1/2" in printed.err


def test_a_share_is_a_whole_percentage() -> None:
    assert [percent(0), percent(0.126), percent(1)] == ["0 %", "13 %", "100 %"]
