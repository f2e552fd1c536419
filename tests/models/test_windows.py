from hypothesis import given
from hypothesis import strategies as st

from core.vocabulary import ConversationKind, Role
from models.extraction import ARTIFACTS
from models.features import SpokenSentence
from models.windows import (
    CLS,
    MARKERS,
    MAX_SENTENCE_TOKENS,
    MAX_WINDOW_TOKENS,
    NOTE_MARKER,
    TokenisedSentence,
    cut_windows,
    load_tokenizer,
    tokenise,
)

TOKENIZER = load_tokenizer(ARTIFACTS / "encoder_tokenizer.json")


def _said(*texts: str, role: Role = Role.CUSTOMER) -> list[SpokenSentence]:
    return [SpokenSentence(0, 0, len(text), text, role) for text in texts]


def test_the_marker_tells_who_speaks_and_offsets_where_each_token_stands() -> None:
    (sentence,) = tokenise(TOKENIZER, _said("We use Sage."), ConversationKind.CALL)
    assert sentence.ids[0] == MARKERS[Role.CUSTOMER]
    assert len(sentence.offsets) == len(sentence.ids) - 1
    assert sentence.offsets[0] == (0, 2)
    (note,) = tokenise(TOKENIZER, _said("On SAP", role=Role.REP), ConversationKind.NOTE)
    assert note.ids[0] == NOTE_MARKER


def test_a_long_sentence_is_cut() -> None:
    (sentence,) = tokenise(TOKENIZER, _said("price " * 300), ConversationKind.CALL)
    assert len(sentence.offsets) == MAX_SENTENCE_TOKENS


def _sentences(sizes: list[int]) -> list[TokenisedSentence]:
    return [
        TokenisedSentence((2, *range(1000 * i, 1000 * i + n)), ()) for i, n in enumerate(sizes, 1)
    ]


def test_what_was_said_before_stands_before_the_sentence() -> None:
    (window,) = cut_windows(_sentences([3, 2]), [1])
    assert window.ids == (CLS, 2, 1000, 1001, 1002, 2, 2000, 2001)
    assert [(p.index, p.first, p.n_tokens) for p in window.read] == [(1, 5, 2)]


def test_neighbours_share_a_window_and_a_long_gap_ends_it() -> None:
    sentences = _sentences([5, 5, 5, 20, 20, 5])
    windows = list(cut_windows(sentences, [0, 2, 5]))
    assert [[p.index for p in window.read] for window in windows] == [[0, 2], [5]]


@given(
    st.lists(st.integers(0, MAX_SENTENCE_TOKENS), min_size=1, max_size=30),
    st.sets(st.integers(0, 29)),
)
def test_every_wanted_sentence_is_read_once_and_whole(sizes: list[int], chosen: set[int]) -> None:
    sentences, wanted = _sentences(sizes), sorted(i for i in chosen if i < len(sizes))
    windows = list(cut_windows(sentences, wanted))
    assert [placed.index for window in windows for placed in window.read] == wanted
    for window in windows:
        assert len(window.ids) <= MAX_WINDOW_TOKENS
        for placed in window.read:
            end = placed.first + placed.n_tokens + 1
            assert window.ids[placed.first : end] == sentences[placed.index].ids
