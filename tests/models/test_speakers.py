from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.vocabulary import (
    Account,
    Contact,
    Conversation,
    ConversationKind,
    CrmTables,
    Deal,
    Participant,
    Role,
    Turn,
)
from models.role_model import RoleModel, RoleWeights, load_weights, save_weights, weigh_roles
from models.speakers import assign_roles, read_label

NO_CRM = CrmTables()
PITCH = "Great question. Our platform lets your team see every shift, and I'd be happy to show you."
WORRY = "Yeah but my boss hates that stuff. I don't know, we're fine with what we have."


@pytest.fixture(scope="module")
def model() -> RoleModel:
    return RoleModel.load()


def call(*turns: Turn, **given: object) -> Conversation:
    return Conversation("c", ConversationKind.CALL, turns, **given)  # type: ignore[arg-type]


def roles(conversation: Conversation) -> list[Role]:
    return [turn.role for turn in conversation.turns]


def test_the_roles_of_the_file_stand(model: RoleModel) -> None:
    conversation = call(Turn("Ann", PITCH, Role.CUSTOMER), Turn("Ben", WORRY, Role.REP))
    assert assign_roles(conversation, NO_CRM, model=model) == conversation


def test_a_turn_without_a_role_gets_that_of_its_speaker_elsewhere(model: RoleModel) -> None:
    conversation = call(Turn("Ann", PITCH, Role.CUSTOMER), Turn("Ann", PITCH), Turn("Ben", WORRY))
    guessed = assign_roles(conversation, NO_CRM, model=model)
    assert roles(guessed) == [Role.CUSTOMER, Role.CUSTOMER, Role.REP]


def test_contacts_are_customers_and_owners_of_deals_are_reps(model: RoleModel) -> None:
    crm = CrmTables(contacts=(Contact("c1", "Ann Holt"),), deals=(Deal("d1", "x", rep="Ben Roe"),))
    guessed = assign_roles(call(Turn("ann holt", PITCH), Turn("Ben Roe", WORRY)), crm, model=model)
    assert roles(guessed) == [Role.CUSTOMER, Role.REP]


def test_domains_of_e_mails_tell_both_sides(model: RoleModel) -> None:
    people = (Participant("Ann", email="ann@Buyer.test"), Participant("Ben", email="ben@us.test"))
    guessed = assign_roles(
        call(Turn("Ann", PITCH), Turn("Ben", WORRY), participants=people),
        CrmTables(accounts=(Account("a", "Buyer", "buyer.test"),)),
        own_domains=["us.test"],
        model=model,
    )
    assert roles(guessed) == [Role.CUSTOMER, Role.REP]
    assert [each.role for each in guessed.participants] == [Role.CUSTOMER, Role.REP]


def test_the_rep_of_the_conversation_is_the_rep(model: RoleModel) -> None:
    guessed = assign_roles(
        call(Turn("Ann", WORRY), Turn("Ben", PITCH), rep="Ann"), NO_CRM, model=model
    )
    assert roles(guessed) == [Role.REP, Role.CUSTOMER]


@pytest.mark.parametrize(
    ("label", "role"),
    [
        ("Sales Rep", Role.REP),
        ("AE (Jordan)", Role.REP),
        ("SE", Role.REP),
        ("Agent 2", Role.REP),
        ("Dana Fox (Account Executive)", Role.REP),
        ("Prospect (Priya – RevOps Director)", Role.CUSTOMER),
        ("prospect_ceo", Role.CUSTOMER),
        ("Customer", Role.CUSTOMER),
        ("Caller", Role.CUSTOMER),
        ("Sales Manager", Role.UNKNOWN),
        ("Speaker 1", Role.UNKNOWN),
        ("Sebastian", Role.UNKNOWN),
        ("", Role.UNKNOWN),
    ],
)
def test_a_label_says_the_role_or_nothing(label: str, role: Role) -> None:
    assert read_label(label) is role


def test_two_nameless_speakers_are_told_apart_by_what_they_say(model: RoleModel) -> None:
    conversation = call(Turn("Speaker 1", WORRY), Turn("Speaker 2", PITCH))
    guessed = assign_roles(conversation, NO_CRM, model=model)
    assert roles(guessed) == [Role.CUSTOMER, Role.REP]


