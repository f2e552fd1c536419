from __future__ import annotations

import re
import time
from datetime import UTC, datetime

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import UnknownFormat, UnreadableFile
from pipeline.ingest.config import SourceConfig
from pipeline.ingest.registry import ParsedFile, find_formats, parse_file

_SUFFIXES = sorted({suffix for known in find_formats() for suffix in known.suffixes})
_SEEDS = [
    "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ann>hi</v>", "1\n00:00:01,0 --> 00:00:02,0\nA: b\n",
    '{"turns": [{"text": "a", "start_ms": 1e400}]}', '{"vcon": "0.0.2", "analysis": [{"type":',
    '{"results": {"channels": [{"alternatives": [{}]}]}}', '{"callTranscripts": [], "calls": ',
    '{"segments": [{"text": "a", "start": "x"}]}', '{"Transcript": [{"Content": null}]}',
    '[{"sentence": "a", "speaker_name": 1, "startTime": "::"}]', '{"text": null, "words": [1]}',
    "id,note,date\n1,a,2026\n", 'Deal Name,Amount,Stage\n"x,$,won\n', "personas:\n- slug: a\n",
    "messages: [{slug: ", "Ann  0:12\nhi", "[Ann] 11:02:03\nhi", "Ann: hi\nBo: ho\nAnn: \x00",
    "# Sync - 2026/13/41 - Transcript\n### Attendees\n",
]  # fmt: skip


@st.composite
def _draw_content(draw: st.DrawFn) -> bytes:
    """Arbitrary bytes, or a known beginning with arbitrary text put into it."""
    if draw(st.booleans()):
        return draw(st.binary(max_size=300))
    seed = draw(st.sampled_from(_SEEDS))
    place = draw(st.integers(0, len(seed)))
    added = draw(st.text(max_size=20).map(lambda text: text.encode("utf-8", "ignore").decode()))
    return (seed[:place] + added + seed[draw(st.integers(place, len(seed))) :]).encode()


_KEYS = re.findall(
    r"\w+",
    """turns text speaker role start_ms id kind started_at participants words utterances start end
    segments results channels alternatives paragraphs sentences transcripts callId Transcript
    Content vcon parties dialog analysis type body callTranscripts transcript calls metaData
    speakerId speaker_name data date attributes originator""",
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 10**14) | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_KEYS), inner, max_size=5)
    ),
    max_leaves=25,
)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(_draw_content(), st.sampled_from(_SUFFIXES), st.sampled_from(["x", "2026-02-31 x", "notes"]))
def test_no_bytes_make_parsing_raise(content: bytes, suffix: str, stem: str) -> None:
    assert isinstance(parse_file(content, stem + suffix, SourceConfig()), ParsedFile)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=300)
@given(_JSON, st.sampled_from([".json", ".vcon", ".jsonl"]))
def test_no_json_makes_parsing_raise(value: object, suffix: str) -> None:
    parsed = parse_file(orjson.dumps(value), "x" + suffix, SourceConfig())
    assert parsed.conversations or parsed.details or parsed.problems


@pytest.mark.parametrize(
    "value", [[], {}, [[]], {"turns": []}, {"turns": "x"}, {"kind": "call"}, 1]
)
def test_json_that_holds_no_conversation_is_a_problem(value: object) -> None:
    parsed = parse_file(orjson.dumps(value), "x.json")
    assert parsed.conversations == ()
    assert len(parsed.problems) == 1


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("a.json", b'{"callTranscripts": []}'),
        ("accounts.csv", b"id,name\n"),
        ("p.yaml", b"personas: []"),
    ],
)
def test_a_file_that_holds_no_records_is_a_problem(path: str, content: bytes) -> None:
    (problem,) = parse_file(content, path).problems
    assert "the file holds no records" in problem.reason


def test_each_format_has_a_name_of_its_own() -> None:
    names = [known.name for known in find_formats()]
    assert len(set(names)) == len(names) >= 15


def test_an_unknown_suffix_is_named() -> None:
    (problem,) = parse_file(b"x", "a.xyz").problems
    assert isinstance(problem, UnknownFormat)
    assert str(problem) == "a.xyz: no format has the suffix '.xyz'"


def test_json_of_no_known_format_is_named_by_its_keys() -> None:
    (problem,) = parse_file(b'{"foo": 1, "bar": 2}', "a.json").problems
    assert isinstance(problem, UnknownFormat)
    assert problem.reason.startswith("a JSON object with the keys 'foo', 'bar' is none of: ")


@pytest.mark.parametrize("suffix", _SUFFIXES)
def test_an_empty_file_is_a_problem_in_every_format(suffix: str) -> None:
    (problem,) = parse_file(b"", f"a{suffix}").problems
    assert isinstance(problem, UnreadableFile)
    assert problem.reason == "the file is empty"


def test_date_and_title_come_from_the_file_s_name_where_the_file_has_none() -> None:
    config = SourceConfig(timezone="America/New_York")
    path = "calls/2026-10-07 Marlow Clinics discovery.txt"
    (call,) = parse_file(b"Ann: Hi\nBo: Hello\nAnn: So", path, config).conversations
    assert call.started_at == datetime(2026, 10, 7, 4, tzinfo=UTC)
    assert call.account is None
    assert call.attributes == {"title": "Marlow Clinics discovery"}
    assert call.external_id == "calls/2026-10-07 Marlow Clinics discovery"


