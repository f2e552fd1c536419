import shutil
from pathlib import Path

import pytest

from core.errors import UnreadableFile
from core.vocabulary import Conversation, ConversationKind, MentionKind, Role, Turn
from models.extraction import ARTIFACTS, FILES, Extractor, hash_files
from tests.taxonomies import write_taxonomy_without


@pytest.fixture(scope="module")
def extractor() -> Extractor:
    return Extractor.load()


def _call(*turns: tuple[Role, str], name: str = "c") -> Conversation:
    return Conversation(
        external_id=name,
        kind=ConversationKind.CALL,
        turns=tuple(Turn(role.value, text, role) for role, text in turns),
    )


CALL = _call(
    (Role.REP, "It's 900 a month. I know that sounds like a lot."),
    (Role.CUSTOMER, "Okay. That's way too expensive for us, we don't have the budget."),
    (Role.REP, "What are you on at the moment?"),
    (Role.CUSTOMER, "We do all of it in Excel. My boss has to sign off on anything anyway."),
)


def test_plain_objections_and_traits_are_found_with_their_places(extractor: Extractor) -> None:
    found = extractor.extract([CALL])[0]
    assert {(m.kind, m.type) for m in found} >= {
        (MentionKind.OBJECTION, "price"),
        (MentionKind.OBJECTION, "authority"),
        (MentionKind.PERSONA_TRAIT, "tool"),
    }
    for mention in found:
        text = CALL.turns[mention.turn].text
        assert text[mention.start : mention.end] == mention.quote
        assert 0.0 <= mention.confidence <= 1.0
        assert mention.statement


def test_a_rep_never_has_a_mention(extractor: Extractor) -> None:
    assert {mention.turn for mention in extractor.extract([CALL])[0]} <= {1, 3}


def test_traits_alone_have_a_value_that_stands_in_the_quote(extractor: Extractor) -> None:
    for mention in extractor.extract([CALL])[0]:
        if mention.kind is MentionKind.PERSONA_TRAIT:
            assert mention.value is not None
            assert mention.value in mention.quote
        else:
            assert mention.value is None


def test_the_tool_is_known_by_its_name(extractor: Extractor) -> None:
    tools = [m for m in extractor.extract([CALL])[0] if m.type == "tool"]
    assert "excel" in {mention.normalised for mention in tools}


def test_a_conversation_gives_the_same_alone_and_among_others(extractor: Extractor) -> None:
    other = _call((Role.CUSTOMER, "Who's this? I'm not interested, sorry."), name="d")
    together = extractor.extract([other, CALL, other])
    assert together[1] == extractor.extract([CALL])[0]
    assert together[0] == together[2]


def test_a_type_taken_out_of_the_taxonomy_is_not_found_any_more(
    extractor: Extractor, tmp_path: Path
) -> None:
    taxonomy = write_taxonomy_without("objection/price", tmp_path / "taxonomy.yaml")
    edited = Extractor.load(taxonomy=taxonomy)
    before = extractor.extract([CALL])[0]
    assert edited.extract([CALL])[0] == [m for m in before if m.type != "price"] != before
    assert edited.version != extractor.version


def test_nothing_gives_nothing(extractor: Extractor) -> None:
    assert extractor.extract([]) == []
    assert extractor.extract([_call((Role.REP, "Hello?"))]) == [[]]


def test_the_version_follows_the_files_and_a_missing_file_is_named(tmp_path: Path) -> None:
    for name in FILES:
        shutil.copy(ARTIFACTS / name, tmp_path)
    assert hash_files(tmp_path) == hash_files(ARTIFACTS)
    (tmp_path / "mentions.json").write_text("{}")
    assert hash_files(tmp_path) != hash_files(ARTIFACTS)
    (tmp_path / "mentions.onnx").unlink()
    with pytest.raises(UnreadableFile, match="fieldback train"):
        Extractor.load(tmp_path)
