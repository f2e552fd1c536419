import random
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is for training only")

from core.vocabulary import ConversationKind, Role  # noqa: E402 (torch may be absent)
from models.classifier import Passage, SentenceClassifier  # noqa: E402
from models.decisions import LabelLayout  # noqa: E402
from models.extraction import ARTIFACTS  # noqa: E402
from models.training.batches import TrainingWindow, make_batch  # noqa: E402
from models.training.encoder import find_source  # noqa: E402
from models.training.examples import Example, Talk  # noqa: E402
from models.training.export import build_encoder, save_heads  # noqa: E402
from models.training.minilm import MiniLM  # noqa: E402
from models.training.options import load_options  # noqa: E402
from models.windows import tokenise  # noqa: E402

LAYOUT = LabelLayout(("objection/price", "pain_point/time", "persona_trait/tool"))
TALK = Talk(
    ConversationKind.CALL,
    (
        Example("It's 900 a month.", 0, Role.REP),
        Example("We simply can't afford it.", 1, Role.CUSTOMER),
        Example("Who is this, please?", 1, Role.CUSTOMER),
    ),
)


def test_the_exported_network_says_what_the_trained_one_says(tmp_path: Path) -> None:
    torch.manual_seed(1)
    network = MiniLM(LAYOUT, 0.1, find_source() / "model.safetensors").eval()
    (tmp_path / "mentions.onnx").write_bytes(build_encoder(network))
    save_heads(network, tmp_path / "mentions_heads.npz")
    tokenizer = (ARTIFACTS / "encoder_tokenizer.json").read_bytes()
    (tmp_path / "encoder_tokenizer.json").write_bytes(tokenizer)
    spoken = [example.as_spoken() for example in TALK.examples]
    classifier = SentenceClassifier.load(tmp_path)
    readings = classifier.read(Passage(TALK.kind, spoken, range(3)))

    tokenised = tokenise(classifier.tokenizer, spoken, TALK.kind)
    window = TrainingWindow(TALK.kind, tuple(zip(TALK.examples, tokenised, strict=True)), False)
    options = load_options().model_copy(update={"mask_share": 0.0})
    batch = make_batch([window], LAYOUT, options, random.Random(1))  # noqa: S311 (no secret)
    with torch.no_grad():
        kinds, types, values = network(batch.ids, batch.mask, batch.markers, batch.spread)
    for i, reading in enumerate(readings):
        np.testing.assert_allclose(reading.kinds, kinds[i].numpy(), atol=0.2)
        np.testing.assert_allclose(reading.types, types[i].numpy(), atol=0.2)
        first = int(batch.markers[i]) + 1
        own = values[first : first + len(reading.offsets)].numpy()
        np.testing.assert_allclose(reading.values, own, atol=0.3)
