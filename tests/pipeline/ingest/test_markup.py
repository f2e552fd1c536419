from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.ingest.markup import strip_markup


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>Too <b>dear</b>&nbsp;now</p><p>Call</p>", "Too dear now\n\nCall"),
        ("One<br/>two<br>three", "One\ntwo\nthree"),
        ("<ul><li>a</li><li>b &amp; c</li></ul>", "a\n\nb & c"),
        ("<div>x<style>p {color: red}</style></div>", "x"),
        ("<table><tr><td>a</td><td>b</td></tr></table>", "a b"),
        ("budget < 50k and size > 100", "budget < 50k and size > 100"),
        ("R&amp;D said no", "R&D said no"),
        ("plain\n  text", "plain\n  text"),
    ],
)
def test_notes_read_as_in_the_crm(markup: str, text: str) -> None:
    assert strip_markup(markup) == text


@settings(deadline=None)
@given(st.text(alphabet="abc <>/p&;!-", max_size=80))
def test_markup_never_fails(text: str) -> None:
    strip_markup(text)
