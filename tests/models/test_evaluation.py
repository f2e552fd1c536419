from core.vocabulary import Mention, MentionKind
from models.corpus import Label
from models.evaluation import (
    GoldSentence,
    JudgedSentence,
    Tally,
    detect,
    estimate,
    list_errors,
    measure_all,
    measure_by_source,
    measure_by_type,
    place_mentions,
    typed,
    valued,
)

OBJECTION, TRAIT = MentionKind.OBJECTION, MentionKind.PERSONA_TRAIT


def _gold(start: int, end: int, *labels: Label, conversation: str = "c") -> GoldSentence:
    return GoldSentence(conversation, "src", 0, start, end, "x" * (end - start), labels)


def _mention(
    start: int, end: int, type_: str, kind: MentionKind = OBJECTION, value: str | None = None
) -> Mention:
    return Mention(0, start, end, "", kind, type_, 0.5, "", value)


def _judged(labels: list[Label], mentions: list[Mention]) -> JudgedSentence:
    return JudgedSentence(_gold(0, 10, *labels), tuple(mentions))


def test_a_mention_belongs_to_the_sentence_that_it_overlaps_most() -> None:
    gold = [_gold(0, 10), _gold(11, 30)]
    judged, n_lost = place_mentions(gold, {"c": [_mention(5, 25, "price"), _mention(40, 50, "x")]})
    assert [len(sentence.mentions) for sentence in judged] == [0, 1]
    assert n_lost == 1


def test_detection_asks_only_whether_the_kind_is_there() -> None:
    judged = _judged([Label(OBJECTION, "price")], [_mention(0, 5, "trust")])
    assert detect(OBJECTION)(judged) == Tally(1, 0, 0)
    assert typed(OBJECTION)(judged) == Tally(0, 1, 1)
    assert typed(OBJECTION, "trust")(judged) == Tally(0, 1, 0)


def test_a_value_is_right_when_it_shares_half_its_words() -> None:
    label = Label(TRAIT, "role", "head of sales")
    near = _judged([label], [_mention(0, 5, "role", TRAIT, "the head of sales here")])
    far = _judged([label], [_mention(0, 5, "role", TRAIT, "runs the head office in Leeds")])
    assert valued(near) == Tally(1, 0, 0)
    assert valued(far) == Tally(0, 1, 1)


def test_one_labelled_value_pays_for_one_mention_only() -> None:
    label = Label(TRAIT, "tool", "SAP")
    twice = [_mention(0, 5, "tool", TRAIT, "SAP"), _mention(0, 5, "tool", TRAIT, "SAP")]
    assert valued(_judged([label], twice)) == Tally(1, 1, 0)


def test_figures_come_with_an_interval_over_conversations() -> None:
    gold = [_gold(0, 10, Label(OBJECTION, "price"), conversation=f"c{i}") for i in range(10)]
    found = {f"c{i}": [_mention(0, 5, "price")] for i in range(6)}
    judged, _ = place_mentions(gold, found)
    figure = estimate(judged, typed(OBJECTION))
    assert (figure.n, figure.precision, figure.recall) == (10, 1.0, 0.6)
    assert figure.f1 == 0.75
    assert figure.low < figure.f1 < figure.high
    assert estimate(judged, typed(OBJECTION)) == figure


def test_nothing_labelled_and_nothing_found_gives_zeros() -> None:
    figures = measure_all([])
    assert figures["persona_trait.value"].f1 == 0.0


def test_figures_are_given_by_type_and_by_source() -> None:
    judged = [_judged([Label(OBJECTION, "price")], [_mention(0, 5, "trust")])]
    assert set(measure_by_type(judged)) == {"objection/price", "objection/trust"}
    assert measure_by_source(judged)["src"]["objection.detect"].f1 == 1.0


def test_errors_are_the_sentences_whose_types_differ() -> None:
    right = _judged([Label(OBJECTION, "price")], [_mention(0, 5, "price")])
    wrong = _judged([Label(OBJECTION, "price")], [])
    assert list_errors([right, wrong]) == [wrong]
