from core.vocabulary import Conversation, ConversationKind, Role, RoleSpan, Turn
from models.features import find_candidates, list_sentences


def _call(*turns: Turn) -> Conversation:
    return Conversation(external_id="c", kind=ConversationKind.CALL, turns=turns)


def test_offsets_point_into_the_turn() -> None:
    conversation = _call(Turn("A", "Hi there. How are you?", Role.REP))
    for sentence in list_sentences(conversation):
        text = conversation.turns[sentence.turn].text
        assert text[sentence.start : sentence.end] == sentence.text


def test_only_the_customers_sentences_of_a_call_are_candidates() -> None:
    sentences = list_sentences(
        _call(
            Turn("A", "What do you use?", Role.REP),
            Turn("B", "Excel. It's slow.", Role.CUSTOMER),
            Turn("C", "Sorry, wrong room.", Role.UNKNOWN),
        )
    )
    found = find_candidates(sentences, ConversationKind.CALL)
    assert [sentences[i].text for i in found] == ["Excel.", "It's slow."]


def test_where_no_role_is_known_all_may_be_the_customers() -> None:
    sentences = list_sentences(_call(Turn("A", "Too dear."), Turn("B", "Why?")))
    assert len(find_candidates(sentences, ConversationKind.CALL)) == 2


def test_all_sentences_of_a_note_are_candidates() -> None:
    sentences = list_sentences(_call(Turn("rep", "CFO signs. On SAP.", Role.REP)))
    assert len(find_candidates(sentences, ConversationKind.NOTE)) == 2


def test_spans_of_an_undiarised_turn_give_each_sentence_its_role() -> None:
    text = "What do you use? Just paper."
    spans = (RoleSpan(0, 16, Role.REP), RoleSpan(17, len(text), Role.CUSTOMER))
    sentences = list_sentences(_call(Turn("", text, spans=spans)))
    assert [(s.text, s.role) for s in sentences] == [
        ("What do you use?", Role.REP),
        ("Just paper.", Role.CUSTOMER),
    ]
