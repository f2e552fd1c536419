"""People change themes between nights; it holds at once, and through every later night."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Row, select

from core.errors import Conflict, Mismatch, NotFound
from core.settings import Settings
from core.store import Store
from core.store.conversations import delete_conversation
from core.store.theme_proposals import list_proposals, read_proposal
from core.store.themes import read_decisions, read_lineage, read_theme, read_themes
from core.tables import lineage, mentions, moved_mentions, theme_proposals, themes
from core.vocabulary import AUTOMATIC, LineageEvent
from models import theme_decisions
from models.theme_decisions import Decision
from pipeline import cluster as stage
from pipeline.night import Counts
from tests.pipeline.plain_night import DAY, spend_night

ANA = Decision("ana", datetime(2026, 11, 21, 9, tzinfo=UTC), date(2026, 11, 21), "I know them")
DEAR = (
    "Honestly that is too expensive for a team of our size.",
    "It's just too expensive for a small team like ours.",
    "For a team our size it is too expensive.",
    "That is far too expensive for our small team.",
)
LOCKED = (
    "We are tied to our current supplier until next summer.",
    "Our contract with the current supplier runs until summer.",
    "We are under contract with another supplier until July.",
    "The contract with our supplier only ends next summer.",
)
ALIKE = "This is too expensive for a team as small as ours."

Say = Callable[[int, Sequence[str]], str]


@pytest.fixture
def calls(say: Say, settings: Settings, store: Store) -> list[str]:
    """Ids of eight conversations; the first four founded one theme, the others another."""
    ids = [say(number, [quote]) for number, quote in enumerate(DEAR)]
    spend_night(settings)
    ids += [say(10 + number, [quote]) for number, quote in enumerate(LOCKED)]
    spend_night(settings, 1)
    assert len(theme_ids(store)) == 2
    return ids


def theme_ids(store: Store) -> list[str]:
    """Ids of the themes, the oldest first."""
    with store.read() as conn:
        rows = read_themes(conn)
    return [row.id for row in sorted(rows, key=lambda row: (row.born, row.id))]


def theme(store: Store, theme_id: str) -> Row[Any]:
    with store.read() as conn:
        return read_theme(conn, theme_id)


def mention_ids(store: Store, quotes: Sequence[str]) -> list[str]:
    with store.read() as conn:
        query = select(mentions.c.id).where(mentions.c.quote.in_(quotes))
        return sorted(conn.execute(query).scalars())


def homes(store: Store, quotes: Sequence[str]) -> set[str]:
    """The themes that these quotes are in, merges followed."""
    with store.read() as conn:
        merged = read_decisions(conn).merged
        query = select(mentions.c.theme_id).where(mentions.c.quote.in_(quotes))
        return {merged.get(key, key) for key in conn.execute(query).scalars()}


def test_a_given_name_survives_the_next_nights(
    calls: list[str], store: Store, settings: Settings, say: Say
) -> None:
    dear, _ = theme_ids(store)
    with store.begin() as conn:
        theme_decisions.rename(conn, dear, "Too dear for the small", ANA)
        assert read_decisions(conn).labels == {dear: "Too dear for the small"}
    say(20, [ALIKE])
    spend_night(settings, 2)
    after = theme(store, dear)
    assert (after.label, after.is_pinned, after.weight) == ("Too dear for the small", True, 5)
    with store.read() as conn:
        entry = read_lineage(conn, dear)[-1]
    assert (entry.event, entry.by, entry.reason) == ("renamed", "ana", "I know them")


def test_the_same_change_twice_on_a_day_has_two_entries(calls: list[str], store: Store) -> None:
    dear, _ = theme_ids(store)
    with store.begin() as conn:
        for _ in range(2):
            theme_decisions.rename(conn, dear, "Too dear", ANA)
            theme_decisions.undo_change(conn, dear, ANA)
        events = [entry.event for entry in read_lineage(conn, dear)]
    assert events == [LineageEvent.BORN, *[LineageEvent.RENAMED] * 4]


def test_a_merge_and_a_hiding_survive_the_next_nights(
    calls: list[str], store: Store, settings: Settings, say: Say
) -> None:
    dear, locked = theme_ids(store)
    with store.begin() as conn:
        theme_decisions.merge(conn, dear, locked, ANA)
        theme_decisions.hide(conn, locked, ANA)
    say(20, [ALIKE])
    spend_night(settings, 2)
    assert homes(store, [ALIKE, *DEAR]) == {locked}
    assert theme(store, locked).status == "hidden"
    with store.begin() as conn:
        theme_decisions.undo_change(conn, dear, ANA)
    assert homes(store, [ALIKE, *DEAR]) == {dear}
    assert theme(store, dear).weight == 5


def test_a_split_moves_mentions_at_once_and_numbers_on_the_next_night(
    calls: list[str], store: Store, settings: Settings
) -> None:
    dear, _ = theme_ids(store)
    ids = mention_ids(store, DEAR[:2])
    with store.begin() as conn:
        [part] = theme_decisions.split(conn, dear, [ids], ANA)
        decided = read_decisions(conn)
    assert homes(store, DEAR[:2]) == {part}
    assert decided.moved == dict.fromkeys(ids, part)
    assert decided.parts[part]["label"]
    assert (theme(store, part).weight, theme(store, dear).weight) == (0, 4)
    spend_night(settings, 2)
    assert (theme(store, part).weight, theme(store, dear).weight) == (2, 2)
    assert {text for _, text in theme(store, part).examples} == set(DEAR[:2])
    assert {text for _, text in theme(store, dear).examples} == set(DEAR[2:])
    with store.read() as conn:
        assert {row.counted_in for row in conn.execute(select(moved_mentions))} == {None}


def test_a_part_stays_apart_and_is_never_proposed_for_a_merge(
    calls: list[str], store: Store, settings: Settings, say: Say
) -> None:
    """The two halves are as alike as can be: only the person's word keeps them apart."""
    dear, _ = theme_ids(store)
    with store.begin() as conn:
        [part] = theme_decisions.split(conn, dear, [mention_ids(store, DEAR[:2])], ANA)
    say(20, [ALIKE])
    assert spend_night(settings, 2)["n_theme_proposals"] == 0
    assert homes(store, DEAR[:2]) == {part}
    assert homes(store, DEAR[2:]) == {dear}


