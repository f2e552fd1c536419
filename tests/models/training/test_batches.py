import random

import pytest

torch = pytest.importorskip("torch", reason="torch is for training only")

from models.classifier_input import load_tokenizer  # noqa: E402 (torch may be absent)
from models.corpus import parse_corpus  # noqa: E402
from models.extraction import ARTIFACTS  # noqa: E402
from models.training.batches import LabelSpace, TrainingBatch, make_batches  # noqa: E402
from models.training.examples import list_examples  # noqa: E402

SPACE = LabelSpace(("pain_point/tools", "persona_trait/tool", "pain_point"), ("tool",))
LINES = [
    "@ id=a family=f register=chat industry=x product=y buyer=company",
    "C We're on Sage, it's slow. ## t:tool=Sage; p:tools",
    "+ Go on.",
]


def _batches(seed: int) -> list[TrainingBatch]:
    return list(
        make_batches(
            list_examples(parse_corpus(LINES)),
            load_tokenizer(ARTIFACTS / "encoder_tokenizer.json"),
            SPACE,
            batch_size=8,
            noise_share=0.0,
            mask_share=0.0,
            rng=random.Random(seed),  # noqa: S311 (no secret)
        )
    )


def test_a_kind_holds_where_one_of_its_types_does() -> None:
    assert SPACE.targets(frozenset({"pain_point/tools"})).tolist() == [1.0, 0.0, 1.0]
    assert SPACE.targets(frozenset()).tolist() == [0.0, 0.0, 0.0]


def test_value_tokens_are_marked_and_count_only_where_the_trait_is() -> None:
    (batch,) = _batches(1)
    row = int(batch.labels[:, 1].argmax())
    assert batch.labels.sum(dim=1).sort().values.tolist() == [0.0, 3.0]
    assert batch.tokens[row].sum() == 1.0
    assert batch.token_weights[1 - row].sum() == 0.0
    assert batch.token_weights[row].sum() == 11.0


def test_the_same_seed_gives_the_same_batches() -> None:
    (a,), (b,) = _batches(3), _batches(3)
    assert torch.equal(a.ids, b.ids)
