from __future__ import annotations

from pipeline.ingest.transcript_text import Transcript, read_transcript


def _read(text: str) -> Transcript:
    return read_transcript(text.splitlines())


def _list(text: str) -> list[tuple[str, int | None, str]]:
    return [(turn.speaker, turn.start_ms, turn.text) for turn in _read(text).turns]


def test_name_and_text() -> None:
    text = "Ann: Hello.\nBo: Hi.\n\nAnn: Well,\nlet us begin.\n"
    assert _list(text) == [
        ("Ann", None, "Hello."),
        ("Bo", None, "Hi."),
        ("Ann", None, "Well,\nlet us begin."),
    ]


def test_time_name_title_and_text() -> None:
    transcript = _read("[00:12] Ann (AE): Hello.\n[01:00:15] Bo (Head of IT): Hi.")
    assert [(turn.speaker, turn.start_ms) for turn in transcript.turns] == [
        ("Ann", 12_000),
        ("Bo", 3_615_000),
    ]
    assert transcript.titles == {"Ann": "AE", "Bo": "Head of IT"}


def test_name_then_time_in_brackets() -> None:
    assert _list("Ann (00:12): Hello.\nBo (00:15): Hi.\nAnn (00:20): So.") == [
        ("Ann", 12_000, "Hello."),
        ("Bo", 15_000, "Hi."),
        ("Ann", 20_000, "So."),
    ]


def test_zoom_s_bracketed_names_count_times_of_day_from_the_first() -> None:
    text = "[Ann Ray] 11:02:09\nHello.\n\n[Bo] 11:02:12\nHi, how\nare you?\n"
    assert _list(text) == [("Ann Ray", 0, "Hello."), ("Bo", 3_000, "Hi, how\nare you?")]
    assert _read(text).is_in_blocks


def test_zoom_s_chat_lines() -> None:
    text = "11:02:09\tAnn:\tHello.\n11:02:12\tBo:\tHi.\n11:03:00\tAnn:\tBye."
    assert _list(text) == [("Ann", 0, "Hello."), ("Bo", 3_000, "Hi."), ("Ann", 51_000, "Bye.")]


def test_otter_s_names_with_times_and_its_footer() -> None:
    text = (
        "Ann  0:34  \nHello.\n\nUnknown Speaker  1:35  \nHi.\n\nTranscribed by https://otter.ai\n"
    )
    assert _list(text) == [("Ann", 34_000, "Hello."), ("Unknown Speaker", 95_000, "Hi.")]


def test_text_without_speakers_is_one_turn_of_nobody() -> None:
    text = "We met today.\nThey like it: the price is fine.\n\nNext steps: a quote."
    assert _list(text) == [("", None, text)]


def test_text_before_the_first_speaker_is_a_turn_of_nobody() -> None:
    text = "Weekly call, recorded\n-----\nAnn: Hello.\nBo: Hi.\nAnn: Bye."
    assert _list(text)[0] == ("", None, "Weekly call, recorded\n-----")


def test_nothing_gives_no_turns() -> None:
    assert _list("\n \n---\n") == []


def test_names_in_brackets_before_a_colon() -> None:
    text = "[Speaker 1]: Hello.\n[Speaker 2]: Hi."
    assert _list(text) == [("Speaker 1", None, "Hello."), ("Speaker 2", None, "Hi.")]


def test_a_range_of_times_before_the_name() -> None:
    text = "00:00:01 - 00:00:03 Ann: Hello.\n00:00:04 --> 00:00:06 Bo: Hi.\n00:00:07 Ann: So."
    assert [(turn[0], turn[1]) for turn in _list(text)] == [
        ("Ann", 1000),
        ("Bo", 4000),
        ("Ann", 7000),
    ]


def test_the_headings_of_a_note_are_no_speakers() -> None:
    text = "Price: too high.\nTiming: next year.\nCompetitors: two."
    assert _list(text) == [("", None, text)]
