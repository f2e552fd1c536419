import pytest

pytest.importorskip("torch", reason="torch is for training only")

from models.corpus import LabelledConversation
from models.taxonomy import load_taxonomy
from models.training.options import load_options
from models.training.train import make_label_space, split_families


def _conversations() -> list[LabelledConversation]:
    return [
        LabelledConversation(f"{i}", f"family {i % 10}", "chat", "x", "y", "company", "a.txt")
        for i in range(40)
    ]


def test_a_family_is_held_out_whole_or_not_at_all() -> None:
    seen, held_out = split_families(_conversations(), load_options())
    assert not {c.family for c in seen} & {c.family for c in held_out}
    assert len({c.family for c in held_out}) == 2
    assert len(seen) + len(held_out) == 40


def test_the_split_is_the_same_each_time() -> None:
    first, again = (split_families(_conversations(), load_options())[1] for _ in range(2))
    assert [c.id for c in first] == [c.id for c in again]


def test_labels_are_the_types_in_order_then_the_kinds() -> None:
    space = make_label_space(load_taxonomy())
    assert space.labels[0] == "objection/price"
    assert space.labels[-3:] == ("objection", "pain_point", "persona_trait")
    assert len(space.labels) == 36
    assert len(space.traits) == 11
