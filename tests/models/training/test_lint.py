import json
from pathlib import Path

from models.corpus import LabelledConversation, parse_corpus
from models.taxonomy import load_taxonomy
from models.training.lint import (
    describe_balance,
    find_duplicates,
    find_near_duplicates,
    find_test_text,
    find_unknown_types,
    list_places,
)
from models.vectors import Encoder


def _conversations() -> list[LabelledConversation]:
    lines = [
        "@ id=a family=f register=chat industry=x product=y buyer=company",
        "C That is far too much money for us. ## o:price",
        "C We would rather wait until May is over. ## o:timing; o:mood",
        "@ id=b family=g register=chat industry=x product=y buyer=company",
        "R That is far too much money for us! ## o:price",
        "C we'd rather wait until may is over",
    ]
    return list(parse_corpus(lines, path="a.txt"))


def test_sentences_with_the_same_words_are_found() -> None:
    found = list(find_duplicates(list_places(_conversations())))
    assert [(a.line, b.line) for a, b in found] == [(2, 5)]
    assert str(found[0][0]) == "a.txt:2: That is far too much money for us."


def test_near_duplicates_count_between_families() -> None:
    found = find_near_duplicates(list_places(_conversations()), Encoder.load())
    assert (3, 6) in {(a.line, b.line) for _, a, b in found}


def test_text_that_models_are_measured_by_is_found(tmp_path: Path) -> None:
    labels = tmp_path / "labels.jsonl"
    texts = ("That is much too much money for us.", "We would like to see a demo of it soon.")
    labels.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    found = find_test_text(list_places(_conversations()), Encoder.load(), labels)
    places = {(place.line, text) for _, place, text in found}
    assert (2, texts[0]) in places
    assert texts[1] not in {text for _, text in places}


def test_unknown_types_and_labels_of_the_rep_are_faults() -> None:
    faults = list(find_unknown_types(_conversations(), load_taxonomy()))
    assert faults == [
        "a.txt:3: objection/mood is not in the taxonomy",
        "a.txt:5: a rep's sentence has a label",
    ]


def test_types_with_few_labels_are_marked() -> None:
    lines = list(describe_balance(_conversations(), load_taxonomy()))
    assert lines[0] == "objection/price: 2 in 2 families  few"
    assert len(lines) == 33
