"""The stored registry follows the encoder: ids and members stay, and a killed change goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from numpy.typing import NDArray
from sqlalchemy import func, select

from core.settings import Settings
from core.store import Store
from core.store.conversations import ConversationRecord, save_conversation
from core.store.encoders import list_encoders, read_encoder
from core.store.mentions import list_waiting, replace_mentions
from core.store.themes import read_themes
from core.tables import encoded_themes, lineage, mentions, themes
from core.vocabulary import Mention, MentionKind
from models.corpus import load_corpus
from models.theme_encoding import VectorSource
from models.theme_grouping import join_nearest
from models.theme_rows import read_registry
from models.theme_state import BufferedItem, RegistryState, ThemeItem
from models.vectors import DIMENSION, Encoder
from pipeline import cluster, encoder_change
from pipeline.night import Night

NIGHT = date(2026, 11, 20)
KEPT = 0.95


class TurnedEncoder:
    """The encoder after a turn of its space."""

    id = "turned"

    def __init__(self) -> None:
        self._plain = Encoder.load()
        point = np.random.default_rng(7).normal(size=(DIMENSION, DIMENSION))
        self._turn = np.linalg.qr(point)[0].astype(np.float32)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors `(n, d)`."""
        return np.asarray(self._plain.encode(texts) @ self._turn, dtype=np.float32)


@pytest.fixture(scope="module")
def turned() -> TurnedEncoder:
    return TurnedEncoder()


@pytest.fixture(scope="module")
def said() -> list[tuple[str, str]]:
    """What customers object to in the corpus, as type and text."""
    return [
        (label.type, sentence.text)
        for conversation in load_corpus()
        if conversation.path.startswith("w1-")
        for sentence in conversation.sentences
        for label in sentence.labels
        if label.kind is MentionKind.OBJECTION and label.type in {"price", "timing"}
    ]


@pytest.fixture
def registry(
    store: Store,
    settings: Settings,
    said: list[tuple[str, str]],
    make_record: Callable[..., ConversationRecord],
    make_mention: Callable[..., Mention],
) -> Iterator[Store]:
    """A store with a night's themes, and some mentions that wait."""
    with store.begin() as conn:
        for number, (type_, text) in enumerate(said):
            record = make_record(f"call-{number}")
            save_conversation(conn, record)
            replace_mentions(conn, record.id, [make_mention(text, type=type_, statement=text)])
    run_night(settings)
    return store


def run_night(settings: Settings, day: int = 0) -> dict[str, int]:
    night = NIGHT + timedelta(days=day)
    moment = datetime.combine(night, datetime.min.time(), UTC) + timedelta(hours=26)
    return cluster.cluster(Night(f"run_{day}", night, moment), settings)


