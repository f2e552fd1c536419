from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is for training only")

from models.classifier import SentenceClassifier  # noqa: E402 (torch may be absent)
from models.classifier_input import encode_rows, load_tokenizer, pad_rows  # noqa: E402
from models.extraction import ARTIFACTS  # noqa: E402
from models.training.encoder import find_source  # noqa: E402
from models.training.export import build_encoder, save_heads  # noqa: E402
from models.training.network import MentionNetwork, load_minilm  # noqa: E402

TEXTS = ["We simply can't afford it.", "Who is this, please?"]
CONTEXTS = ["call rep: It's 900 a month.", "call"]


def test_the_exported_network_says_what_the_trained_one_says(tmp_path: Path) -> None:
    torch.manual_seed(1)
    network = MentionNetwork(5, 2, dropout=0.1).eval()
    load_minilm(network, find_source() / "model.safetensors")
    (tmp_path / "mentions.onnx").write_bytes(build_encoder(network))
    save_heads(network, tmp_path / "mentions_heads.npz")
    tokenizer = (ARTIFACTS / "encoder_tokenizer.json").read_bytes()
    (tmp_path / "encoder_tokenizer.json").write_bytes(tokenizer)
    readings = SentenceClassifier.load(tmp_path).read(TEXTS, CONTEXTS)
    rows = encode_rows(load_tokenizer(tmp_path / "encoder_tokenizer.json"), TEXTS, CONTEXTS)
    batch = pad_rows(rows)
    arrays = (batch.ids, batch.mask, batch.segments)
    with torch.no_grad():
        labels, tokens = network(*(torch.from_numpy(array) for array in arrays))
    for i, (reading, row) in enumerate(zip(readings, rows, strict=True)):
        np.testing.assert_allclose(reading.logits, labels[i].numpy(), atol=0.2)
        own = tokens[i, 1 : row.n_sentence + 1].numpy()
        np.testing.assert_allclose(reading.token_logits, own, atol=0.3)
