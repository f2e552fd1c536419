from collections.abc import Sequence

import pytest

from core.errors import MalformedRecord
from core.vocabulary import MentionKind, Role
from models.corpus import (
    CORPUS_DIRECTORY,
    Label,
    LabelledConversation,
    load_corpus,
    parse_corpus,
)

HEADER = "@ id=a family=f register=chat industry=retail product=till buyer=company"


def _parse(lines: Sequence[str]) -> LabelledConversation:
    return next(parse_corpus([HEADER, *lines], path="a.txt"))


def test_lines_become_sentences_with_turns_roles_and_labels() -> None:
    conversation = _parse(
        [
            "// a remark",
            "R How do you bill today?",
            "C By hand.",
            "",
            "+ We use Excel, it's slow. ## t:tool=Excel; p:time",
        ]
    )
    assert [(s.turn, s.role) for s in conversation.sentences] == [
        (0, Role.REP),
        (1, Role.CUSTOMER),
        (1, Role.CUSTOMER),
    ]
    assert conversation.sentences[2].text == "We use Excel, it's slow."
    assert conversation.sentences[2].labels == (
        Label(MentionKind.PERSONA_TRAIT, "tool", "Excel"),
        Label(MentionKind.PAIN_POINT, "time"),
    )
    assert conversation.sentences[2].labels[0].key == "persona_trait/tool"


def test_a_file_holds_many_conversations_and_notes_are_told_from_dialogues() -> None:
    other = HEADER.replace("id=a", "id=b").replace("chat", "note")
    found = list(parse_corpus([HEADER, "C Hi.", other, "N Wants a discount. ## o:price"]))
    assert [(c.id, c.is_note, len(c.sentences)) for c in found] == [("a", False, 1), ("b", True, 1)]


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (["X hello"], "starts with"),
        (["+ hello"], "starts with"),
        (["C hello ## price"], "not a label"),
        (["C we use Excel ## t:tool"], "traits"),
        (["C too dear ## o:price=dear"], "traits"),
        (["C we use Excel ## t:tool=Word"], "value not in the line"),
    ],
)
def test_a_broken_line_is_refused_with_file_and_line(lines: list[str], reason: str) -> None:
    with pytest.raises(MalformedRecord, match=reason) as caught:
        _parse(lines)
    assert str(caught.value).startswith("a.txt:2: ")


def test_a_header_must_be_whole_and_come_first() -> None:
    with pytest.raises(MalformedRecord, match="without family"):
        list(parse_corpus(["@ id=a register=chat industry=x product=y buyer=company", "C hi"]))
    with pytest.raises(MalformedRecord, match="before the first"):
        list(parse_corpus(["C hi"]))


def test_the_shipped_corpus_can_be_read_and_ids_are_unique() -> None:
    conversations = load_corpus()
    assert len({conversation.id for conversation in conversations}) == len(conversations) > 500


def test_no_family_is_both_learnt_from_and_unseen() -> None:
    learnt = {conversation.family for conversation in load_corpus()}
    unseen = {c.family for c in load_corpus(CORPUS_DIRECTORY.parent / "unseen")}
    assert unseen
    assert not learnt & unseen
