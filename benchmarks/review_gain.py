"""What 300 verdicts are worth, by simulation: `python -m benchmarks.review_gain [N]`.

A company's calls are not like the corpus: so the model learns from one group of writers (`START`)
and reads families of others, an eighth of all. A reviewer who knows the labels judges the first N
mentions of the review queue there; the model learns again, with the verdicts; the figures before
and after are of another eighth, which nothing has seen. Results are kept in
`benchmarks/results/review_gain.json`. It needs what training needs, and about 10 minutes.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from itertools import islice
from pathlib import Path

from core.store.review import Unjudged
from core.vocabulary import Mention
from models.corpus import Label, LabelledConversation, load_corpus
from models.decisions import save_decisions
from models.evaluation import Figure, JudgedSentence, measure_all
from models.extraction import ARTIFACTS, Extractor
from models.review import order_queue
from models.training.held_out import judge_extractor
from models.training.options import load_options
from models.training.train import fit_decisions, fit_models

RESULTS = Path(__file__).parent / "results" / "review_gain.json"
START = tuple(f"w{number}-" for number in range(1, 9))
N_VERDICTS = 300
EPOCHS = 4  # fewer than in training: it is before and after that are compared


def split(
    conversations: Iterable[LabelledConversation],
) -> tuple[list[LabelledConversation], ...]:
    """What is learnt from, what thresholds are fitted on, what is judged, what is measured."""
    known, others = list[LabelledConversation](), list[LabelledConversation]()
    for conversation in conversations:
        (known if conversation.path.startswith(START) else others).append(conversation)
    families = sorted({conversation.family for conversation in known})
    fitted_on = set(families[::8])
    strange = sorted({conversation.family for conversation in others})
    pool, measured = set(strange[::8]), set(strange[4::8])
    return (
        [c for c in known if c.family not in fitted_on],
        [c for c in known if c.family in fitted_on],
        [c for c in others if c.family in pool],
        [c for c in others if c.family in measured],
    )


def learn(
    conversations: Sequence[LabelledConversation], fitted_on: Sequence[LabelledConversation]
) -> Extractor:
    """The extractor learnt from these."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        shutil.copy(ARTIFACTS / "encoder_tokenizer.json", directory)
        options = load_options().model_copy(update={"epochs": EPOCHS})
        fit_models(conversations, directory, options)
        save_decisions(directory / "mentions.json", fit_decisions(fitted_on, directory))
        return Extractor.load(directory)


def give_verdicts(
    extractor: Extractor, pool: Sequence[LabelledConversation], n: int
) -> list[LabelledConversation]:
    """The conversations in which one of the first `n` mentions of the queue stands.

    Only the judged sentences teach: their labels are what the reviewer said of the mentions asked
    for, and beside it what the extractor was sure of.
    """
    judged = judge_extractor(extractor, pool, with_unsure=True)
    items = {
        f"{place}/{number}": (place, mention)
        for place, sentence in enumerate(judged)
        for number, mention in enumerate(sentence.mentions)
    }
    found = (
        Unjudged(
            id=key,
            conversation_id="",
            mention=mention,
            is_counted=mention.is_sure,
            started_at=None,
        )
        for key, (_, mention) in items.items()
    )
    asked = [items[item.id] for item in islice(order_queue(found, ()), n)]
    answers: dict[int, list[Mention]] = {}
    for place, mention in asked:
        answers.setdefault(place, []).append(mention)
    labels = {place: _answer(judged[place], own) for place, own in answers.items()}
    at = iter(range(len(judged)))
    taught = [_teach(conversation, labels, at) for conversation in pool]
    return [c for c in taught if any(sentence.is_judged for sentence in c.sentences)]


def _answer(sentence: JudgedSentence, asked: Sequence[Mention]) -> tuple[Label, ...]:
    """The labels of a sentence after the verdicts on these mentions: those of their kinds as the
    reviewer knows them, those of other kinds as the extractor was sure of them."""
    kinds = {mention.kind for mention in asked}
    told = [label for label in sentence.gold.labels if label.kind in kinds]
    sure = [m for m in sentence.mentions if m.is_sure and m.kind not in kinds]
    return (*told, *(Label(m.kind, m.type, m.value) for m in sure))


def _teach(
    conversation: LabelledConversation,
    labels: dict[int, tuple[Label, ...]],
    at: Iterable[int],
) -> LabelledConversation:
    """The conversation, judged where there is an answer; `at` are the places of its sentences."""
    places = zip(conversation.sentences, at, strict=False)
    sentences = [
        replace(sentence, labels=labels.get(place, ()), is_judged=place in labels)
        for sentence, place in places
    ]
    return replace(conversation, sentences=sentences)


def main() -> None:
    """Prints the figures before and after, and keeps them."""
    n = int(sys.argv[1]) if len(sys.argv) > 1 else N_VERDICTS
    seen, fitted_on, pool, measured = split(load_corpus())
    before = learn(seen, fitted_on)
    verdicts = give_verdicts(before, pool, n)
    after = learn([*seen, *verdicts], fitted_on)
    results = {
        "n_verdicts": n,
        "before": _figures(measure_all(judge_extractor(before, measured))),
        "after": _figures(measure_all(judge_extractor(after, measured))),
    }
    text = json.dumps(results, indent=1) + "\n"
    sys.stdout.write(text)
    RESULTS.write_text(text, encoding="utf-8")


def _figures(figures: dict[str, Figure]) -> dict[str, dict[str, float]]:
    """The figures as plain data."""
    return {name: asdict(figure) for name, figure in figures.items()}


if __name__ == "__main__":
    main()
