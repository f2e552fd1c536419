import pytest

pytest.importorskip("torch", reason="torch is for training only")

from core.vocabulary import MentionKind
from models.corpus import LabelledConversation, parse_corpus
from models.taxonomy import load_taxonomy
from models.training.examples import make_talk
from models.training.options import load_options
from models.training.train import list_candidates, make_layout, split_families


def _conversations() -> list[LabelledConversation]:
    return [
        LabelledConversation(f"{i}", f"family {i % 20}", "chat", "x", "y", "company", "a.txt")
        for i in range(60)
    ]


def test_a_family_is_learnt_fitted_on_or_judged_by_whole() -> None:
    options = load_options().model_copy(update={"held_out_share": 0.5})
    parts = [{c.family for c in part} for part in split_families(_conversations(), options)]
    assert all(parts)
    assert sum(len(part) for part in parts) == len(set.union(*parts)) == 20


def test_a_family_keeps_its_part_when_the_corpus_grows() -> None:
    every = _conversations()
    small = [c for c in every if not c.family.endswith("3")]
    for part, own in zip(
        split_families(every, load_options()), split_families(small, load_options()), strict=True
    ):
        assert {c.id for c in own} == {c.id for c in part if not c.family.endswith("3")}


def test_the_layout_holds_every_type_of_the_taxonomy() -> None:
    layout = make_layout(load_taxonomy())
    assert layout.types[0] == "objection/price"
    assert len(layout.types) == 33
    assert len(layout.names(MentionKind.PERSONA_TRAIT)) == 11


def test_only_judged_sentences_of_customers_are_candidates() -> None:
    lines = [
        "@ id=a family=f register=chat industry=x product=y buyer=company",
        "R What do you use?",
        "C Sage.",
    ]
    talk = make_talk(next(parse_corpus(lines)))
    assert [(i, example.text) for i, example in list_candidates(talk)] == [(1, "Sage.")]
