"""Bytes as text, whatever encoding they are in, or a reason why not."""

from __future__ import annotations

import codecs
import re

from charset_normalizer import from_bytes

from core.errors import UnreadableFile

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE_BYTES = 200_000
_MAX_CONTROL_SHARE = 0.02
_MIN_COHERENCE = 0.2
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
# What Western text read in a wrong encoding looks like: `cafŽ`, `dro¿szy`, `Itĺs`.
_GARBLED = re.compile(r"[a-z][À-ÞŠŽŒŸ]|[^\W\d_][^\w\s\x00-\x7f’‘´·–—…]+[^\W\d_]|[\x80-\x9f]")


def decode(content: bytes, path: str = "") -> str:
    """The text of a file; raises UnreadableFile for an empty or binary one or an unclear encoding.

    UTF-8 and marked UTF-16 and UTF-32 are certain; unmarked UTF-16, Windows-1252 (with it Latin-1)
    and others are recognised by how the text looks.
    """
    if not content.strip(b" \t\r\n\x00"):
        raise UnreadableFile("the file is empty", path=path)
    text = _decode_certain(content, path)
    if text is None:
        text = _decode_guessed(content, path)
    if _is_binary(text):
        raise UnreadableFile("the file is binary, not text", path=path)
    if not text.strip():
        raise UnreadableFile("the file is empty", path=path)
    return text


def _decode_certain(content: bytes, path: str) -> str | None:
    """The text where a byte order mark, null pattern or valid UTF-8 says how; else None."""
    encoding = next((name for mark, name in _MARKS if content.startswith(mark)), None)
    encoding = encoding or _detect_unmarked_utf16(content[:_SAMPLE_BYTES])
    try:
        return content.decode(encoding or "utf-8")
    except UnicodeDecodeError as error:
        if encoding is not None:
            raise UnreadableFile(f"the file is broken {encoding.upper()}", path=path) from error
    return None


def _detect_unmarked_utf16(sample: bytes) -> str | None:
    """UTF-16's byte order, told by nulls that stand in every second byte of Western text."""
    pairs = len(sample) // 2
    low, high = sample[0::2].count(0), sample[1::2].count(0)
    if pairs and high > 0.4 * pairs and low < 0.05 * pairs:
        return "utf-16-le"
    if pairs and low > 0.4 * pairs and high < 0.05 * pairs:
        return "utf-16-be"
    return None


def _decode_guessed(content: bytes, path: str) -> str:
    """The text in the encoding that makes it look like language; raises UnreadableFile."""
    sample = content[:_SAMPLE_BYTES]
    if b"\x00" in sample:
        raise UnreadableFile("the file is binary, not text", path=path)
    western = sample.decode("cp1252", errors="replace")
    n_high = sum(byte >= 0x80 for byte in sample)
    if "\ufffd" not in western and n_high < 0.2 * len(sample) and not _GARBLED.search(western):
        return content.decode("cp1252", errors="replace")
    best = from_bytes(sample).best()
    if best is None or best.percent_coherence < 100 * _MIN_COHERENCE or _GARBLED.search(str(best)):
        reason = "the encoding is neither UTF-8 nor one we can tell; save the file as UTF-8"
        raise UnreadableFile(reason, path=path)
    return content.decode(best.encoding, errors="replace")


def _is_binary(text: str) -> bool:
    """Whether control characters make up more of the text than any transcript has."""
    sample = text[:_SAMPLE_BYTES]
    return len(_CONTROL.findall(sample)) > max(4, _MAX_CONTROL_SHARE * len(sample))
