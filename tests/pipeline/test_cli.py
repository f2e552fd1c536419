"""The command line: results on stdout and nothing else there, `error: …` and exit 1 on stderr."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import uvicorn
import yaml

from core.settings import load_settings
from core.store import Store
from core.store.tokens import find_token
from pipeline.cli import main
from tests.pipeline.sources import write_source

QUESTIONS = Path(__file__).parents[1] / "files" / "questions.jsonl"

Ask = Callable[..., str]


@pytest.fixture
def ask(home: Path, capsys: pytest.CaptureFixture[str]) -> Ask:
    """Runs a command that must succeed and say nothing on stderr; gives its stdout."""

    def _ask(*arguments: object) -> str:
        code, out, err = _run(arguments, capsys)
        assert (code, err) == (0, "")
        return out

    return _ask


@pytest.fixture
def fail(home: Path, capsys: pytest.CaptureFixture[str]) -> Ask:
    """Runs a command that must fail with exit 1; gives what it says after `error: `."""

    def _fail(*arguments: object) -> str:
        code, out, err = _run(arguments, capsys)
        assert (code, out) == (1, "")
        assert err.startswith("error: ")
        assert "Traceback" not in err
        return err.removeprefix("error: ").rstrip()

    return _fail


def _run(arguments: tuple[object, ...], capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    printed = capsys.readouterr()
    code = ended.value.code
    return (code if isinstance(code, int) else 0), printed.out, printed.err


def read_suggestions(ask: Ask) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(ask("personas", "suggest", "--format", "json"))
    return found


class TestTop:
    def test_the_table_says_of_how_many_and_shows_their_words(self, ask: Ask) -> None:
        printed = ask("top", "objections")
        assert "top objections, all conversations: 14 conversations, 5 accounts" in printed
        assert "not enough data" not in printed
        [first, *_] = json.loads(ask("top", "objections", "--format", "json"))
        assert first["label"] in printed
        assert f"“{first['quotes'][0].split()[0]} " in printed

    def test_a_small_segment_is_marked_as_not_enough_data(self, ask: Ask) -> None:
        printed = ask("top", "objections", "--segment", "industry=Healthcare")
        assert "industry=Healthcare: 6 conversations, 2 accounts" in printed
        assert "not enough data: 6 conversations, 10 are needed" in printed

    def test_json_holds_every_figure_of_every_row(self, ask: Ask) -> None:
        rows = json.loads(ask("top", "objections", "--format", "json"))
        assert rows[0]["id"] == "objection/price"
        assert [row["share"] for row in rows] == sorted((r["share"] for r in rows), reverse=True)
        for row in rows:
            assert row["share"] == pytest.approx(row["n_conversations"] / 14, abs=1e-4)
            assert row["share_low"] <= row["share"] <= row["share_high"]
            assert row["quotes"]

    def test_csv_is_the_same_rows(self, ask: Ask) -> None:
        rows = json.loads(ask("top", "pains", "--format", "json"))
        read = list(csv.DictReader(io.StringIO(ask("top", "pains", "--format", "csv"))))
        assert [row["id"] for row in read] == [row["id"] for row in rows]
        assert read[0]["quotes"] == " | ".join(rows[0]["quotes"])

    def test_segments_narrow_and_dates_are_both_included(self, ask: Ask) -> None:
        def count(*arguments: str) -> int:
            rows = json.loads(ask("top", "objections", "--format", "json", *arguments))
            return max((row["of_conversations"] for row in rows), default=0)

        assert count("--segment", "industry=healthcare") == 6
        assert count("--segment", "industry:Healthcare", "--segment", "industry=Retail") == 14
        assert count("--segment", "industry=Healthcare", "--segment", "company_size=Large") == 0
        assert count("--since", "2026-10-12", "--until", "2026-10-14") == 3

    def test_limit_and_themes_within_the_types(self, ask: Ask) -> None:
        rows = json.loads(ask("top", "objections", "--limit", "1", "--format", "json"))
        assert len(rows) == 1
        assert "wait for their like" in ask("top", "objections", "--by", "theme")
        families = ask("top", "objections", "--by", "family")
        assert "wait for their like" in families
        assert "themes" in families.splitlines()[3]

    @pytest.mark.parametrize("segment", ["Healthcare", "=Healthcare", "industry=", ""])
    def test_a_segment_must_name_dimension_and_value(self, fail: Ask, segment: str) -> None:
        said = fail("top", "objections", "--segment", segment)
        assert said == f"--segment {segment}: write it as dimension=value"

    def test_a_kind_or_grouping_that_is_none_is_told(self, fail: Ask) -> None:
        assert fail("top", "wishes") == "'wishes' is none of objections, pains, traits"
        assert fail("top", "pains", "--by", "rep") == "--by rep: use theme, family or type"

    def test_before_the_first_night_it_says_what_to_do(
        self, fail: Ask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setenv("FIELDBACK_HOME", str(tmp_path / "empty"))
        assert "run `fieldback run` first" in fail("top", "objections")


class TestPersonas:
    def test_they_are_listed_with_their_open_suggestions(self, ask: Ask) -> None:
        n_open = len(read_suggestions(ask))
        [row] = json.loads(ask("personas", "list", "--format", "json"))
        assert row == {
            "slug": "operations",
            "name": "Operations",
            "owner": "",
            "version": 1,
            "open_suggestions": n_open,
        }
        assert "Operations" in ask("personas", "list")
        assert ask("personas", "list", "--format", "csv").startswith("slug,name,owner,version")

    def test_what_the_calls_contradict_is_suggested_with_evidence(self, ask: Ask) -> None:
        found = {(s["field"], s["value"]): s for s in read_suggestions(ask)}
        tool = found["tool", "Excel"]
        assert (tool["operation"], tool["replaces"]) == ("replace", "paper")
        assert tool["quotes"] == ["We keep all of it in Excel."] * 2
        assert tool["n_conversations"] == 5
        [channel] = [s for s in found.values() if s["field"] == "channel"]
        assert "email" in channel["value"]
        assert channel["replaces"] == "phone calls"

    def test_the_table_prints_ids_whole_so_that_they_can_be_copied(self, ask: Ask) -> None:
        printed = ask("personas", "suggest", "operations")
        for suggestion in read_suggestions(ask):
            assert suggestion["id"] in printed

    def test_the_number_of_quotes_is_asked_for(self, ask: Ask) -> None:
        printed = ask("personas", "suggest", "--quotes", "0", "--format", "json")
        assert {tuple(s["quotes"]) for s in json.loads(printed)} == {()}

    def test_accepting_makes_the_next_version(self, ask: Ask, fail: Ask) -> None:
        [tool] = [s for s in read_suggestions(ask) if s["field"] == "tool"]
        said = ask("personas", "accept", tool["id"], "--reason", "heard it", "--by", "robin")
        assert said == "accepted; the persona is at version 2\n"
        printed = ask("personas", "show", "operations")
        assert "Operations (operations), version 2" in printed
        assert "Excel" in printed
        assert "paper" not in printed
        assert tool["id"] not in {s["id"] for s in read_suggestions(ask)}
        assert "accepted already" in fail("personas", "accept", tool["id"])

    def test_rejecting_needs_a_reason_and_closes_the_suggestion(self, ask: Ask, fail: Ask) -> None:
        [tool] = [s for s in read_suggestions(ask) if s["field"] == "tool"]
        assert ask("personas", "reject", tool["id"], "--reason", "one region") == "rejected\n"
        assert "version 1" in ask("personas", "show", "operations")
        assert "rejected already" in fail("personas", "accept", tool["id"])

    def test_the_export_is_yaml_that_a_source_may_hold(self, ask: Ask) -> None:
        [persona] = yaml.safe_load(ask("personas", "export"))["personas"]
        assert persona["slug"] == "operations"
        assert persona["match"]["titles"] == ["Operations Manager"]
        assert persona["fields"] == {"tool": ["paper"], "channel": ["phone calls"]}

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (("show", "nobody"), "no persona 'nobody'"),
            (("suggest", "nobody"), "no persona 'nobody'"),
            (("accept", "sug_0"), "no suggestion sug_0"),
            (("reject", "sug_0", "--reason", "x"), "no suggestion sug_0"),
        ],
    )
    def test_what_is_not_there_is_named(
        self, fail: Ask, arguments: tuple[str, ...], said: str
    ) -> None:
        assert fail("personas", *arguments) == said


class TestTokens:
    def test_a_token_is_printed_alone_and_works(
        self, home: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        arguments = ("token", "create", "--name", "marketing", "--scope", "insights:read")
        code, out, err = _run((*arguments, "--scope", "evidence:read"), capsys)
        assert code == 0
        assert "only its hash is stored" in err
        with Store.open(load_settings().store_url).read() as conn:
            token = find_token(conn, out.strip())
        assert token is not None
        assert (token.name, token.scopes) == ("marketing", ["insights:read", "evidence:read"])

    def test_a_revoked_token_is_listed_no_more(
        self, ask: Ask, capsys: pytest.CaptureFixture[str]
    ) -> None:
        _run(("token", "create", "--name", "marketing"), capsys)
        [key] = [word for word in ask("token", "list").split() if word.startswith("tok_")]
        assert ask("token", "revoke", key) == ""
        assert "marketing" not in ask("token", "list")

    def test_an_unknown_scope_or_token_is_told(self, fail: Ask) -> None:
        assert "unknown scope 'everything'" in fail("token", "create", "--scope", "everything")
        assert fail("token", "revoke", "tok_0") == "no token tok_0"


class TestFiles:
    def test_extract_prints_json_lines_whose_offsets_fit_the_file(
        self, ask: Ask, tmp_path: Path
    ) -> None:
        path = write_source(tmp_path / "calls") / "call-01.json"
        turns = json.loads(path.read_text())["turns"]
        rows = [json.loads(line) for line in ask("extract", path, "--format", "jsonl").splitlines()]
        assert rows
        for row in rows:
            text = turns[row["turn"]]["text"]
            assert text[row["start"] : row["end"]] == row["quote"]
            assert row["conversation"] == "call-1"
            assert 0 <= row["confidence"] <= 1

    def test_extract_prints_a_table_for_people(self, ask: Ask, tmp_path: Path) -> None:
        path = write_source(tmp_path / "calls") / "call-01.json"
        assert "pain_point" in ask("extract", path)

    def test_extract_goes_on_after_a_bad_file_and_tells_it_in_the_end(
        self, home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        good = write_source(tmp_path / "calls") / "call-01.json"
        arguments = ("extract", tmp_path / "gone.vtt", good, "--format", "jsonl")
        code, out, err = _run(arguments, capsys)
        assert code == 1
        assert [json.loads(line) for line in out.splitlines()]
        assert err == f"error: {tmp_path / 'gone.vtt'}: No such file or directory\n"

    def test_themes_continue_the_identities_of_an_earlier_call(
        self, ask: Ask, tmp_path: Path
    ) -> None:
        more = tmp_path / "more.jsonl"
        line = {"id": "late", "text": "please send my parcel to another address instead"}
        more.write_text(json.dumps(line) + "\n")
        arguments = ("--state", tmp_path / "state", "--format", "jsonl")
        first = [json.loads(x) for x in ask("themes", QUESTIONS, *arguments).splitlines()]
        [late] = [json.loads(x) for x in ask("themes", more, *arguments).splitlines()]
        known = {row["theme"] for row in first if row["theme"]}
        assert len(first) == 10
        assert late["theme"] in known
        assert "late" in ask("themes", more)

    def test_a_broken_line_of_texts_is_told(self, fail: Ask, tmp_path: Path) -> None:
        path = tmp_path / "texts.jsonl"
        path.write_text('{"id": "a", "text": "x"}\nnonsense\n')
        assert "texts.jsonl:2: " in fail("themes", path)

    def test_evaluate_measures_a_labelled_folder_in_every_format(
        self, ask: Ask, tmp_path: Path
    ) -> None:
        folder = write_labelled(tmp_path / "labelled")
        report = json.loads(ask("evaluate", folder, "--format", "json"))
        assert (report["n_conversations"], report["n_sentences"], report["n_lost"]) == (1, 2, 0)
        read = csv.DictReader(io.StringIO(ask("evaluate", folder, "--format", "csv")))
        figures = {row["measure"]: float(row["f1"]) for row in read}
        assert figures["objection.detect"] == report["figures"]["objection.detect"]["f1"]
        assert "1 conversations, 2 sentences" in ask("evaluate", folder, "--errors", "3")

    def test_evaluate_tells_a_folder_that_holds_no_labels(self, fail: Ask, tmp_path: Path) -> None:
        assert "labels.jsonl: No such file" in fail("evaluate", tmp_path)


class TestInstallation:
    def test_doctor_looks_at_everything_and_is_content(self, ask: Ask) -> None:
        printed = ask("doctor")
        assert "FAILS" not in printed
        assert "extraction model" in printed

    def test_doctor_fails_when_a_part_does(
        self,
        home: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        (home / "file").touch()
        monkeypatch.setenv("FIELDBACK_SNAPSHOTS", str(home / "file" / "x"))
        code, out, _ = _run(("doctor",), capsys)
        assert code == 1
        assert out.count("FAILS") == 1

    def test_settings_print_value_and_origin(
        self, ask: Ask, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("FIELDBACK_WORKERS", "5")
        [line] = [row for row in ask("settings").splitlines() if "FIELDBACK_WORKERS" in row]
        assert line.split()[1:3] == ["5", "environment"]

    @pytest.mark.parametrize(
        ("name", "value"), [("WORKERS", "many"), ("TASK_RUNNER", "cloud"), ("LOG_LEVEL", "loud")]
    )
    def test_a_setting_that_does_not_fit_is_named(
        self, fail: Ask, monkeypatch: pytest.MonkeyPatch, name: str, value: str
    ) -> None:
        monkeypatch.setenv(f"FIELDBACK_{name}", value)
        assert fail("settings").startswith(f"FIELDBACK_{name}: ")

    def test_a_run_needs_a_source(self, fail: Ask) -> None:
        assert fail("run") == "no source: name a folder, or set FIELDBACK_SOURCES"
        assert fail("schedule") == "no source: set FIELDBACK_SOURCES"

    def test_serve_listens_where_it_is_told(
        self, ask: Ask, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked: list[tuple[Any, Any]] = []

        def note(_app: str, **options: Any) -> None:
            asked.append((options["host"], options["port"]))

        monkeypatch.setattr(uvicorn, "run", note)
        ask("serve")
        ask("serve", "--host", "0.0.0.0", "--port", "0")  # noqa: S104 - nothing listens here
        assert asked == [("127.0.0.1", 8787), ("0.0.0.0", 0)]  # noqa: S104 - the same

    def test_training_without_its_extras_says_how(
        self, fail: Ask, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, "models.training.train", None)
        assert "make train" in fail("train")


def write_labelled(folder: Path) -> Path:
    """Writes a labelled set of one call with two sentences, and returns it."""
    text = "That is too expensive for us. Good morning to you."
    (folder / "conversations").mkdir(parents=True)
    turns = [{"speaker": "Pat", "role": "customer", "text": text}]
    call = {"id": "c1", "kind": "call", "turns": turns}
    (folder / "conversations" / "c1.json").write_text(json.dumps(call))
    places = [(0, 29, [{"kind": "objection", "type": "price"}]), (30, 50, [])]
    rows = [
        {
            "conversation": "c1",
            "source": "phone",
            "turn": 0,
            "start": start,
            "end": end,
            "text": text[start:end],
            "labels": labels,
        }
        for start, end, labels in places
    ]
    (folder / "labels.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    return folder
