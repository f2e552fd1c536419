from pathlib import Path

from core.vocabulary import Mention, MentionKind
from models.corpus import parse_corpus
from models.evaluation import JudgedSentence
from models.extraction import FILES
from models.training.card import add_elsewhere, write_card
from models.training.held_out import as_truth


def test_the_card_tells_data_figures_limits_and_hashes(tmp_path: Path) -> None:
    lines = [
        "@ id=a family=f register=chat industry=x product=y buyer=company",
        "C That's too expensive. ## o:price",
    ]
    conversations = list(parse_corpus(lines))
    gold = as_truth(conversations[0]).sentences[0]
    mention = Mention(0, 0, 5, "That's", MentionKind.OBJECTION, "price", 0.95, "x")
    for name in FILES:
        (tmp_path / name).write_bytes(b"x")
    write_card(
        tmp_path,
        conversations=conversations,
        held_out=conversations,
        judged=[JudgedSentence(gold, (mention,))],
    )
    card = (tmp_path / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "| objection.typed | 1 | 1.000 | 1.000 | 1.000 | 1.000 to 1.000 |" in card
    assert "Not for:" in card
    assert "objection/price 1" in card
    assert "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881" in card
    add_elsewhere(tmp_path, [JudgedSentence(gold, ())])
    added = (tmp_path / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert added.startswith(card.rstrip())
    assert "| objection.typed | 1 | 0.000 | 0.000 | 0.000 | 0.000 to 0.000 |" in added
    add_elsewhere(tmp_path, [JudgedSentence(gold, ())])
    assert (tmp_path / "MODEL_CARD.md").read_text(encoding="utf-8") == added
