"""HTML as plain text, as CRM notes need it."""

from __future__ import annotations

import html
import re

# Bounded, so that no input takes more than linear time.
_MARKUP = re.compile(r"(<!--[^<>]{0,2000}-->|</?[a-zA-Z][^<>]{0,2000}>)")
_HTML = re.compile(
    r"</?(?:p|br|div|span|ul|ol|li|a|b|i|u|em|strong|h[1-6]|table|tr|td|font|html|body|img)\b"
    r"[^<>]{0,2000}>",
    re.IGNORECASE,
)
_ENTITY = re.compile(r"&(?:[a-z]{2,8}|#\d{1,6});", re.IGNORECASE)
_BREAKING = re.compile(r"</?(?:p|br|div|li|ul|ol|tr|h[1-6]|table|blockquote)\b", re.IGNORECASE)
_CELL = re.compile(r"</t[dh]\b", re.IGNORECASE)


def strip_markup(text: str) -> str:
    """The text that a reader of the HTML sees, with line breaks; plain text comes back as it is."""
    if not _HTML.search(text):
        return html.unescape(text) if _ENTITY.search(text) else text
    pieces = _MARKUP.split(text.replace("\r", ""))
    seen = "".join(_render(piece) for piece in _drop_unseen(pieces))
    lines = (re.sub(r"[ \t\xa0]+", " ", line).strip() for line in seen.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _drop_unseen(pieces: list[str]) -> list[str]:
    """The pieces without what stands between `<style>` or `<script>` and its end."""
    kept = []
    unseen = ""
    for piece in pieces:
        tag = re.match(r"<(/?)(script|style)\b", piece, re.IGNORECASE)
        if tag:
            unseen = "" if tag[1] else tag[2]
        elif not unseen:
            kept.append(piece)
    return kept


def _render(piece: str) -> str:
    """What a piece of HTML shows: a line break for a block's tag, nothing for other tags."""
    if not _MARKUP.fullmatch(piece):
        return html.unescape(piece.replace("\n", " "))
    if _CELL.match(piece):
        return " "
    return "\n" if _BREAKING.match(piece) else ""
