import random

from hypothesis import given
from hypothesis import strategies as st

from core.vocabulary import ConversationKind, Role
from models.corpus import parse_corpus
from models.training.examples import Talk, add_noise, make_talk


def _talk(register: str = "chat") -> Talk:
    mark = "N" if register == "note" else "C"
    lines = [
        f"@ id=a family=f register={register} industry=x product=y buyer=company",
        f"{'N' if register == 'note' else 'R'} What do you run it on today?",
        f"{mark} We're on QuickBooks, and it's painfully slow. ## t:tool=QuickBooks; p:tools",
        "+ Anyway, go on.",
    ]
    return make_talk(next(parse_corpus(lines)))


def test_sentences_become_examples_with_role_labels_and_spans() -> None:
    asked, told, last = _talk().examples
    assert (asked.role, told.role, last.role) == (Role.REP, Role.CUSTOMER, Role.CUSTOMER)
    assert told.labels == {"persona_trait/tool", "pain_point/tools"}
    assert [told.text[start:end] for _, start, end in told.spans] == ["QuickBooks"]
    assert last.labels == frozenset()


def test_a_note_is_told_from_a_call() -> None:
    assert _talk("note").kind is ConversationKind.NOTE
    assert _talk().kind is ConversationKind.CALL


@given(st.integers(0, 10_000))
def test_noise_keeps_the_labels_and_the_value_findable(seed: int) -> None:
    talk = _talk()
    noisy = add_noise(talk, random.Random(seed), 1.0)  # noqa: S311 (no secret)
    assert [e.labels for e in noisy.examples] == [e.labels for e in talk.examples]
    ((_, start, end),) = noisy.examples[1].spans
    value = noisy.examples[1].text[start:end].lower().replace(",", "")
    assert sorted(value) == sorted("quickbooks") or "quickbooks" in value


def test_without_noise_nothing_changes() -> None:
    assert add_noise(_talk(), random.Random(1), 0.0) == _talk()  # noqa: S311 (no secret)
