import random

from hypothesis import given
from hypothesis import strategies as st

from models.corpus import LabelledConversation, parse_corpus
from models.training.examples import add_noise, list_examples, sample_rep_examples


def _conversation(register: str = "chat") -> LabelledConversation:
    mark = "N" if register == "note" else "C"
    lines = [
        f"@ id=a family=f register={register} industry=x product=y buyer=company",
        f"{'N' if register == 'note' else 'R'} What do you run it on today?",
        f"{mark} We're on QuickBooks, and it's painfully slow. ## t:tool=QuickBooks; p:tools",
        "+ Anyway, go on.",
    ]
    return next(parse_corpus(lines))


def test_the_customers_sentences_become_examples_with_labels_spans_and_context() -> None:
    first, second = list_examples([_conversation()])
    assert first.labels == {"persona_trait/tool", "pain_point/tools"}
    assert [first.text[start:end] for _, start, end in first.spans] == ["QuickBooks"]
    assert first.context == "call rep: What do you run it on today?"
    assert second.labels == frozenset()
    assert second.family == "f"


def test_every_sentence_of_a_note_is_an_example() -> None:
    assert len(list_examples([_conversation("note")])) == 3


def test_the_reps_sentences_come_in_only_as_sentences_without_labels() -> None:
    reps = sample_rep_examples([_conversation(), _conversation("note")], share=1.0, seed=1)
    assert [(e.text, e.labels) for e in reps] == [("What do you run it on today?", frozenset())]
    assert sample_rep_examples([_conversation()], share=0.0, seed=1) == []


@given(st.integers(0, 10_000))
def test_noise_keeps_the_labels_and_the_value_findable(seed: int) -> None:
    example = list_examples([_conversation()])[0]
    noisy = add_noise(example, random.Random(seed), 1.0)  # noqa: S311 (no secret)
    ((kind, start, end),) = noisy.spans
    value = noisy.text[start:end].lower().replace(",", "")
    assert kind == "tool"
    assert noisy.labels == example.labels
    assert sorted(value) == sorted("quickbooks") or "quickbooks" in value


def test_without_noise_nothing_changes() -> None:
    example = list_examples([_conversation()])[0]
    assert add_noise(example, random.Random(1), 0.0) == example  # noqa: S311 (no secret)