def test_where_the_rep_is_known_the_other_is_the_customer(model: RoleModel) -> None:
    guessed = assign_roles(call(Turn("AE", WORRY), Turn("Kim", PITCH)), NO_CRM, model=model)
    assert roles(guessed) == [Role.REP, Role.CUSTOMER]


def test_a_note_keeps_its_role(model: RoleModel) -> None:
    note = Conversation("n", ConversationKind.NOTE, (Turn("rep", WORRY, Role.REP),))
    assert assign_roles(note, NO_CRM, model=model) == note


@pytest.mark.parametrize(
    "turns", [(Turn("", f"{PITCH} {WORRY}"),), (Turn("", PITCH), Turn("", WORRY))]
)
def test_undiarised_text_gets_a_role_for_every_sentence(
    model: RoleModel, turns: tuple[Turn, ...]
) -> None:
    guessed = assign_roles(call(*turns), NO_CRM, model=model).turns
    said = [turn.text[span.start : span.end] for turn in guessed for span in turn.spans]
    assert " ".join(said) == f"{PITCH} {WORRY}"
    assert {turn.role for turn in guessed} == {Role.UNKNOWN}
    assert [span.role for turn in guessed for span in turn.spans] == [Role.REP] * 2 + [
        Role.CUSTOMER
    ] * 2


def test_a_conversation_without_turns_is_left_alone(model: RoleModel) -> None:
    assert assign_roles(call(), NO_CRM, model=model) == call()


@given(st.lists(st.tuples(st.sampled_from(["a", "b", "c"]), st.text()), max_size=6))
def test_every_speaker_has_one_role_and_both_sides_are_there(said: list[tuple[str, str]]) -> None:
    turns = [Turn(speaker, f"{text} yes") for speaker, text in said]
    guessed = assign_roles(call(*turns), NO_CRM, model=SHARED).turns
    by_speaker = {turn.speaker: turn.role for turn in guessed}
    assert all(by_speaker[turn.speaker] is turn.role for turn in guessed)
    if len(by_speaker) > 1:
        assert set(by_speaker.values()) == {Role.REP, Role.CUSTOMER}


SHARED = RoleModel.load()


def test_weights_come_back_as_they_were_written(tmp_path: Path) -> None:
    learnt = RoleWeights(("a", "b c"), np.ones(2), np.array([0.5, -2.0]), 0.25, np.ones(13), -1.0)
    save_weights(learnt, tmp_path)
    loaded = load_weights(tmp_path)
    assert loaded.terms == learnt.terms
    assert loaded.weights.tolist() == [0.5, -2.0]
    assert (loaded.bias, loaded.gap_bias) == (0.25, -1.0)


log_odds = st.floats(-6, 6)


@given(st.lists(st.tuples(log_odds, log_odds), min_size=1, max_size=6))
def test_weighing_roles_is_summing_over_all_paths(drawn: list[tuple[float, float]]) -> None:
    says_rep = np.array([voice for voice, _ in drawn])
    changes = np.array([change for _, change in drawn[1:]])
    weights = {}
    for path in itertools.product([0, 1], repeat=len(drawn)):
        voice = sum(
            -np.logaddexp(0, -(2 * is_rep - 1) * x)
            for is_rep, x in zip(path, says_rep, strict=True)
        )
        turns = sum(
            -np.logaddexp(0, -x if a != b else x)
            for (a, b), x in zip(itertools.pairwise(path), changes, strict=True)
        )
        weights[path] = np.exp(voice + turns)
    total = sum(weights.values())
    shares = [sum(w for path, w in weights.items() if path[at]) / total for at in range(len(drawn))]
    found, likelihood = weigh_roles(says_rep, changes)
    assert found == pytest.approx(shares)
    assert likelihood == pytest.approx(np.log(total))


def test_who_opens_with_a_company_and_thanks_for_the_visit_is_the_rep() -> None:
    """A founder who sells talks like his own customer: a model over words is misled."""
    turns = (
        Turn("Noor", "Hi! I'm Noor, founder of Brightloop. Thanks for having me at the plant."),
        Turn("Gus", "Sure. Shall we sit down?"),
        Turn("Noor", "We had the same trouble in our own plant, so we built it for ourselves."),
        Turn("Gus", "And how would that help you sell more of what I can offer you here?"),
    )
    call = Conversation("c", ConversationKind.CALL, turns)
    told = assign_roles(call, CrmTables(), model=RoleModel.load())
    assert [turn.role for turn in told.turns] == [Role.REP, Role.CUSTOMER] * 2
