from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.vocabulary import Conversation, ConversationKind, Turn
from models.screening import find_templates, fingerprint, screen

PITCH = (
    "Hi there, I wanted to reach out because many clinics in your area struggle with empty slots."
    " We fill them from a waiting list, without any work for the front desk."
    " Would you be open to a quick chat next week to see whether that fits your practice?"
)


def call(*turns: tuple[str, str], kind: ConversationKind = ConversationKind.CALL) -> Conversation:
    return Conversation("c", kind, tuple(Turn(speaker, text) for speaker, text in turns))


@pytest.mark.parametrize(
    "text",
    [
        "You have reached Dana Holt. Please leave a message after the tone.",
        "The person you are trying to reach is not available. At the tone, record your message.",
        "hi this is the mailbox of ben i can't come to the phone right now",
        "The mailbox is full and cannot accept any messages at this time.",
    ],
)
def test_a_mailbox_greeting_is_voicemail(text: str) -> None:
    assert screen(call(("A", text))) == "voicemail"


def test_a_message_left_after_the_beep_is_voicemail() -> None:
    conversation = call(
        ("Speaker 1", "Please leave your message after the beep."),
        ("Speaker 2", "Hey Tom, Rita from Lumen Cleaning here. Give me a call back when you can."),
    )
    assert screen(conversation) == "voicemail"


def test_a_message_without_the_greeting_is_voicemail() -> None:
    text = "Hi Tom, sorry I missed you, Rita from Lumen Cleaning here, I'll try you again tomorrow."
    assert screen(call(("Rita", text))) == "voicemail"


def test_a_menu_is_ivr() -> None:
    text = "Thank you for calling Oakline. For sales press one, for support press two. Please hold."
    assert screen(call(("A", text))) == "ivr"


def test_a_menu_before_people_talk_is_no_reason_to_drop_the_call() -> None:
    conversation = call(
        ("Bot", "Your call may be recorded. For sales press one."),
        ("Rep", "Oakline, good morning, this is the sales desk, what can I do for you?"),
        ("Caller", "I'd like to know what the small van costs for a weekend."),
        ("Rep", "Sure, let me look that up for you."),
    )
    assert screen(conversation) is None


def test_a_call_about_voicemail_is_kept() -> None:
    conversation = call(
        ("Rep", "What happens to calls after six?"),
        ("Customer", "They go to voicemail and nobody ever listens to it, which costs us jobs."),
        ("Rep", "How many a week would you say?"),
        ("Customer", "Ten or so, mostly new people who then ring somebody else."),
    )
    assert screen(conversation) is None


@pytest.mark.parametrize("turns", [(), (("A", " … "),), (("A", "Hello? Hello?"),)])
def test_a_call_without_words_is_empty(turns: tuple[tuple[str, str], ...]) -> None:
    assert screen(call(*turns)) == "empty"


def test_a_call_that_nobody_answers_is_empty() -> None:
    assert screen(call(("Rep", "Hello? Is anybody there? I can't hear you at all."))) == "empty"


def test_an_undiarised_call_is_kept() -> None:
    assert screen(call(("", PITCH))) is None


def test_a_short_note_is_kept_and_an_empty_one_is_not() -> None:
    assert screen(call(("rep", "No budget."), kind=ConversationKind.NOTE)) is None
    assert screen(call(("rep", "  "), kind=ConversationKind.NOTE)) == "empty"


def test_one_script_sent_to_many_is_a_template_whatever_the_name_and_figures() -> None:
    sent = [call(("rep", f"{PITCH} Ref {number}, [PERSON].")) for number in range(5)]
    other = call(("rep", "The owner said no because the roof was redone two years ago by his son."))
    prints = [fingerprint(each) for each in [*sent[:2], other, *sent[2:]]]
    assert find_templates(prints) == ((0, 1, 3, 4, 5),)


def test_short_texts_are_no_template() -> None:
    prints = [fingerprint(call(("rep", "No answer, left a message."))) for _ in range(9)]
    assert find_templates(prints) == ()


def test_two_of_a_kind_are_not_yet_a_template() -> None:
    prints = [fingerprint(call(("rep", PITCH)))] * 2
    assert find_templates(prints) == ()
    assert find_templates(prints, min_size=2) == ((0, 1),)


def test_different_conversations_about_one_thing_stay_apart() -> None:
    chance = random.Random(7)  # noqa: S311 (shuffles words)
    words = PITCH.split()
    texts = [" ".join(chance.sample(words, len(words))) for _ in range(20)]
    assert find_templates([fingerprint(call(("rep", text))) for text in texts]) == ()


@given(st.text())
def test_the_fingerprint_of_a_text_is_always_the_same(text: str) -> None:
    first, second = fingerprint(call(("a", text))), fingerprint(call(("b", text.upper().lower())))
    assert len(first.signature) == len(second.signature) == 256
    assert first == fingerprint(call(("c", text)))


def test_a_message_left_without_a_speaker_s_label_is_voicemail() -> None:
    text = (
        "Hello, it's a message for Petra, this is Ivo at the mill. Call me back when you are in, "
        "my number is on the quote. Cheers."
    )
    assert screen(call(("", text))) == "voicemail"


def test_a_short_talk_without_speakers_is_kept_although_a_call_back_is_promised() -> None:
    text = (
        "Hi, is Petra in? She's at the mill today. Then could she call me back? My number is on "
        "the quote. I'll tell her. Thanks."
    )
    assert screen(call(("", text))) is None