def test_what_the_file_says_wins_over_its_name() -> None:
    content = (
        b'{"id": "c", "started_at": "2026-01-02", "account": "Acme", "turns": [{"text": "a"}]}'
    )
    (call,) = parse_file(content, "2026-10-07 Marlow.json").conversations
    assert call.started_at == datetime(2026, 1, 2, tzinfo=UTC)
    assert (call.account, call.attributes) == ("Acme", {})


def test_a_name_with_an_impossible_date_is_a_problem() -> None:
    (problem,) = parse_file(b"Ann: Hi\nBo: Hello\nAnn: So", "2026-13-07 x.txt").problems
    assert "the date in the file's name cannot be read" in str(problem)


def test_an_id_that_leaves_its_folder_is_refused() -> None:
    parsed = parse_file(b'{"id": "../../x", "turns": [{"text": "a"}]}', "a.json")
    assert parsed.conversations == ()
    assert "path that leaves its folder" in parsed.problems[0].reason


def test_a_null_in_a_text_is_refused_with_its_line() -> None:
    (problem,) = parse_file(b"Ann: Hi\nBo: He\x00llo\nAnn: So", "a.txt").problems
    assert str(problem) == "a.txt:2: turn 1 holds a null or broken character"


@pytest.mark.parametrize("suffix", [".txt", ".vtt", ".csv", ".md", ".yaml"])
def test_a_line_of_50_megabytes_is_refused_in_bounded_time(suffix: str) -> None:
    start = time.perf_counter()
    parsed = parse_file(b"Ann: <b " * 6_250_000, f"a{suffix}")
    assert parsed.conversations == ()
    assert parsed.problems
    assert time.perf_counter() - start < 10


def test_a_json_text_of_50_megabytes_is_refused_in_bounded_time() -> None:
    start = time.perf_counter()
    parsed = parse_file(b'{"turns": [{"text": "' + b"a" * 50_000_000 + b'"}]}', "a.json")
    assert "turn 0 is longer than" in parsed.problems[0].reason
    assert time.perf_counter() - start < 10


def test_utf_16_and_latin_1_files_are_read_right() -> None:
    text = "Zoë: Trop cher.\nBo: Même à ce prix?\nZoë: Oui."
    for encoding in ("utf-16", "latin-1"):
        (call,) = parse_file(text.encode(encoding), "a.txt").conversations
        assert [turn.text for turn in call.turns] == ["Trop cher.", "Même à ce prix?", "Oui."]


_SECRET = "Jane Doe said to ring her on 07700 900123 or jane@doe.example"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.json", '{"turns": [{"text": "a"}], "started_at": "SECRET"}'),
        ("a.json", '{"turns": [{"text": "a", "start_ms": "SECRET"}]}'),
        ("a.json", '{"turns": [{"text": "a"}], "id": "../SECRET"}'),
        ("a.json", '{"turns": [{"text": "a"}], "kind": "SECRET"}'),
        ("a.json", '{"turns": [{"text": {"SECRET": 1}}], "source": "SECRETSECRETSECRETSECRET"}'),
        ("a.json", '{"SECRET": 1}'),
        ("a.json", '{"segments": [{"text": "a", "start": "SECRET"}]}'),
        ("a.json", '{"segments": [{"text": "a", "start": "1:SECRET"}]}'),
        ("a.json", '{"text": null, "words": [], "error": "SECRET"}'),
        ("a.vtt", "WEBVTT\n\nSECRET --> SECRET\nhi"),
        ("a.txt", "Date: SECRET\n\nAnn: hi\nBo: ho\nAnn: ha"),
        ("notes.csv", "id,note,date\n1,a,SECRET\n\x00SECRET,b,\n../SECRET,c,\n"),
        ("deals.csv", "Deal Name,Amount,Close Date\nA,SECRET,\nB,1,SECRET\n"),
        ("x.csv", "SECRET,b\n1,2\n"),
        ("p.yaml", "personas:\n- {slug: ../SECRET, name: a}\n- {slug: a, SECRET: b}\n- SECRET\n"),
        ("p.yaml", "personas:\n- *Jane_Doe\n"),
        ("p.yaml", "personas: !Jane_Doe\n- [a, b\nSECRET: {c"),
    ],
)
def test_no_reason_quotes_what_the_file_says(path: str, text: str) -> None:
    """Reasons reach the store, the terminal and the API, and files hold personal data."""
    problems = parse_file(text.replace("SECRET", _SECRET).encode(), path).problems
    assert problems
    for word in ("Jane", "07700", "jane@"):
        assert not [str(problem) for problem in problems if word in str(problem)]


def test_names_are_cut_to_what_the_store_holds() -> None:
    content = orjson.dumps({"turns": [{"text": "a", "speaker": "b" * 999}], "account": "c" * 999})
    (call,) = parse_file(content, "a.json").conversations
    assert (len(call.turns[0].speaker), len(call.account or "")) == (120, 300)
