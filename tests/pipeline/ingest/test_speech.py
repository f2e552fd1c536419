from __future__ import annotations

import pytest

from core.vocabulary import Participant, Role, Turn
from pipeline.ingest.speech import join_turns, list_speakers, name_speaker, read_role


def test_successive_pieces_of_one_speaker_are_one_turn() -> None:
    pieces = [
        Turn("Ann", "Hello ", start_ms=0, end_ms=10),
        Turn("Ann", " there.", start_ms=12, end_ms=20),
        Turn("Bo", "Hi.", start_ms=21, end_ms=30),
        Turn("Ann", " ", start_ms=31, end_ms=32),
        Turn("Ann", "So.", start_ms=33, end_ms=40),
    ]
    assert join_turns(pieces) == (
        Turn("Ann", "Hello there.", start_ms=0, end_ms=20),
        Turn("Bo", "Hi.", start_ms=21, end_ms=30),
        Turn("Ann", "So.", start_ms=33, end_ms=40),
    )


@pytest.mark.parametrize(
    ("word", "role"),
    [
        ("AGENT", Role.REP),
        ("External", Role.CUSTOMER),
        ("host", Role.UNKNOWN),
        (None, Role.UNKNOWN),
    ],
)
def test_roles_that_files_state(word: str | None, role: Role) -> None:
    assert read_role(word) is role


def test_a_number_names_a_speaker_in_words() -> None:
    assert [name_speaker(label) for label in ("0", "A", "")] == ["Speaker 0", "A", ""]


def test_speakers_stand_in_the_order_in_which_they_first_speak() -> None:
    turns = [Turn("Bo", "a"), Turn("", "b"), Turn("Ann", "c"), Turn("Bo", "d", Role.REP)]
    assert list_speakers(turns) == (Participant("Bo", Role.REP), Participant("Ann"))
