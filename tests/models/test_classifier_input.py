import pytest
from tokenizers import Tokenizer

from models.classifier_input import (
    CLS,
    MAX_CONTEXT_TOKENS,
    MAX_SENTENCE_TOKENS,
    SEP,
    STEP,
    encode_rows,
    load_tokenizer,
    pad_rows,
)
from models.extraction import ARTIFACTS


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return load_tokenizer(ARTIFACTS / "encoder_tokenizer.json")


def test_a_row_is_the_sentence_then_what_came_before(tokenizer: Tokenizer) -> None:
    row = encode_rows(tokenizer, ["Too dear."], ["call rep: hello"])[0]
    assert row.ids[0] == CLS
    assert row.ids[row.n_sentence + 1] == SEP
    assert row.ids[-1] == SEP
    assert list(row.offsets) == [(0, 3), (4, 8), (8, 9)]


def test_a_long_context_loses_its_beginning_but_keeps_what_kind_it_is(tokenizer: Tokenizer) -> None:
    row = encode_rows(tokenizer, ["Yes."], ["call " + "old " * 200 + "new"])[0]
    context = row.ids[row.n_sentence + 2 : -1]
    assert MAX_CONTEXT_TOKENS - STEP < len(context) - 1 <= MAX_CONTEXT_TOKENS
    assert len(row.ids) % STEP == 0
    assert [tokenizer.id_to_token(context[i]) for i in (0, 1, -1)] == ["call", "old", "new"]


def test_a_long_sentence_is_cut_at_its_end(tokenizer: Tokenizer) -> None:
    assert encode_rows(tokenizer, ["a " * 300], ["note"])[0].n_sentence == MAX_SENTENCE_TOKENS


def test_padding_is_masked_and_segments_part_sentence_from_context(tokenizer: Tokenizer) -> None:
    rows = encode_rows(tokenizer, ["Yes.", "That is too much."], ["note", "note"])
    batch = pad_rows(rows)
    assert batch.ids.shape == batch.mask.shape == batch.segments.shape == (2, len(rows[1].ids))
    assert batch.mask.sum(axis=1).tolist() == [len(row.ids) for row in rows]
    assert batch.segments[1].tolist() == [0] * (rows[1].n_sentence + 2) + [1, 1]