def test_a_split_undone_leads_back_to_the_old_id(
    calls: list[str], store: Store, settings: Settings
) -> None:
    dear, _ = theme_ids(store)
    with store.begin() as conn:
        [part] = theme_decisions.split(conn, dear, [mention_ids(store, DEAR[:2])], ANA)
    spend_night(settings, 2)
    with store.begin() as conn:
        undone = theme_decisions.undo_change(conn, dear, ANA)
    assert undone.event == LineageEvent.SPLIT
    assert homes(store, DEAR) == {dear}
    assert theme(store, part).merged_into == dear


def test_mentions_of_a_part_may_be_split_off_again_before_the_next_night(
    calls: list[str], store: Store, settings: Settings
) -> None:
    dear, _ = theme_ids(store)
    with store.begin() as conn:
        [part] = theme_decisions.split(conn, dear, [mention_ids(store, DEAR[:3])], ANA)
        [small] = theme_decisions.split(conn, part, [mention_ids(store, DEAR[:1])], ANA)
    spend_night(settings, 2)
    assert [theme(store, key).weight for key in (dear, part, small)] == [1, 2, 1]


def test_several_parts_in_one_split(calls: list[str], store: Store) -> None:
    dear, _ = theme_ids(store)
    parts = [mention_ids(store, DEAR[:1]), mention_ids(store, DEAR[1:3])]
    with store.begin() as conn:
        made = theme_decisions.split(conn, dear, parts, ANA)
    assert [homes(store, DEAR[:1]), homes(store, DEAR[1:3])] == [{made[0]}, {made[1]}]


