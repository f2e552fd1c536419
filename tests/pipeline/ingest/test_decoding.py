from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import UnreadableFile
from pipeline.ingest.decoding import decode

_TEXT = "Zoë Müller: C’est trop cher, même à 50 €, for the café. Rep: I see, that is “fair”.\n"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"]
)
def test_text_is_read_right_in_the_encodings_that_exports_use(encoding: str) -> None:
    assert decode(_TEXT.encode(encoding)) == _TEXT


def test_latin_1_is_read_right() -> None:
    text = "Zoë: la démo à Zürich était très claire, niño, año"
    assert decode(text.encode("latin-1")) == text


def test_a_single_accent_is_enough_to_read_latin_1() -> None:
    assert decode("Rep: Hi Zoë\nCustomer: Hello".encode("latin-1")).startswith("Rep: Hi Zoë\n")


def test_text_in_another_script_is_recognised() -> None:
    text = "Клиент сказал, что это слишком дорого для нас, и попросил скидку на внедрение."
    assert decode(text.encode("cp1251")) == text


@pytest.mark.parametrize(
    ("text", "encoding"), [("We met at the café to discuss pricing.", "mac_roman")]
)
def test_an_encoding_that_cannot_be_told_is_refused(text: str, encoding: str) -> None:
    with pytest.raises(UnreadableFile, match="neither UTF-8 nor one we can tell"):
        decode(text.encode(encoding), "a.txt")


@pytest.mark.parametrize("content", [b"", b"  \r\n\t\n", b"\xef\xbb\xbf", b"\x00\x00"])
def test_an_empty_file_is_refused(content: bytes) -> None:
    with pytest.raises(UnreadableFile, match="empty"):
        decode(content)


@pytest.mark.parametrize(
    "content", [bytes(range(256)) * 20, b"\x89PNG\r\n\x1a\n" + b"\x00\x01\x02\x7f" * 300]
)
def test_a_binary_file_is_refused(content: bytes) -> None:
    with pytest.raises(UnreadableFile, match="binary"):
        decode(content)


def test_broken_utf_16_is_refused_by_its_name() -> None:
    with pytest.raises(UnreadableFile, match="broken UTF-16"):
        decode(b"\xff\xfeH\x00\x00\xd8")


def test_one_stray_null_does_not_make_a_text_binary() -> None:
    assert "\x00" in decode(b"Rep: Hello\x00 there, how are you doing today?\n")


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_text_or_an_unreadable_file(content: bytes) -> None:
    with contextlib.suppress(UnreadableFile):
        assert decode(content).strip()


@settings(deadline=None)
@given(st.text(alphabet=st.characters(exclude_categories=["Cc", "Cs"]), min_size=1))
def test_utf_8_text_comes_back_as_it_was(text: str) -> None:
    if text.strip() and not text.startswith("\ufeff"):
        assert decode(text.encode()) == text
