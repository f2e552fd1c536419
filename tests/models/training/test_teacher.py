import pytest

torch = pytest.importorskip("torch", reason="torch is for training only")

from models.corpus import parse_corpus  # noqa: E402 (torch may be absent)
from models.decisions import LabelLayout  # noqa: E402
from models.extraction import ARTIFACTS  # noqa: E402
from models.training.encoder import find_source  # noqa: E402
from models.training.minilm import MiniLM  # noqa: E402
from models.training.soft_targets import make_key  # noqa: E402
from models.training.teacher import judge  # noqa: E402
from models.windows import load_tokenizer  # noqa: E402

LAYOUT = LabelLayout(("objection/price", "objection/trust", "persona_trait/tool"))
LINES = [
    "@ id=a family=f register=chat industry=x product=y buyer=company",
    "R It's 900 a month.",
    "C We simply can't afford that. ## o:price",
    "+ We run on Sage. ## t:tool=Sage",
    "@ id=b family=f register=chat industry=x product=y buyer=company",
    "C And who are you?",
]


@pytest.fixture
def network() -> MiniLM:
    torch.manual_seed(1)
    return MiniLM(LAYOUT, 0.1, find_source() / "model.safetensors").eval()


def test_each_customer_sentence_gets_its_probabilities_whatever_stands_beside_it(
    network: MiniLM,
) -> None:
    tokenizer = load_tokenizer(ARTIFACTS / "encoder_tokenizer.json")
    both = list(parse_corpus(LINES))
    rows = judge(network, both, tokenizer, LAYOUT, 1.5)
    assert set(rows) == {
        make_key("a", 1, "We simply can't afford that."),
        make_key("a", 2, "We run on Sage."),
        make_key("b", 0, "And who are you?"),
    }
    alone = judge(network, both[1:], tokenizer, LAYOUT, 1.5)
    for key, row in rows.items():
        assert row.shape == (2 + 3,)
        assert row[2:4].sum() == pytest.approx(1.0)
        assert row[4] == pytest.approx(1.0)
        assert ((row > 0) & (row <= 1)).all()
        if key in alone:
            assert row == pytest.approx(alone[key], abs=0.02)


def test_odds_are_put_right_by_what_positives_counted_in_training(network: MiniLM) -> None:
    tokenizer = load_tokenizer(ARTIFACTS / "encoder_tokenizer.json")
    conversations = list(parse_corpus(LINES[:3]))
    (raw,), (right,) = (
        judge(network, conversations, tokenizer, LAYOUT, weight).values() for weight in (1.0, 2.0)
    )
    assert right[0] / (1 - right[0]) == pytest.approx(raw[0] / (1 - raw[0]) / 2, rel=1e-3)
