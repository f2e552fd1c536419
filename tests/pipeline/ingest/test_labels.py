from __future__ import annotations

import pytest

from pipeline.ingest.labels import find_speakers, split_label


def test_a_label_may_carry_a_title_in_brackets() -> None:
    label = split_label("Dana Whit (Head of IT): We are fine.")
    assert label is not None
    assert (label.name, label.title, label.text) == ("Dana Whit", "Head of IT", "We are fine.")


def test_a_long_text_after_a_label_is_kept_whole() -> None:
    label = split_label("Dana: " + "word " * 100)
    assert label is not None
    assert len(label.text) == 500


@pytest.mark.parametrize(
    "line", ["at 10:30 we met", "He said, and I quote: no", "https://a.example", "no colon here"]
)
def test_other_colons_are_no_labels(line: str) -> None:
    label = split_label(line)
    assert label is None or not find_speakers([line])


def test_names_that_come_again_speak() -> None:
    lines = ["Ann: Hi", "Bo: Hello", "Ann: Shall we?", "Bo: Yes: go"]
    assert find_speakers(lines) == {"Ann", "Bo"}


def test_words_for_speakers_speak_even_once() -> None:
    assert find_speakers(["Sales Rep: Hi", "Customer 2: Hello"]) == {"Sales Rep", "Customer 2"}


def test_the_headings_of_a_note_do_not_speak() -> None:
    lines = [
        "Met them today.",
        "Next steps: quote",
        "Budget: 20k",
        "Pain points: slow",
        "Risk: low",
    ]
    assert find_speakers(lines) == frozenset()


def test_a_heading_among_speakers_does_not_speak() -> None:
    lines = ["Ann: Hi", "Bo: Hello", "Next steps: send the quote", "Ann: Bye"]
    assert find_speakers(lines) == {"Ann", "Bo"}


def test_one_name_before_a_colon_in_prose_does_not_speak() -> None:
    lines = ["We talked for an hour.", "Marlow Clinics: happy so far.", "They will call back."]
    assert find_speakers(lines) == frozenset()


def test_a_customer_among_the_headings_of_a_note_does_not_speak() -> None:
    lines = ["Customer: Marlow Clinics", "Budget: 20k", "They will call back."]
    assert find_speakers(lines) == frozenset()


def test_one_line_of_a_speaker_is_a_transcript() -> None:
    assert find_speakers(["Rep: I left a voicemail."]) == {"Rep"}
