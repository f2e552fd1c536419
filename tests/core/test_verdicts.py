"""What holds of mentions after verdicts, whoever gave them in whatever order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.verdicts import apply_verdicts, leave_out_judged, move_mention, place_of, settle
from core.vocabulary import Mention, MentionKind, Verdict, VerdictKind

Made = Callable[..., Mention]
NOW = datetime(2026, 11, 21, tzinfo=UTC)
TRAIT = MentionKind.PERSONA_TRAIT
OBJECTION = MentionKind.OBJECTION


def say(
    number: int,
    mention: Mention,
    kind: VerdictKind = VerdictKind.WRONG,
    to: tuple[MentionKind, str] | None = None,
) -> Verdict:
    return Verdict(number, VerdictKind.OTHER_TYPE if to else kind, mention, to, "Robin", NOW)


def types(found: Sequence[Mention], *verdicts: Verdict) -> list[str]:
    return [mention.type for mention in apply_verdicts(found, settle(verdicts))]


def test_without_verdicts_the_extractor_is_believed(make_mention: Made) -> None:
    found = [make_mention("One."), make_mention("Two.", turn=1)]
    assert apply_verdicts(found, {}) == found


def test_what_is_wrong_goes_and_the_rest_of_the_sentence_stays(make_mention: Made) -> None:
    price, trust = make_mention(), make_mention(type="trust")
    assert types([price, trust], say(1, price)) == ["trust"]


def test_what_is_right_counts_with_certainty_even_if_no_model_finds_it(make_mention: Made) -> None:
    [mention] = apply_verdicts([], settle([say(1, make_mention(), VerdictKind.RIGHT)]))
    assert (mention.type, mention.confidence) == ("price", 1.0)


def test_a_confirmed_mention_stays_as_the_person_saw_it(make_mention: Made) -> None:
    """Another model may cut the statement or the value otherwise; the mention keeps its id."""
    seen = make_mention(kind=TRAIT, type="tool", value="Excel", statement="in Excel")
    other = replace(seen, value="the Excel sheet", statement="the sheet", confidence=0.6)
    [mention] = apply_verdicts([other], settle([say(1, seen, VerdictKind.RIGHT)]))
    assert (mention.value, mention.statement) == ("Excel", "in Excel")


def test_another_type_takes_the_place_of_the_type(make_mention: Made) -> None:
    price = make_mention()
    verdict = say(1, price, to=(OBJECTION, "trust"))
    assert types([price], verdict) == ["trust"]
    assert types([], verdict) == ["trust"]
    assert types([price, replace(price, type="trust", confidence=0.6)], verdict) == ["trust"]


@pytest.mark.parametrize(
    ("kind", "type_", "value"), [(TRAIT, "channel", "Excel"), (OBJECTION, "price", None)]
)
def test_only_a_trait_keeps_a_value(
    make_mention: Made, kind: MentionKind, type_: str, value: str | None
) -> None:
    tool = make_mention(kind=TRAIT, type="tool", value="Excel", normalised="Microsoft Excel")
    [mention] = apply_verdicts([tool], settle([say(1, tool, to=(kind, type_))]))
    assert (mention.kind, mention.value, mention.normalised) == (kind, value, None)


def test_the_later_verdict_on_a_mention_stands_alone(make_mention: Made) -> None:
    price = make_mention()
    first = say(1, price, to=(OBJECTION, "trust"))
    assert types([price], first, say(2, price, VerdictKind.RIGHT)) == ["price"]
    assert types([price], first, say(2, price)) == []
    assert types([price], say(1, price), say(2, price, VerdictKind.RIGHT)) == ["price"]


def test_a_mention_that_a_verdict_made_can_be_judged_in_turn(make_mention: Made) -> None:
    price = make_mention()
    trust = replace(price, type="trust", confidence=1.0)
    first = say(1, price, to=(OBJECTION, "trust"))
    assert types([price], first, say(2, trust)) == []
    assert types([price], first, say(2, trust, to=(OBJECTION, "price"))) == ["price"]


def test_a_judged_mention_is_not_asked_for_again(make_mention: Made) -> None:
    price, trust = make_mention(confidence=0.3), make_mention(type="trust", confidence=0.4)
    settled = settle([say(1, price, to=(OBJECTION, "timing"))])
    assert leave_out_judged([price, trust], settled) == [trust]


LABELS = st.sampled_from(["price", "trust", "timing"])
VERDICTS = st.lists(st.tuples(LABELS, st.sampled_from([*VerdictKind]), LABELS), max_size=6)


@given(said=VERDICTS, found=st.sets(LABELS), shuffled=st.randoms())
def test_the_order_of_rows_does_not_show_and_laying_over_twice_is_once(
    said: list[tuple[str, VerdictKind, str]], found: set[str], shuffled: st.DataObject
) -> None:
    mentions = {t: Mention(0, 0, 4, "Hmm.", OBJECTION, t, 0.8, "Hmm.") for t in LABELS.elements}  # type: ignore[attr-defined] # the three
    verdicts = [
        say(n, mentions[type_], kind, (OBJECTION, to) if kind is VerdictKind.OTHER_TYPE else None)
        for n, (type_, kind, to) in enumerate(said)
        if kind is not VerdictKind.OTHER_TYPE or type_ != to
    ]
    settled = settle(verdicts)
    shuffled.shuffle(verdicts)  # type: ignore[attr-defined] # it is a Random
    once = apply_verdicts([mentions[t] for t in sorted(found)], settled)
    assert settle(verdicts) == settled
    assert apply_verdicts(once, settled) == once
    assert len({place_of(mention) for mention in once}) == len(once)


def test_a_mention_moves_with_its_quote_to_the_nearest_place(make_mention: Made) -> None:
    mention = make_mention("No.", turn=2)
    texts = ["No.", "Hello.", "Yes.", "Well. No. Really."]
    moved = move_mention(mention, texts)
    assert moved is not None
    assert (moved.turn, moved.start, moved.end) == (3, 6, 9)


def test_a_quote_inside_another_word_is_not_it(make_mention: Made) -> None:
    assert move_mention(make_mention("no"), ["I know nothing of note."]) is None
