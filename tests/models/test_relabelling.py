from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from core.vocabulary import Mention, MentionKind
from models.relabelling import ANY_TYPE, Fate, LabelComparison, Labelling, Tally

PRICE = Mention(0, 0, 9, "Too dear.", MentionKind.OBJECTION, "price", 0.8, "Too dear.")
TIMING = Mention(1, 0, 8, "Not now.", MentionKind.OBJECTION, "timing", 0.7, "Not now.")
TOOL = Mention(
    2, 0, 10, "We have X.", MentionKind.PERSONA_TRAIT, "tool", 0.9, "We have X.", value="X"
)


def compare(*labellings: Labelling, n_examples: int = 3) -> LabelComparison:
    comparison = LabelComparison(n_examples)
    for labelling in labellings:
        comparison.add(labelling)
    return comparison


def test_each_type_is_counted_in_mentions_and_in_conversations() -> None:
    twice = replace(PRICE, turn=5)
    found = compare(
        Labelling("con_1", 10, old=[PRICE, twice], new=[PRICE, TIMING]),
        Labelling("con_2", 10, old=[], new=[PRICE]),
        Labelling("con_3", 10, old=[PRICE], new=[]),
    )
    price, timing = (MentionKind.OBJECTION, "price"), (MentionKind.OBJECTION, "timing")
    assert found.mentions(price) == Tally(kept=1, added=1, removed=2)
    assert found.conversations(price) == Tally(kept=1, added=1, removed=1)
    assert (found.mentions(price).old, found.mentions(price).new) == (3, 2)
    assert found.mentions(timing) == found.conversations(timing) == Tally(added=1)


def test_a_kind_s_total_counts_a_conversation_once() -> None:
    found = compare(Labelling("con_1", 10, old=[PRICE], new=[TIMING]))
    assert found.scopes()[0] == (MentionKind.OBJECTION, ANY_TYPE)
    assert found.mentions((MentionKind.OBJECTION, ANY_TYPE)) == Tally(added=1, removed=1)
    assert found.conversations((MentionKind.OBJECTION, ANY_TYPE)) == Tally(kept=1)


def test_the_share_unchanged_is_of_all_sentences_and_knows_a_sentence_with_two_labels_as_one() -> (
    None
):
    pain = replace(PRICE, kind=MentionKind.PAIN_POINT, type="cost")
    found = compare(Labelling("con_1", 20, old=[PRICE, pain, TIMING], new=[TIMING]))
    assert (found.n_labelled, found.n_changed, found.share_unchanged) == (2, 1, 0.95)


def test_of_no_sentences_none_changed() -> None:
    assert compare().share_unchanged == 1.0


def test_another_confidence_statement_or_value_is_no_other_mention_but_values_are_counted() -> None:
    surer = replace(PRICE, confidence=0.99, statement="dear")
    found = compare(Labelling("con_1", 5, old=[PRICE, TOOL], new=[surer, replace(TOOL, value="Y")]))
    assert (found.n_changed, found.n_values, found.examples) == (0, 1, [])


def test_the_first_examples_of_each_type_are_kept_with_their_quotes() -> None:
    changed = [Labelling(f"con_{n}", 5, old=[PRICE, TOOL], new=[TIMING, TOOL]) for n in range(4)]
    examples = compare(*changed, n_examples=2).examples
    assert [(e.fate, e.conversation_id, e.mention.quote) for e in examples] == [
        (Fate.REMOVED, "con_0", "Too dear."),
        (Fate.ADDED, "con_0", "Not now."),
        (Fate.REMOVED, "con_1", "Too dear."),
        (Fate.ADDED, "con_1", "Not now."),
    ]


MENTIONS = st.lists(
    st.builds(
        replace,
        st.sampled_from([PRICE, TIMING, TOOL]),
        turn=st.integers(0, 3),
    ),
    max_size=6,
)


@given(pairs=st.lists(st.tuples(MENTIONS, MENTIONS), max_size=4))
def test_what_is_kept_and_removed_was_there_and_what_is_kept_and_added_is(
    pairs: list[tuple[list[Mention], list[Mention]]],
) -> None:
    found = compare(
        *(Labelling(str(n), 9, old, new) for n, (old, new) in enumerate(pairs)), n_examples=0
    )
    for side, name in ((0, "old"), (1, "new")):
        places = {(n, m.turn, m.kind, m.type) for n, pair in enumerate(pairs) for m in pair[side]}
        counts = sum(getattr(found.mentions(s), name) for s in found.scopes() if s[1] != ANY_TYPE)
        assert counts == len(places)
    assert found.examples == []
    assert 0 <= found.n_changed <= found.n_labelled
