from __future__ import annotations

from collections.abc import Callable

import pytest

from core.vocabulary import Turn
from pipeline.ingest.registry import ParsedFile

Parse = Callable[..., ParsedFile]

_ZOOM = """WEBVTT\r
\r
1\r
00:00:01.000 --> 00:00:03.000\r
Ann Ray: Thanks for joining.\r
\r
2\r
00:00:03.500 --> 00:00:05.000\r
Shall we begin?\r
\r
3\r
00:00:06.000 --> 00:00:08.000\r
Bo Lind: Yes: please.\r
"""


def test_zoom_s_names_are_speakers_and_cues_of_one_speaker_are_joined(parse: Parse) -> None:
    parsed = parse("a.vtt", _ZOOM)
    assert parsed.problems == ()
    assert parsed.conversations[0].turns == (
        Turn("Ann Ray", "Thanks for joining. Shall we begin?", start_ms=1000, end_ms=5000),
        Turn("Bo Lind", "Yes: please.", start_ms=6000, end_ms=8000),
    )
    assert [person.name for person in parsed.conversations[0].participants] == [
        "Ann Ray",
        "Bo Lind",
    ]


@pytest.mark.parametrize(
    ("times", "start_ms"),
    [("00:01:16.246 --> 00:01:17.726", 76_246), ("0:1:16.24 --> 0:1:17.7", 76_240)],
)
def test_teams_voices_are_speakers_in_both_time_styles(
    parse: Parse, times: str, start_ms: int
) -> None:
    voice = "<v Ann Ray>It is <i>late</i> &amp;\ndear.</v>"
    text = f"WEBVTT\n\nabc-1/12-0\n{times} align:start\n{voice}\n"
    (call,) = parse("a.vtt", text).conversations
    assert (call.turns[0].speaker, call.turns[0].start_ms) == ("Ann Ray", start_ms)
    assert call.turns[0].text == "It is late & dear."


def test_two_voices_in_a_cue_are_two_turns(parse: Parse) -> None:
    text = "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ann>Hi.</v> <v.loud Bo>Hello.</v>\n"
    (call,) = parse("a.vtt", text).conversations
    assert [(turn.speaker, turn.text) for turn in call.turns] == [("Ann", "Hi."), ("Bo", "Hello.")]


def test_plain_cues_are_one_turn_of_nobody_and_notes_and_styles_are_skipped(parse: Parse) -> None:
    text = (
        "WEBVTT - a title\nKind: captions\n\nNOTE\nmade by us\n\nSTYLE\n::cue {color: red}\n\n"
        "00:01.000 --> 00:02.000\nwe met\n\n00:02.000 --> 00:04.000\n<00:02.500>yesterday\n"
    )
    (call,) = parse("a.vtt", text).conversations
    assert call.turns == (Turn("", "we met yesterday", start_ms=1000, end_ms=4000),)


def test_srt_has_commas_in_its_times(parse: Parse) -> None:
    text = (
        "1\n00:00:01,000 --> 00:00:02,500\nAnn: Hi.\n\n2\n00:00:03,000 --> 00:00:04,000\nBo: Ho.\n"
    )
    for path in ("a.srt", "a.txt"):
        parsed = parse(path, text)
        assert parsed.format == "captions"
        assert [turn.end_ms for turn in parsed.conversations[0].turns] == [2500, 4000]


def test_a_cue_that_ends_before_it_starts_is_named_and_the_others_are_kept(parse: Parse) -> None:
    text = _ZOOM.replace("00:00:05.000", "00:00:02.000").replace("\r", "")
    parsed = parse("a.vtt", text)
    assert [str(problem) for problem in parsed.problems] == [
        "a.vtt:8: the cue ends before it starts"
    ]
    assert len(parsed.conversations[0].turns) == 2


def test_unreadable_times_are_named(parse: Parse) -> None:
    parsed = parse("a.vtt", "WEBVTT\n\nsoon --> later\nHi\n\n00:01.000 --> 00:02.000\nHo\n")
    assert "the times of the cue cannot be read" in str(parsed.problems[0])
    assert parsed.conversations[0].turns[0].text == "Ho"


def test_a_file_without_cues_is_refused(parse: Parse) -> None:
    assert "no cue" in str(parse("a.vtt", "WEBVTT\n\nhello\n").problems[0])


def test_srt_cues_without_empty_lines_between_them(parse: Parse) -> None:
    text = "1\n00:00:01,000 --> 00:00:02,000\nAnn: Hi.\n2\n00:00:03,000 --> 00:00:04,000\nBo: 7\n"
    (call,) = parse("a.srt", text).conversations
    assert [turn.text for turn in call.turns] == ["Hi.", "7"]