@pytest.mark.parametrize("which", ["others", "all", "twice", "none"])
def test_a_split_of_what_is_not_there_is_refused(
    calls: list[str], store: Store, which: str
) -> None:
    dear, _ = theme_ids(store)
    one = mention_ids(store, DEAR[:1])
    wishes = {"others": [mention_ids(store, LOCKED[:1])], "all": [mention_ids(store, DEAR)]}
    wishes |= {"twice": [one, one], "none": [["mtn_none"]]}
    with pytest.raises(Mismatch), store.begin() as conn:
        theme_decisions.split(conn, dear, wishes[which], ANA)
    with pytest.raises(NotFound), store.begin() as conn:
        theme_decisions.split(conn, "theme_none", [one], ANA)


def test_a_refused_change_leaves_no_trace(calls: list[str], store: Store) -> None:
    dear, locked = theme_ids(store)
    with store.read() as conn:
        before = conn.execute(select(lineage)).all()
    with pytest.raises(Conflict), store.begin() as conn:
        theme_decisions.rename(conn, dear, theme(store, locked).label, ANA)
    with store.read() as conn:
        assert conn.execute(select(lineage)).all() == before


def test_a_person_who_changes_themes_while_a_night_is_worked_out_is_not_overwritten(
    calls: list[str],
    store: Store,
    settings: Settings,
    say: Say,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    dear, _ = theme_ids(store)
    names = iter(["Renamed in the night"])

    def interrupt(*args: Any, **kwargs: Any) -> Any:
        for name in names:
            with store.begin() as conn:
                theme_decisions.rename(conn, dear, name, ANA)
        return original(*args, **kwargs)

    original = stage.run_night
    monkeypatch.setattr(stage, "run_night", interrupt)
    say(20, [ALIKE])
    spend_night(settings, 2)
    after = theme(store, dear)
    assert (after.label, after.weight) == ("Renamed in the night", 5)


def test_a_night_that_people_never_let_finish_says_so(
    calls: list[str], store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    dear, _ = theme_ids(store)

    def interrupt(*args: Any, **kwargs: Any) -> Any:
        with store.begin() as conn:
            hide = theme(store, dear).status != "hidden"
            (theme_decisions.hide if hide else theme_decisions.show)(conn, dear, ANA)
        return original(*args, **kwargs)

    original = stage.run_night
    monkeypatch.setattr(stage, "run_night", interrupt)
    with pytest.raises(Conflict, match="run the night again"):
        spend_night(settings, 2)


class TestProposals:
    """Two themes of one meaning: the second was born while the first was out of reach."""

    @pytest.fixture
    def twins(self, say: Say, settings: Settings, store: Store) -> tuple[str, str]:
        """Ids of two themes that say the same."""
        for number, quote in enumerate(DEAR):
            say(number, [quote])
        spend_night(settings)
        [first] = theme_ids(store)
        with store.begin() as conn:
            row = dict(read_theme(conn, first)._mapping)
            part = {**row, "id": "theme_twin", "label": "Not in our budget", "born": DAY}
            conn.execute(themes.insert().values(**part))
            moved = mentions.update().where(mentions.c.quote.in_(DEAR[:2]))
            conn.execute(moved.values(theme_id="theme_twin"))
        return first, "theme_twin"

    def propose(self, settings: Settings, later: int = 1, **changed: float) -> Counts:
        wish = {"theme_auto_merge": 2.0, "theme_auto_split": -2.0} | changed
        return spend_night(settings.model_copy(update=wish), later)

    def test_they_are_proposed_as_one_and_merged_when_somebody_accepts(
        self, twins: tuple[str, str], settings: Settings, store: Store
    ) -> None:
        assert self.propose(settings)["n_theme_proposals"] == 1
        with store.begin() as conn:
            [proposal] = list_proposals(conn)
            assert {proposal.theme_id, proposal.other_id} == set(twins)
            assert proposal.likeness > 0.9
            assert "expensive" in proposal.words
            assert theme_decisions.accept(conn, proposal.id, ANA) == [proposal.other_id]
        assert homes(store, DEAR) == {proposal.other_id}
        assert self.propose(settings, 2)["n_theme_proposals"] == 0

    def test_a_quiet_night_renews_nothing(
        self, twins: tuple[str, str], settings: Settings, store: Store
    ) -> None:
        states = []
        for later in (1, 2):
            self.propose(settings, later)
            with store.read() as conn:
                states.append(conn.execute(select(theme_proposals)).all())
        assert states[0] == states[1]

    def test_what_was_declined_does_not_come_back(
        self, twins: tuple[str, str], settings: Settings, store: Store
    ) -> None:
        self.propose(settings)
        with store.begin() as conn:
            [proposal] = list_proposals(conn)
            theme_decisions.decline(conn, proposal.id, ANA)
        assert self.propose(settings, 2)["n_theme_proposals"] == 0
        assert self.propose(settings, 3, theme_auto_merge=0.75)["n_theme_proposals"] == 0
        assert len(homes(store, DEAR)) == 2

    def test_above_the_threshold_nobody_is_asked_and_anybody_can_undo_it(
        self, twins: tuple[str, str], settings: Settings, store: Store
    ) -> None:
        assert self.propose(settings, theme_auto_merge=0.9)["n_theme_proposals"] == 0
        [home] = homes(store, DEAR)
        with store.begin() as conn:
            entry = read_lineage(conn, home)[-1]
            assert (entry.event, entry.by, entry.night) == (
                "merged",
                AUTOMATIC,
                DAY + timedelta(days=1),
            )
            theme_decisions.undo_change(conn, home, ANA)
        self.propose(settings, 2, theme_auto_merge=0.75)
        assert homes(store, DEAR) == set(twins)

    def test_a_theme_that_a_person_named_is_merged_by_people_alone(
        self, twins: tuple[str, str], settings: Settings, store: Store
    ) -> None:
        with store.begin() as conn:
            theme_decisions.rename(conn, twins[0], "Price of the small", ANA)
        assert self.propose(settings, theme_auto_merge=0.75)["n_theme_proposals"] == 1
        assert homes(store, DEAR) == set(twins)

    def test_one_that_lost_its_ground_expires(
        self, twins: tuple[str, str], settings: Settings, store: Store
    ) -> None:
        self.propose(settings)
        with store.begin() as conn:
            [proposal] = list_proposals(conn)
            theme_decisions.hide(conn, twins[0], ANA)
        assert self.propose(settings, 2)["n_theme_proposals"] == 0
        with pytest.raises(Conflict, match="expired already"), store.begin() as conn:
            theme_decisions.accept(conn, proposal.id, ANA)


class TestSplitProposals:
    """One theme of two meanings, made by hand; it has just grown."""

    @pytest.fixture
    def mixed(self, calls: list[str], store: Store, settings: Settings, say: Say) -> str:
        """The id of a theme that holds both."""
        dear, locked = theme_ids(store)
        with store.begin() as conn:
            total = [read_theme(conn, key).total for key in (dear, locked)]
            both = b"".join(_add(*total))
            conn.execute(
                themes.update().where(themes.c.id == dear).values(total=both, weight=8, examined=0)
            )
            conn.execute(mentions.update().values(theme_id=dear))
            conn.execute(themes.delete().where(themes.c.id == locked))
        say(20, [ALIKE])
        return dear

    def test_its_halves_are_proposed_and_split_when_somebody_accepts(
        self, mixed: str, store: Store, settings: Settings
    ) -> None:
        wish = {"theme_auto_split": -2.0}
        assert spend_night(settings.model_copy(update=wish), 2)["n_theme_proposals"] == 1
        with store.begin() as conn:
            [proposal] = list_proposals(conn)
            assert (proposal.action, proposal.theme_id, proposal.n_mentions) == ("split", mixed, 9)
            assert sorted(proposal.groups[0]) == mention_ids(store, [*DEAR, ALIKE])
            assert sorted(proposal.groups[1]) == mention_ids(store, LOCKED)
            [part] = theme_decisions.accept(conn, proposal.id, ANA)
            assert read_proposal(conn, proposal.id).status == "accepted"
        assert homes(store, LOCKED) == {part}
        assert spend_night(settings, 3)["n_theme_proposals"] == 0
        assert (theme(store, part).weight, theme(store, mixed).weight) == (4, 5)

    def test_beyond_doubt_it_is_split_at_once(
        self, mixed: str, store: Store, settings: Settings
    ) -> None:
        wish = {"theme_auto_split": 0.3}
        assert spend_night(settings.model_copy(update=wish), 2)["n_theme_proposals"] == 0
        assert homes(store, LOCKED) != homes(store, DEAR) == {mixed}


def _add(*totals: bytes) -> list[bytes]:
    import numpy as np

    return [np.sum([np.frombuffer(total) for total in totals], axis=0).tobytes()]


def forget(store: Store, conversation_id: str) -> None:
    with store.begin() as conn:
        delete_conversation(conn, conversation_id)


def all_text(store: Store) -> str:
    """Every word that the tables of themes hold."""
    with store.read() as conn:
        rows = [
            row
            for table in (themes, lineage, theme_proposals)
            for row in conn.execute(select(table))
        ]
    return "\n".join(
        str({k: v for k, v in r._mapping.items() if type(v) is not bytes}) for r in rows
    )


def test_nothing_of_an_erased_conversation_stays(
    calls: list[str], store: Store, settings: Settings, say: Say
) -> None:
    odd = "Honestly the quorbish tariff is too expensive for a small team."
    gone = say(20, [odd])
    spend_night(settings, 2)
    [dear] = homes(store, [odd])
    with store.begin() as conn:
        conn.execute(themes.update().where(themes.c.id == dear).values(label="Quorbish tariff"))
        theme_decisions.rename(conn, dear, "Too dear", ANA)
    assert "uorbish" in all_text(store)
    forget(store, gone)
    spend_night(settings, 3)
    after = theme(store, dear)
    assert (after.label, after.weight) == ("Too dear", 4)
    assert "uorbish" not in all_text(store)
    with store.begin() as conn:
        theme_decisions.undo_change(conn, dear, ANA)
        renewed = read_theme(conn, dear)
    assert not renewed.is_pinned
    assert renewed.label
    assert "uorbish" not in all_text(store)


def test_a_mention_that_was_moved_and_then_erased_is_forgotten_by_both(
    calls: list[str], store: Store, settings: Settings
) -> None:
    dear, _ = theme_ids(store)
    with store.begin() as conn:
        [part] = theme_decisions.split(conn, dear, [mention_ids(store, DEAR[:2])], ANA)
    forget(store, calls[0])
    spend_night(settings, 2)
    assert (theme(store, part).weight, theme(store, dear).weight) == (1, 2)
    assert DEAR[0] not in all_text(store)


def test_the_label_of_a_theme_goes_with_a_mention_that_left_with_a_part(
    calls: list[str], store: Store, settings: Settings
) -> None:
    dear, _ = theme_ids(store)
    with store.begin() as conn:
        said = replace(ANA, reason="as one of them put it")
        conn.execute(themes.update().where(themes.c.id == dear).values(label=DEAR[0].rstrip(".")))
        theme_decisions.split(conn, dear, [mention_ids(store, DEAR[:1])], said)
    spend_night(settings, 2)
    forget(store, calls[0])
    spend_night(settings, 3)
    assert "Honestly that is too expensive" not in all_text(store)


def test_a_waiting_mention_that_was_erased_leaves_the_centre_of_its_type(
    store: Store, settings: Settings, say: Say
) -> None:
    say(0, [DEAR[0]])
    spend_night(settings)
    with store.read() as conn:
        before = stage.read_registry(conn).spaces
    gone = say(1, [LOCKED[0]])
    spend_night(settings, 1)
    forget(store, gone)
    spend_night(settings, 2)
    with store.read() as conn:
        after = stage.read_registry(conn).spaces
    assert {key: space.count for key, space in after.items()} == {
        key: space.count for key, space in before.items()
    }
    for key, space in before.items():
        assert after[key].total == pytest.approx(space.total, abs=1e-6)
