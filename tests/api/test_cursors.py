from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.cursors import decode_cursor, encode_cursor
from core.errors import InputError


@given(offset=st.integers(0, 2**31 - 1), question=st.text())
def test_a_cursor_leads_back_to_its_offset(offset: int, question: str) -> None:
    assert decode_cursor(encode_cursor(offset, question), question) == offset


@given(offset=st.integers(0, 1000), question=st.text(), other=st.text())
def test_a_cursor_holds_for_its_own_question_only(offset: int, question: str, other: str) -> None:
    if question != other:
        with pytest.raises(InputError, match="another snapshot or question"):
            decode_cursor(encode_cursor(offset, question), other)


@given(st.text())
def test_any_other_text_is_refused_and_never_breaks(text: str) -> None:
    with pytest.raises(InputError):
        decode_cursor(text, "\0 a question that no text can know")


def test_no_cursor_is_the_beginning() -> None:
    assert decode_cursor(None, "anything") == 0
