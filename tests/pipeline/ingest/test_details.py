from __future__ import annotations

from datetime import UTC, datetime

from core.vocabulary import Conversation, ConversationKind, Participant, Role, Turn
from pipeline.ingest.details import add_details
from pipeline.ingest.document import CallDetails

_ANN = Participant("Ann", Role.REP)
_CALL = Conversation("c1", ConversationKind.CALL, (Turn("17", "Hello."), Turn("18", "Hi.")))
_DETAILS = CallDetails(
    "c1", datetime(2026, 10, 7, tzinfo=UTC), "Demo", speakers={"17": _ANN}, participants=(_ANN,)
)


def test_names_roles_date_and_title_are_added_by_id() -> None:
    (call,) = add_details([_CALL], [_DETAILS])
    assert call.turns == (Turn("Ann", "Hello.", Role.REP), Turn("18", "Hi."))
    assert (call.started_at, call.attributes) == (_DETAILS.started_at, {"title": "Demo"})
    assert call.participants == (_ANN,)


def test_a_call_that_nobody_describes_stays_as_it_is() -> None:
    assert add_details([_CALL], [CallDetails("other")]) == (_CALL,)


def test_adding_twice_changes_nothing_more() -> None:
    once = add_details([_CALL], [_DETAILS])
    assert add_details(once, [_DETAILS]) == once
