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
    options = load_options().model_copy(update={"held_out_share": 0.2})
    parts = [{c.family for c in part} for part in split_families(_conversations(), options)]
    assert [len(part) for part in parts] == [16, 2, 2]
    assert len(set.union(*parts)) == 20


def test_the_split_is_the_same_each_time() -> None:
    first, again = (split_families(_conversations(), load_options()) for _ in range(2))
    assert [[c.id for c in part] for part in first] == [[c.id for c in part] for part in again]


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
