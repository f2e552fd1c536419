"""Files in, mentions and themes out, without a database."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.errors import InputError, MalformedRecord, UnreadableFile
from core.vocabulary import Conversation, ConversationKind, Mention, MentionKind, Role, Turn
from pipeline.reading import extract_files, group_file, mention_row, read_conversations
from tests.pipeline.sources import write_source

QUESTIONS = Path(__file__).parents[1] / "files" / "questions.jsonl"
CALL = Conversation("call-7", ConversationKind.CALL, (Turn("", "We keep it in Excel."),))


def test_a_mention_s_row_holds_its_place_and_a_value_only_where_there_is_one() -> None:
    pain = Mention(0, 0, 19, "We keep it in Excel", MentionKind.PAIN_POINT, "tools", 0.81239, "x")
    tool = Mention(0, 14, 19, "Excel", MentionKind.PERSONA_TRAIT, "tool", 0.5, "x", "Excel")
    assert mention_row(CALL, pain) == {
        "conversation": "call-7",
        "turn": 0,
        "start": 0,
        "end": 19,
        "quote": "We keep it in Excel",
        "kind": "pain_point",
        "type": "tools",
        "confidence": 0.8124,
    }
    assert mention_row(CALL, tool)["value"] == "Excel"


def test_offsets_fit_the_turns_as_they_stand_in_the_files(tmp_path: Path) -> None:
    folder = write_source(tmp_path / "source")
    paths = sorted(folder.glob("call-*.json"))
    rows, problems = extract_files(paths)
    said = {call["id"]: call["turns"] for call in (json.loads(p.read_text()) for p in paths)}
    assert problems == []
    assert len(rows) > len(paths)
    for row in rows:
        turn = said[row["conversation"]][row["turn"]]
        assert turn["text"][row["start"] : row["end"]] == row["quote"]
        assert turn["role"] == "customer"


def test_what_cannot_be_used_is_told_and_the_other_files_are_read(tmp_path: Path) -> None:
    good, broken = tmp_path / "good.txt", tmp_path / "broken.json"
    good.write_text("Rep: Why not now?\nCustomer: It is too expensive for us.\n", "utf-8")
    broken.write_text('{"id": "x", "turns": [', "utf-8")
    conversations, problems = read_conversations([tmp_path / "gone.vtt", broken, good])
    assert [c.turns[1].role for c in conversations] == [Role.CUSTOMER]
    assert [type(problem) for problem in problems] == [UnreadableFile, MalformedRecord]
    assert str(problems[0]) == f"{tmp_path / 'gone.vtt'}: No such file or directory"
    assert str(problems[1]).startswith("broken.json")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    _, [problem] = read_conversations([tmp_path])
    assert isinstance(problem, UnreadableFile)


def test_no_files_hold_no_mentions() -> None:
    assert extract_files([]) == ([], [])


def test_texts_of_a_file_are_grouped_and_those_that_belong_nowhere_have_no_theme() -> None:
    rows = group_file(QUESTIONS, None)
    assert len(rows) == 10
    assert {row["id"] for row in rows} == {f"q{n}" for n in range(1, 11)}
    assert all((row["theme"] is None) == (row["label"] is None) for row in rows)
    assert any(row["theme"] for row in rows)


def test_a_later_call_with_the_state_gives_the_same_themes_again(tmp_path: Path) -> None:
    first = group_file(QUESTIONS, tmp_path / "state")
    assert group_file(QUESTIONS, tmp_path / "state") == first


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"id": "a", "text": "x"}\n{"id": "b"}\n', "lines.jsonl:2: "),
        (b'{"id": "a", "text": "x"}\n\nnonsense\n', "lines.jsonl:3: "),
        ('{"id": "a", "text": "zu teuer für uns"}\n'.encode("latin-1"), "lines.jsonl: not UTF-8"),
    ],
)
def test_a_broken_line_is_named(content: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "lines.jsonl"
    path.write_bytes(content)
    with pytest.raises(InputError) as raised:
        group_file(path, None)
    assert said in str(raised.value)


def test_a_missing_file_of_texts_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"gone\.jsonl: No such file"):
        group_file(tmp_path / "gone.jsonl", None)
