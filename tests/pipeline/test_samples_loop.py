"""The three planted facts of data/samples/README.md, found again at the end of the loop."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.settings import Settings
from core.snapshot import Scope, Snapshot, open_current
from core.store import Store
from core.store.suggestions import Evidence, Suggestion, list_suggestions, read_evidence
from core.vocabulary import MentionKind
from models.findings import find_themes

HEALTHCARE = Scope((("industry", "Healthcare"),))


@pytest.fixture(scope="module")
def settings(samples_home: Path) -> Settings:
    return Settings(_env_file=None, home=samples_home)


@pytest.fixture(scope="module")
def snapshot(settings: Settings) -> Snapshot:
    return open_current(settings.snapshot_url)


@pytest.fixture(scope="module")
def suggested(settings: Settings) -> list[tuple[Suggestion, list[Evidence]]]:
    """What is suggested for operations managers, with its evidence."""
    with Store.open(settings.store_url).read() as conn:
        found = list_suggestions(conn, persona="operations-manager")
        return [(suggestion, read_evidence(conn, suggestion.id)) for suggestion in found]


def test_every_conversation_that_counts_is_published(snapshot: Snapshot) -> None:
    """73 recordings and 46 notes, without two voicemails and a telephone menu."""
    assert snapshot.totals(Scope()).n_conversations == 116
    assert snapshot.totals(HEALTHCARE).n_conversations == 27


def test_security_is_the_objection_that_healthcare_has_more_than_others(
    snapshot: Snapshot,
) -> None:
    answer = find_themes(snapshot, MentionKind.OBJECTION, HEALTHCARE, by="type")
    lifts = {finding.id: finding.lift or 0.0 for finding in answer.findings}
    [security] = [f for f in answer.findings if f.id == "objection/security"]
    assert max(lifts, key=lambda key: lifts[key]) == "objection/security"
    assert security.lift is not None
    assert security.lift > 1
    assert security.q_value is not None
    assert security.q_value < 0.05
    assert security.enough_data


def test_people_is_the_pain_that_rises_in_the_last_two_weeks(snapshot: Snapshot) -> None:
    answer = find_themes(snapshot, MentionKind.PAIN_POINT, Scope(), by="type")
    p_values = {finding.id: finding.trend.rise_p_value for finding in answer.findings}
    [people] = [f for f in answer.findings if f.id == "pain_point/people"]
    assert min(p_values, key=lambda key: p_values[key]) == "pain_point/people"
    assert people.trend.recent_share is not None
    assert people.trend.base_share is not None
    assert people.trend.recent_share > 2 * people.trend.base_share
    assert p_values["pain_point/people"] < 0.05, (p_values, people.trend)


@pytest.mark.parametrize(
    ("field", "word", "replaced"),
    [("tool", "excel", "paper rosters"), ("channel", "email", "phone calls")],
)
def test_what_operations_managers_say_against_their_persona_is_suggested(
    suggested: list[tuple[Suggestion, list[Evidence]]], field: str, word: str, replaced: str
) -> None:
    found = [(s, e) for s, e in suggested if s.field == field and word in s.value.lower()]
    assert len(found) == 1, [(s.field, s.value) for s, _ in suggested]
    [(suggestion, evidence)] = found
    assert (suggestion.operation, suggestion.replaces) == ("replace", replaced)
    assert suggestion.n_accounts >= 3
    assert len({e.conversation_id for e in evidence}) == suggestion.n_conversations
    assert any(word in e.quote.lower().replace("-", "") for e in evidence)
