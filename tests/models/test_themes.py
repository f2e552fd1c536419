"""Texts in files are grouped, and a state carries their themes on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from core.errors import MalformedRecord, UnreadableFile
from models.theme_files import load_registry
from models.themes import group_texts, list_known

D = 32


class WordVectors:
    """A stand-in for the encoder: a text's vector is mostly that of its first word."""

    id = "word-vectors"

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors `(n, d)`."""
        rows = np.zeros((len(texts), D), dtype=np.float32)
        for row, text in enumerate(texts):
            point = np.random.default_rng(sum(text.split()[0].encode())).normal(size=D)
            point += np.random.default_rng(sum(text.encode())).normal(0, 0.3, D)
            rows[row] = point / np.linalg.norm(point)
        return rows


def make_lines(word: str, numbers: Sequence[int]) -> list[str]:
    """Input lines whose texts start with `word`."""
    return [json.dumps({"id": f"{word}{n}", "text": f"{word} is case {n}"}) for n in numbers]


def group(lines: Sequence[str], folder: Path | None = None) -> dict[str, str | None]:
    """The theme of each id."""
    rows = group_texts(lines, folder, encoder=WordVectors())
    return {str(row["id"]): row["theme"] for row in rows}


def test_texts_are_grouped_in_the_order_of_the_lines() -> None:
    lines = make_lines("invoice", range(4)) + make_lines("export", range(4))
    rows = group_texts(lines, encoder=WordVectors())
    assert [row["id"] for row in rows] == [json.loads(line)["id"] for line in lines]
    assert len({row["theme"] for row in rows}) == 2
    assert all(row["label"] for row in rows)


def test_a_text_that_is_like_no_other_has_no_theme() -> None:
    rows = group_texts(
        make_lines("invoice", range(4)) + make_lines("export", [1]), encoder=WordVectors()
    )
    assert rows[-1] == {"id": "export1", "theme": None, "label": None}


def test_a_later_call_goes_on_with_the_themes(tmp_path: Path) -> None:
    first = group(make_lines("invoice", range(4)), tmp_path)
    second = group(make_lines("invoice", range(3, 8)), tmp_path)
    assert set(second.values()) == set(first.values())


def test_what_waited_is_reported_when_it_is_given_again(tmp_path: Path) -> None:
    assert set(group(make_lines("export", range(2)), tmp_path).values()) == {None}
    group(make_lines("export", [2, 3]), tmp_path)
    known = {str(row["id"]): row["theme"] for row in list_known(tmp_path)}
    assert group(make_lines("export", range(4)), tmp_path) == known
    assert None not in known.values()


def test_the_same_calls_leave_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        for numbers in (range(4), range(4, 9)):
            group(make_lines("invoice", numbers), tmp_path / name)
    files = [sorted(path.name for path in (tmp_path / name).iterdir()) for name in "ab"]
    assert files[0] == files[1]
    assert len(files[0]) == 3
    for name in files[0]:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_a_state_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    lines = make_lines("invoice", range(4)) + make_lines("export", [1])
    group(lines, tmp_path)
    state, themes = load_registry(tmp_path)
    [theme] = state.themes.values()
    assert theme.weight == 4
    assert len(themes) == 4
    assert [entry.item.id for entry in state.buffer] == ["export1"]
    assert theme.total.dtype == np.float64
    assert theme.examples[0].vector.shape == (D,)


@pytest.mark.parametrize(
    ("line", "reason"),
    [("{", "not JSON"), ("[]", "not a JSON object"), ('{"id": "a"}', "no “text”")],
)
def test_a_broken_line_is_named_with_its_place(line: str, reason: str) -> None:
    with pytest.raises(MalformedRecord, match=f"items.jsonl:3: {reason}"):
        group_texts(["", "", line], path="items.jsonl", encoder=WordVectors())


def test_a_broken_state_is_named(tmp_path: Path) -> None:
    (tmp_path / "registry.json").write_text("{}")
    with pytest.raises(UnreadableFile, match=r"registry\.json"):
        group(make_lines("invoice", [1]), tmp_path)


def test_an_empty_file_gives_nothing() -> None:
    assert group_texts([], encoder=WordVectors()) == []
