"""The encoder gives a text the same vector whatever stands beside it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from core.errors import UnreadableFile
from models.vectors import ARTIFACTS, DIMENSION, Encoder

TEXTS = [
    "The price is more than we planned for.",
    "It costs too much for a team of our size.",
    "We already have a tool that does this.",
    "ok",
    "Our reports are put together by hand every Friday, and somebody always forgets a column.",
]


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder.load()


def test_vectors_have_length_one_and_384_numbers(encoder: Encoder) -> None:
    vectors = encoder.encode(TEXTS)
    assert vectors.shape == (len(TEXTS), DIMENSION)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)


def test_texts_that_mean_the_same_are_nearer_than_others(encoder: Encoder) -> None:
    price, cost, tool, *_ = encoder.encode(TEXTS)
    assert price @ cost > price @ tool + 0.2


def test_a_vector_does_not_depend_on_order_or_company(encoder: Encoder) -> None:
    together = encoder.encode(TEXTS)
    backwards = encoder.encode(TEXTS[::-1])[::-1]
    alone = np.vstack([encoder.encode([text]) for text in TEXTS])
    assert np.array_equal(together, backwards)
    assert np.array_equal(together, alone)


def test_two_threads_give_the_same_vectors_as_one(encoder: Encoder) -> None:
    assert np.array_equal(Encoder.load(n_threads=2).encode(TEXTS), encoder.encode(TEXTS))


def test_equal_texts_get_equal_vectors_in_place(encoder: Encoder) -> None:
    vectors = encoder.encode([TEXTS[0], TEXTS[1], TEXTS[0]])
    assert np.array_equal(vectors[0], vectors[2])


def test_no_texts_give_no_vectors(encoder: Encoder) -> None:
    assert encoder.encode([]).shape == (0, DIMENSION)


def test_a_very_long_text_is_cut_rather_than_refused(encoder: Encoder) -> None:
    assert encoder.encode(["too slow " * 2_000]).shape == (1, DIMENSION)


def test_the_id_names_the_model_and_its_hash(encoder: Encoder) -> None:
    card = json.loads((ARTIFACTS / "encoder.json").read_text(encoding="utf-8"))
    assert encoder.id == card["id"]
    assert card["sha256"].startswith(encoder.id.rsplit("-", 1)[1])


def test_a_model_file_that_was_changed_is_refused(tmp_path: Path) -> None:
    for name in ("encoder.json", "encoder.onnx", "encoder_tokenizer.json"):
        shutil.copy(ARTIFACTS / name, tmp_path / name)
    with (tmp_path / "encoder.onnx").open("ab") as file:
        file.write(b"\0")
    with pytest.raises(UnreadableFile, match="not the one recorded"):
        Encoder.load(tmp_path)


def test_a_missing_model_file_is_named(tmp_path: Path) -> None:
    shutil.copy(ARTIFACTS / "encoder.json", tmp_path / "encoder.json")
    with pytest.raises(UnreadableFile, match=r"encoder\.onnx"):
        Encoder.load(tmp_path)
