import pytest

torch = pytest.importorskip("torch", reason="torch is for training only")

from models.classifier_input import load_tokenizer  # noqa: E402 (torch may be absent)
from models.corpus import parse_corpus  # noqa: E402
from models.extraction import ARTIFACTS  # noqa: E402
from models.training.batches import LabelSpace  # noqa: E402
from models.training.encoder import find_source  # noqa: E402
from models.training.examples import list_examples  # noqa: E402
from models.training.fit import fit_network  # noqa: E402
from models.training.network import MentionNetwork  # noqa: E402
from models.training.options import load_options  # noqa: E402

LINES = [
    "@ id=a family=f register=chat industry=x product=y buyer=company",
    "C That's too expensive. ## o:price",
    "C We run on Sage. ## t:tool=Sage",
    "C Good morning.",
]


def _fit(told: list[str]) -> MentionNetwork:
    return fit_network(
        list_examples(parse_corpus(LINES)),
        tokenizer=load_tokenizer(ARTIFACTS / "encoder_tokenizer.json"),
        weights=find_source() / "model.safetensors",
        space=LabelSpace(("objection/price", "persona_trait/tool"), ("tool",)),
        options=load_options().model_copy(update={"epochs": 1, "head_steps": 2}),
        report=told.append,
    )


def test_the_same_examples_and_seed_give_the_same_network() -> None:
    told: list[str] = []
    first, again = _fit(told), _fit(told)
    assert len(told) == 2
    assert told[0] == told[1]
    for a, b in zip(first.parameters(), again.parameters(), strict=True):
        assert torch.equal(a, b)
    assert not first.training
