"""A changed encoder is a migration: ids, labels and members stay, vectors are made anew."""

from __future__ import annotations

import json
import shutil
import zlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from core.vocabulary import MentionKind
from models.corpus import load_corpus
from models.theme_encoding import change_encoder
from models.theme_files import TEXTS, load_registry, read_texts
from models.theme_state import RegistryState
from models.themes import group_texts, list_known
from models.vectors import DIMENSION, Encoder

N_LATER = 150
KEPT = 0.95
NOISE = 0.005  # a tenth of a vector's length


class PlainEncoder:
    """The encoder that ships with the package; a text that was read once costs nothing more."""

    id = "plain"
    known: ClassVar[dict[str, NDArray[np.float32]]] = {}

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors `(n, d)`."""
        new = [text for text in texts if text not in self.known]
        self.known.update(zip(new, load_encoder().encode(new), strict=True))
        return np.array([self.known[text] for text in texts], np.float32).reshape(-1, DIMENSION)


class TurnedEncoder(PlainEncoder):
    """The encoder after a turn of its space, with noise, and with numbers of half precision."""

    id = "turned"

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors `(n, d)`; a text's noise is its own."""
        plain = super().encode(texts).astype(np.float16).astype(np.float64)
        noise = [
            np.random.default_rng(zlib.crc32(text.encode())).normal(0, NOISE, DIMENSION)
            for text in texts
        ]
        turned = plain @ make_turn() + np.array(noise).reshape(len(texts), DIMENSION)
        return np.asarray(turned / np.linalg.norm(turned, axis=1, keepdims=True), dtype=np.float32)


@cache
def make_turn() -> NDArray[np.float64]:
    point = np.random.default_rng(7).normal(size=(DIMENSION, DIMENSION))
    return np.asarray(np.linalg.qr(point)[0])


@cache
def load_encoder() -> Encoder:
    return Encoder.load()


@cache
def list_lines() -> list[str]:
    """What customers object to in the corpus, as lines of one file."""
    said = [
        sentence.text
        for conversation in load_corpus()
        if conversation.path.startswith("w1-")
        for sentence in conversation.sentences
        if any(label.kind is MentionKind.OBJECTION for label in sentence.labels)
    ]
    return [json.dumps({"id": f"m{n:04}", "text": text}) for n, text in enumerate(said)]


def group(lines: Sequence[str], folder: Path, *, is_turned: bool = False) -> dict[str, str | None]:
    """The theme of each id."""
    encoder = TurnedEncoder() if is_turned else PlainEncoder()
    return {str(row["id"]): row["theme"] for row in group_texts(lines, folder, encoder=encoder)}


def read_homes(folder: Path) -> dict[str, str | None]:
    return {str(row["id"]): row["theme"] for row in list_known(folder)}


def rename_ids(lines: Sequence[str]) -> list[str]:
    """The same texts once more, from other people."""
    return [json.dumps({**json.loads(line), "id": f"again-{n}"}) for n, line in enumerate(lines)]


def share_alike(one: dict[str, str | None], other: dict[str, str | None]) -> float:
    return sum(one[id_] == other[id_] for id_ in one) / len(one)


def test_a_changed_encoder_keeps_ids_labels_members_and_what_waits(tmp_path: Path) -> None:
    group(list_lines(), tmp_path)
    before, _ = load_registry(tmp_path)
    after = change_encoder(before, TurnedEncoder(), {})
    assert len(before.themes) > 10
    assert describe(after) == describe(before)
    assert [entry.item for entry in after.buffer] == [entry.item for entry in before.buffer]
    assert not np.allclose(after.buffer[0].vector, before.buffer[0].vector)
    assert (after.encoder, after.encoders_before) == ("turned", ("plain",))


def test_a_state_of_another_encoder_is_moved_and_says_so(tmp_path: Path) -> None:
    group(list_lines(), tmp_path)
    homes = read_homes(tmp_path)
    later = group(list_lines(), tmp_path, is_turned=True)
    assert {id_: home for id_, home in later.items() if homes[id_]} == {
        id_: home for id_, home in homes.items() if home
    }
    state, _ = load_registry(tmp_path)
    assert (state.encoder, state.encoders_before) == ("turned", ("plain",))


def test_mentions_said_again_find_the_theme_that_they_were_in(tmp_path: Path) -> None:
    """Assignments are history, so that they keep anyway: here they are made once more."""
    lines = list_lines()
    first = group(lines, tmp_path / "plain")
    shutil.copytree(tmp_path / "plain", tmp_path / "turned")
    again = rename_ids([line for line in lines if first[json.loads(line)["id"]]])
    plain = group(again, tmp_path / "plain")
    turned = group(again, tmp_path / "turned", is_turned=True)
    assert share_alike(plain, turned) >= KEPT


def test_a_state_without_texts_goes_by_its_examples(tmp_path: Path) -> None:
    """Such as a state of an earlier version."""
    lines = list_lines()
    group(lines[N_LATER:], tmp_path / "plain")
    shutil.copytree(tmp_path / "plain", tmp_path / "turned")
    words = json.loads((tmp_path / "turned" / "registry.json").read_text())
    del words["text_bytes"], words["encoders_before"]
    (tmp_path / "turned" / "registry.json").write_text(json.dumps(words))
    (tmp_path / "turned" / TEXTS).unlink()
    assert read_texts(tmp_path / "turned") == {}
    again = rename_ids(lines[N_LATER:])
    plain = group(again, tmp_path / "plain")
    turned = group(again, tmp_path / "turned", is_turned=True)
    assert share_alike(plain, turned) >= 0.75
    assert read_homes(tmp_path / "turned").keys() == read_homes(tmp_path / "plain").keys()


def test_there_and_back_is_where_it_was(tmp_path: Path) -> None:
    group(list_lines(), tmp_path)
    before, homes = load_registry(tmp_path)
    texts: dict[str, list[str]] = {}
    for item, text in sorted(read_texts(tmp_path).items()):
        texts.setdefault(homes[item], []).append(text)
    there = change_encoder(before, TurnedEncoder(), texts)
    back = change_encoder(there, PlainEncoder(), texts)
    for id_, theme in before.themes.items():
        assert np.allclose(back.themes[id_].total, theme.total, atol=1e-3)
    for scope, space in before.spaces.items():
        assert back.spaces[scope].count == space.count
        assert np.isclose(back.spaces[scope].cohesion, space.cohesion, rtol=0.02)


def test_what_a_killed_call_left_of_texts_does_not_count(tmp_path: Path) -> None:
    lines = list_lines()
    group(lines[:100], tmp_path)
    texts = read_texts(tmp_path)
    with (tmp_path / TEXTS).open("a") as file:
        file.write('["half a li')
    assert read_texts(tmp_path) == texts
    group(lines[100:200], tmp_path)
    assert read_texts(tmp_path).items() >= texts.items()
    assert read_texts(tmp_path).keys() == load_registry(tmp_path)[1].keys()


def describe(state: RegistryState) -> list[tuple[object, ...]]:
    """All of the themes but their vectors."""
    return [
        (t.id, t.label, t.keywords, t.weight, t.words, [e.id for e in t.examples], t.status, t.born)
        for t in state.themes.values()
    ]
