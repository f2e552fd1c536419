"""Themes of stored mentions: born, joined, waited for and forgotten, on both databases."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Row, select

from core.settings import Settings
from core.store import Store
from core.store.mentions import forget_mentions, replace_mentions
from core.store.themes import read_lineage, read_theme, read_themes
from core.tables import lineage, mentions, removed_mentions, theme_scopes, themes
from core.vocabulary import LineageEvent, Mention
from tests.pipeline.plain_night import DAY, spend_night

DEAR = (
    "Honestly that is too expensive for a team of our size.",
    "It's just too expensive for a small team like ours.",
    "For a team our size it is too expensive.",
    "That is far too expensive for our small team.",
)
NONE = {"n_theme_proposals": 0, "n_themes_of_new_encoder": 0}
ALIKE = "This is too expensive for a team as small as ours."
ALONE = "You would have to bill us in kroner."

Say = Callable[[int, Sequence[str]], str]


def read_state(store: Store) -> list[Row[Any]]:
    """Every row that clustering may write."""
    with store.read() as conn:
        return [
            row
            for table in (themes, theme_scopes, lineage, mentions, removed_mentions)
            for row in conn.execute(select(table).order_by(*table.primary_key))
        ]


def only_theme(store: Store) -> Row[Any]:
    with store.read() as conn:
        [theme] = read_themes(conn)
    return theme


def theme_of(store: Store, quote: str) -> str | None:
    with store.read() as conn:
        query = select(mentions.c.theme_id).where(mentions.c.quote == quote)
        return conn.execute(query).scalar_one()


@pytest.fixture
def dear(say: Say, settings: Settings) -> list[str]:
    """Ids of four conversations that founded a theme of the price, and one that waits."""
    ids = [say(number, [quote]) for number, quote in enumerate(DEAR)]
    say(9, [ALONE])
    spend_night(settings)
    return ids


def test_mentions_that_are_alike_found_a_theme_and_the_odd_one_waits(
    dear: list[str], store: Store
) -> None:
    theme = only_theme(store)
    assert (theme.kind, theme.type, theme.status, theme.weight) == (
        "objection",
        "price",
        "active",
        4,
    )
    assert (theme.born, theme.last_seen) == (DAY, DAY)
    assert theme.label
    assert {theme_of(store, quote) for quote in DEAR} == {theme.id}
    assert theme_of(store, ALONE) is None


def test_a_birth_stands_in_the_lineage_with_night_and_reason(dear: list[str], store: Store) -> None:
    theme = only_theme(store)
    with store.read() as conn:
        [entry] = read_lineage(conn, theme.id)
    assert (entry.event, entry.night, entry.by) == (LineageEvent.BORN, DAY, "fieldback")
    assert "4 mentions" in entry.reason


def test_a_quiet_night_changes_nothing(dear: list[str], store: Store, settings: Settings) -> None:
    before = read_state(store)
    counts = spend_night(settings)
    assert counts == {"n_themes": 1, "n_themes_born": 0, "n_waiting": 1, **NONE}
    assert read_state(store) == before
    spend_night(settings, 3)
    assert read_state(store) == before


def test_a_later_mention_joins_and_the_theme_keeps_its_id_and_label(
    dear: list[str], store: Store, settings: Settings, say: Say
) -> None:
    before = only_theme(store)
    say(20, [ALIKE])
    counts = spend_night(settings, 1)
    after = only_theme(store)
    assert counts["n_themes_born"] == 0
    assert theme_of(store, ALIKE) == after.id == before.id
    assert (after.label, after.weight) == (before.label, 5)
    assert (after.born, after.last_seen) == (DAY, DAY + timedelta(days=1))


def test_one_account_alone_makes_no_theme(store: Store, settings: Settings, say: Say) -> None:
    """A talkative account is not a market."""
    for number, quote in enumerate(DEAR):
        say(2 * number, [quote])
    counts = spend_night(settings)
    assert counts == {"n_themes": 0, "n_themes_born": 0, "n_waiting": 4, **NONE}


def test_those_who_wait_make_a_theme_when_their_like_come(
    store: Store, settings: Settings, say: Say
) -> None:
    say(0, [DEAR[0]])
    say(1, [DEAR[1]])
    assert spend_night(settings)["n_waiting"] == 2
    say(2, [DEAR[2]])
    counts = spend_night(settings, 7)
    assert counts == {"n_themes": 1, "n_themes_born": 1, "n_waiting": 0, **NONE}
    assert only_theme(store).weight == 3


def test_a_mention_that_waited_too_long_waits_no_more(dear: list[str], settings: Settings) -> None:
    last = settings.theme_buffer_days
    assert spend_night(settings, last - 1)["n_waiting"] == 1
    assert spend_night(settings, last)["n_waiting"] == 0
    assert spend_night(settings, last + 1)["n_waiting"] == 0


def test_the_mentions_of_a_changed_conversation_are_forgotten(
    dear: list[str], store: Store, settings: Settings
) -> None:
    before = only_theme(store)
    with store.begin() as conn:
        forget_mentions(conn, dear[0])
    spend_night(settings, 1)
    after = only_theme(store)
    assert (after.id, after.weight) == (before.id, 3)
    assert DEAR[0] in [text for _, text in before.examples]
    assert DEAR[0] not in [text for _, text in after.examples]
    assert sum(after.words.values()) < sum(before.words.values())
    with store.read() as conn:
        assert conn.execute(select(removed_mentions)).all() == []


def test_a_conversation_replaced_by_the_same_words_leaves_the_theme_as_it_was(
    dear: list[str], store: Store, settings: Settings, say: Say
) -> None:
    before = only_theme(store)
    say(0, [DEAR[0]])
    spend_night(settings, 1)
    after = only_theme(store)
    assert (after.id, after.weight, after.words) == (before.id, before.weight, before.words)
    assert sorted(after.examples) == sorted(before.examples)


def test_a_theme_that_lost_every_mention_stays_with_its_id_and_no_weight(
    dear: list[str], store: Store, settings: Settings, say: Say
) -> None:
    theme = only_theme(store)
    with store.begin() as conn:
        for key in dear:
            forget_mentions(conn, key)
    spend_night(settings, 1)
    with store.read() as conn:
        after = read_theme(conn, theme.id)
    assert (after.weight, after.examples) == (0, [])


def test_a_name_that_a_person_gave_stays(
    dear: list[str], store: Store, settings: Settings, say: Say
) -> None:
    with store.begin() as conn:
        conn.execute(themes.update().values(label="Too dear for the small", is_pinned=True))
    say(20, [ALIKE])
    spend_night(settings, 1)
    theme = only_theme(store)
    assert (theme.label, theme.is_pinned) == ("Too dear for the small", True)


def test_types_are_grouped_apart(
    store: Store, settings: Settings, say: Say, make_mention: Callable[..., Mention]
) -> None:
    ids = [say(number, [quote]) for number, quote in enumerate(DEAR)]
    with store.begin() as conn:
        for turn, key in enumerate(ids[2:]):
            other = replace(make_mention(DEAR[turn + 2]), type="budget")
            replace_mentions(conn, key, [other])
    assert spend_night(settings) == {"n_themes": 0, "n_themes_born": 0, "n_waiting": 4, **NONE}
