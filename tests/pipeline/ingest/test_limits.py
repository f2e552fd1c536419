from __future__ import annotations

from core.vocabulary import Conversation, ConversationKind, Participant, Turn
from pipeline.ingest.details import add_details
from pipeline.ingest.document import CallDetails
from pipeline.ingest.limits import fit_conversation, fit_details

_LONG = "x" * 999


def test_what_fits_comes_back_as_it_is() -> None:
    call = Conversation("c", ConversationKind.CALL, (Turn("Ann", "Hi."),), account="Marlow")
    assert fit_conversation(call) == call


def test_a_speaker_and_the_participant_of_that_name_stay_the_same() -> None:
    call = Conversation(
        "c", ConversationKind.CALL, (Turn(_LONG, "Hi."),), participants=(Participant(_LONG),)
    )
    cut = fit_conversation(call)
    assert cut.turns[0].speaker == cut.participants[0].name == "x" * 120


def test_details_still_find_the_speaker_whose_label_was_cut() -> None:
    call = Conversation("c", ConversationKind.CALL, (Turn(_LONG, "Hi."),))
    details = CallDetails("c", speakers={_LONG: Participant("Ann")}, account=_LONG)
    (done,) = add_details([fit_conversation(call)], [fit_details(details)])
    assert (done.turns[0].speaker, len(done.account or "")) == ("Ann", 300)
