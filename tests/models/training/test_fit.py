import pytest

torch = pytest.importorskip("torch", reason="torch is for training only")

from models.corpus import parse_corpus  # noqa: E402 (torch may be absent)
from models.decisions import LabelLayout  # noqa: E402
from models.extraction import ARTIFACTS  # noqa: E402
from models.training.encoder import find_source  # noqa: E402
from models.training.examples import make_talk  # noqa: E402
from models.training.fit import fit_network  # noqa: E402
from models.training.minilm import MiniLM  # noqa: E402
from models.training.options import load_options  # noqa: E402
from models.windows import load_tokenizer  # noqa: E402

LINES = [
    "@ id=a family=f register=chat industry=x product=y buyer=company",
    "R It's 900.",
    "C That's too expensive. ## o:price",
    "C We run on Sage. ## t:tool=Sage",
    "C Good morning.",
]


def _fit(told: list[str]) -> MiniLM:
    layout, weights = LabelLayout(("objection/price", "persona_trait/tool")), find_source()
    return fit_network(
        lambda: MiniLM(layout, 0.1, weights / "model.safetensors"),
        [make_talk(conversation) for conversation in parse_corpus(LINES)],
        tokenizer=load_tokenizer(ARTIFACTS / "encoder_tokenizer.json"),
        layout=layout,
        options=load_options().model_copy(update={"epochs": 2}),
        report=told.append,
    )


def test_the_same_talks_and_seed_give_the_same_network_and_it_learns() -> None:
    told: list[str] = []
    first, again = _fit(told), _fit(told)
    assert told[:2] == told[2:]
    assert len(told) == 4
    for a, b in zip(first.parameters(), again.parameters(), strict=True):
        assert torch.equal(a, b)
    assert not first.training
