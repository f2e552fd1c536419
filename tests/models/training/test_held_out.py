from core.vocabulary import ConversationKind, Role
from models.corpus import parse_corpus
from models.training.held_out import as_truth


def test_a_dialogue_becomes_a_call_whose_sentences_stand_where_they_say() -> None:
    lines = [
        "@ id=a family=f register=asr industry=x product=y buyer=company",
        "R hello there",
        "C hi",
        "+ we run on sage ## t:tool=sage",
    ]
    truth = as_truth(next(parse_corpus(lines)))
    assert truth.conversation.kind is ConversationKind.CALL
    assert [turn.role for turn in truth.conversation.turns] == [Role.REP, Role.CUSTOMER]
    assert truth.conversation.turns[1].text == "hi we run on sage"
    for sentence in truth.sentences:
        text = truth.conversation.turns[sentence.turn].text
        assert text[sentence.start : sentence.end] == sentence.text
    assert truth.sentences[2].labels[0].value == "sage"
    assert truth.sentences[2].source == "asr"


def test_a_note_keeps_a_line_a_sentence() -> None:
    lines = [
        "@ id=a family=f register=note industry=x product=y buyer=company",
        "N CFO signs",
        "+ on SAP",
    ]
    truth = as_truth(next(parse_corpus(lines)))
    assert truth.conversation.kind is ConversationKind.NOTE
    assert truth.conversation.turns[0].text == "CFO signs\non SAP"