def use(encoder: TurnedEncoder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes the encoder the one that ships with the package."""
    for module in (cluster, encoder_change):
        monkeypatch.setattr(module, "get_encoder", lambda: encoder)


def read_homes(store: Store) -> dict[str, str | None]:
    with store.read() as conn:
        return {row.id: row.theme_id for row in conn.execute(select(mentions)).all()}


def test_ids_labels_members_and_history_stay(
    registry: Store, settings: Settings, turned: TurnedEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    homes = read_homes(registry)
    with registry.read() as conn:
        before, n_entries = read_themes(conn), conn.execute(select(func.count(lineage.c.id))).all()
        n_waiting = len(list_waiting(conn))
    use(turned, monkeypatch)
    counts = run_night(settings, 1)
    with registry.read() as conn:
        after, entries = read_themes(conn), list_encoders(conn)
        assert conn.execute(select(func.count(lineage.c.id))).all() == n_entries
        assert conn.execute(select(encoded_themes)).all() == []
        assert read_encoder(conn) == "turned"
    assert counts["n_themes_of_new_encoder"] == len(before) > 3
    assert [(t.id, t.label, t.weight, t.words, t.examples) for t in after] == [
        (t.id, t.label, t.weight, t.words, t.examples) for t in before
    ]
    assert read_homes(registry) == homes
    assert {theme.encoder for theme in after} == {"turned"}
    assert [(e.encoder, e.night, e.n_themes) for e in entries][-1] == (
        "turned",
        NIGHT + timedelta(days=1),
        len(before),
    )
    assert (len(entries), entries[-1].n_waiting) == (2, n_waiting)


def test_it_is_moved_once(
    registry: Store, settings: Settings, turned: TurnedEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(turned, monkeypatch)
    run_night(settings, 1)
    assert run_night(settings, 2)["n_themes_of_new_encoder"] == 0
    with registry.read() as conn:
        assert len(list_encoders(conn)) == 2


def test_the_sums_are_those_of_the_members_in_the_new_space(
    registry: Store, settings: Settings, turned: TurnedEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    with registry.read() as conn:
        before = read_registry(conn)
    use(turned, monkeypatch)
    run_night(settings, 1)
    with registry.read() as conn:
        after = read_registry(conn)
    for id_, theme in before.themes.items():
        assert np.allclose(after.themes[id_].total, theme.total @ turned._turn, atol=1e-3)
        shown = after.themes[id_].examples[0]
        assert np.allclose(shown.vector, turned.encode([shown.text])[0], atol=1e-6)
    for scope, space in before.spaces.items():
        assert after.spaces[scope].count == space.count
        assert np.isclose(after.spaces[scope].cohesion, space.cohesion, rtol=0.01)


def test_what_is_said_next_finds_the_theme_that_it_would_have_found(
    registry: Store,
    settings: Settings,
    said: list[tuple[str, str]],
    turned: TurnedEncoder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with registry.read() as conn:
        before = read_registry(conn)
    use(turned, monkeypatch)
    run_night(settings, 1)
    with registry.read() as conn:
        after = read_registry(conn)
    expected = find_homes(before, said, Encoder.load())
    found = find_homes(after, said, turned)
    assert len(expected) > 30
    assert sum(found.get(text) == home for text, home in expected.items()) / len(expected) >= KEPT


def find_homes(
    state: RegistryState, said: list[tuple[str, str]], source: VectorSource
) -> dict[str, str]:
    """The theme that each text would join, where it would join one."""
    homes: dict[str, str] = {}
    for scope, space in state.spaces.items():
        items = [ThemeItem(text, text, *scope) for type_, text in said if type_ == scope[1]]
        vectors = source.encode([item.text for item in items])
        waiting = [BufferedItem(item, v, NIGHT) for item, v in zip(items, vectors, strict=True)]
        known = {id_: theme for id_, theme in state.themes.items() if theme.scope == scope}
        homes |= join_nearest(known, waiting, space, cluster.NARROW)
    return homes


def test_a_change_that_was_killed_goes_on_where_it_stopped(
    registry: Store, settings: Settings, turned: TurnedEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encoder_change, "THEMES_AT_ONCE", 1)
    use(turned, monkeypatch)
    n_ready = 3
    kill = iter([None] * n_ready)

    def die_after_some(*arguments: object) -> list[str]:
        if next(kill, "dead") == "dead":
            raise KeyboardInterrupt
        return plain(*arguments)

    plain = encoder_change._list_texts
    monkeypatch.setattr(encoder_change, "_list_texts", die_after_some)
    with pytest.raises(KeyboardInterrupt):
        run_night(settings, 1)
    with registry.read() as conn:
        assert len(conn.execute(select(encoded_themes)).all()) == n_ready
        assert "turned" not in {theme.encoder for theme in read_themes(conn)}
    asked: list[str] = []

    def note(conn: object, theme_id: str) -> list[str]:
        asked.append(theme_id)
        return plain(conn, theme_id)

    monkeypatch.setattr(encoder_change, "_list_texts", note)
    n_themes = run_night(settings, 1)["n_themes_of_new_encoder"]
    assert len(asked) == n_themes - n_ready


def test_a_theme_that_a_person_changed_meanwhile_is_read_again(
    registry: Store, settings: Settings, turned: TurnedEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(turned, monkeypatch)
    lay_ready = encoder_change._lay_ready
    changes = iter([7])

    def change_after(*arguments: object) -> None:
        lay_ready(*arguments)
        for weight in changes:
            with registry.begin() as conn:
                first = read_themes(conn)[0]
                conn.execute(themes.update().where(themes.c.id == first.id).values(weight=weight))

    monkeypatch.setattr(encoder_change, "_lay_ready", change_after)
    run_night(settings, 1)
    with registry.read() as conn:
        state = read_registry(conn)
    theme = state.themes[min(state.themes)]
    assert theme.weight == 7
    assert np.linalg.norm(theme.total) <= 7


def test_a_new_registry_notes_its_encoder(store: Store, settings: Settings) -> None:
    run_night(settings)
    with store.read() as conn:
        [entry] = list_encoders(conn)
    assert (entry.encoder, entry.n_themes) == (Encoder.load().id, 0)
