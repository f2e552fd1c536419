"""The command line's answer: findings with labels and quotes, people's decisions at once."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from core.errors import NotPublished
from core.settings import Settings
from core.snapshot import Scope, open_current
from core.store import Store
from core.tables import themes
from core.vocabulary import MentionKind
from models.findings import Sort
from pipeline.answers import TopAnswer, as_record, ask_top

EVERYWHERE = Scope()
HEALTHCARE = Scope((("industry", "Healthcare"),))


@pytest.fixture
def published(company: Store, settings: Settings, published_folder: Path) -> Settings:
    """Settings that lead to the company's store and its published snapshot."""
    return settings.model_copy(update={"snapshots": str(published_folder)})


def ask(
    settings: Settings, scope: Scope = EVERYWHERE, *, by: str = "theme", limit: int = 10
) -> TopAnswer:
    return ask_top(settings, MentionKind.OBJECTION, scope, by=by, sort=Sort.SHARE, limit=limit)


def test_before_the_first_night_the_answer_says_what_to_do(
    company: Store, settings: Settings
) -> None:
    with pytest.raises(NotPublished, match="fieldback run"):
        ask(settings)


def test_merged_themes_are_counted_together_and_hidden_ones_not_shown(published: Settings) -> None:
    answer = ask(published)
    assert {finding.id for finding, _ in answer.rows} == {"thm_price", "thm_security"}
    said = {quote.quote for quote in answer.quotes["thm_price"]}
    assert said <= {
        "We are a small team and this costs more than we can carry.",
        "Could you take a fifth off for the first year?",
    }
    assert len(said) == 2


def test_a_segment_narrows_counts_and_quotes(published: Settings) -> None:
    answer = ask(published, HEALTHCARE)
    assert (answer.n_conversations, answer.n_accounts) == (12, 3)
    rows = {finding.id: finding for finding, _ in answer.rows}
    assert rows["thm_security"].n_conversations == 6
    segments = [quote.segments["industry"] for quote in answer.quotes["thm_security"]]
    assert set(segments) == {"Healthcare"}


def test_a_name_that_a_person_gave_holds_at_once(published: Settings, company: Store) -> None:
    with company.begin() as conn:
        named = themes.update().where(themes.c.id == "thm_price")
        conn.execute(named.values(label="Too dear", is_pinned=True))
    labels = {finding.id: label for finding, label in ask(published).rows}
    assert labels == {"thm_price": "Too dear", "thm_security": "where patient records are kept"}


def test_a_theme_that_a_person_hid_is_gone_at_once(published: Settings, company: Store) -> None:
    with company.begin() as conn:
        hidden = themes.update().where(themes.c.id == "thm_price")
        conn.execute(hidden.values(status="hidden"))
    assert [finding.id for finding, _ in ask(published).rows] == ["thm_security"]


def test_types_bear_the_names_of_the_taxonomy(published: Settings) -> None:
    labels = {finding.id: label for finding, label in ask(published, by="type").rows}
    assert set(labels) == {"objection/price", "objection/security", "objection/fit"}
    assert all(label and not label.startswith("objection/") for label in labels.values())


def test_the_limit_takes_the_first_and_quotes_only_of_those(published: Settings) -> None:
    answer = ask(published, limit=1)
    [(finding, _)] = answer.rows
    assert set(answer.quotes) == {finding.id}


def test_a_record_is_flat_plain_data_with_share_interval_and_quotes(published: Settings) -> None:
    answer = ask(published, HEALTHCARE)
    records = [as_record(answer, finding, label) for finding, label in answer.rows]
    [record] = [record for record in records if record["id"] == "thm_security"]
    assert json.loads(json.dumps(record)) == record
    assert record["share"] == 0.5
    assert record["share_low"] < 0.5 < record["share_high"]
    assert record["of_conversations"] == 12
    assert record["lift"] is None or record["lift"] > 1
    assert len(record["weekly"]) == 13
    assert record["quotes"] == ["Where would our patient records be kept?"] * 3


def test_the_answer_names_the_snapshot_and_what_it_rests_on(published: Settings) -> None:
    answer = ask(published)
    snapshot = open_current(published.snapshot_url)
    assert (answer.snapshot, answer.as_of) == (snapshot.id, snapshot.as_of)
    assert answer.n_conversations == 24
    assert answer.n_in_themes == answer.n_mentions > 0


def test_a_family_is_one_row_that_names_its_themes(
    published: Settings, published_folder: Path, tmp_path: Path, make_family: Callable[..., None]
) -> None:
    shutil.copytree(published_folder, tmp_path / "related")
    make_family(tmp_path / "related", "thm_price", "thm_security", "thm_gossip")
    settings = published.model_copy(update={"snapshots": str(tmp_path / "related")})
    answer = ask(settings, by="family")
    [(finding, label)] = answer.rows
    record = as_record(answer, finding, label)
    assert (record["id"], record["label"]) == ("thm_price", "too expensive for a small team")
    assert record["members"] == [
        "too expensive for a small team (price)",
        "where patient records are kept (security)",
    ]
    alone = [finding.n_conversations for finding, _ in ask(settings).rows]
    assert max(alone) < record["n_conversations"] < sum(alone)
    assert "members" not in as_record(ask(settings), *ask(settings).rows[0])
