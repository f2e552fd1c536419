"""`fieldback review`: judge what the extractor found, most informative first."""

from __future__ import annotations

import getpass
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any

import typer

from core.errors import FieldbackError, Mismatch
from core.settings import load_settings
from core.store import Store
from core.store.review import Unjudged
from core.store.verdicts import give_verdict
from core.vocabulary import Mention, MentionKind, VerdictKind
from models.review import Question, find_label, read_queue
from models.taxonomy import Taxonomy, load_taxonomy
from pipeline.output import out, print_json

ANSWERS = "[r]ight [w]rong other [t]ype [s]kip [q]uit: "
VERDICTS = {"r": VerdictKind.RIGHT, "w": VerdictKind.WRONG, "t": VerdictKind.OTHER_TYPE}
QUIT = "q"


class ReviewFormat(StrEnum):
    """Whether to ask, or to list what would be asked."""

    ASK = "ask"
    JSON = "json"


def review(
    kind: Annotated[MentionKind | None, typer.Option(help="Only of this kind.")] = None,
    type_: Annotated[str | None, typer.Option("--type", help="Only of this type.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many.")] = 20,
    by: Annotated[str | None, typer.Option(help="Who judges; the user's name if left out.")] = None,
    format: Annotated[ReviewFormat, typer.Option(help="Ask, or list.")] = ReviewFormat.ASK,
) -> None:
    """Judge mentions: right, wrong or another type; verdicts hold at once and are kept."""
    taxonomy = load_taxonomy()
    with closing(Store.open_migrated(load_settings().store_url)) as store:
        with store.read() as conn:
            questions = read_queue(conn, taxonomy, kind=kind, type_=type_, n=limit)
        if format is ReviewFormat.JSON:
            print_json([_record(question) for question in questions])
        else:
            _ask_all(store, questions, taxonomy, by or getpass.getuser())


def _ask_all(store: Store, questions: Sequence[Question], taxonomy: Taxonomy, by: str) -> None:
    given = Counter[str]()
    for number, question in enumerate(questions, start=1):
        _show(question, taxonomy, f"{number} of {len(questions)}")
        answer = _ask_one(store, question.item, taxonomy, by)
        if answer == QUIT:
            break
        given[answer] += 1
    n_judged = sum(given.values()) - given["skipped"]
    told = ", ".join(f"{n} {name}" for name, n in sorted(given.items()))
    out().print(f"judged {n_judged}" + (f": {told}" if told else ""))


def _show(question: Question, taxonomy: Taxonomy, number: str) -> None:
    item, console = question.item, out()
    mention = item.mention
    state = "counted" if item.is_counted else "not counted"
    console.print(f"\n{number}, {state}, confidence {mention.confidence:.2f}")
    for sentence in question.before:
        console.print(f"    {sentence.role}: {sentence.text}", soft_wrap=True)
    console.print(f"  > {mention.quote}", soft_wrap=True)
    value = f" = {mention.value}" if mention.value else ""
    name = taxonomy.name(mention.kind, mention.type)
    console.print(f"  {mention.kind}/{mention.type} ({name}){value}?", soft_wrap=True)


def _ask_one(store: Store, item: Unjudged, taxonomy: Taxonomy, by: str) -> str:
    """What was said: a verdict, `skipped`, or `q`; asks until it is one of them."""
    while True:
        answer = _read_answer(ANSWERS)
        try:
            if answer in VERDICTS:
                kind = VERDICTS[answer]
                is_other = kind is VerdictKind.OTHER_TYPE
                to = _ask_type(item.mention, taxonomy) if is_other else None
                return _judge(store, item, kind, to, by)
        except Mismatch as error:
            out().print(str(error), soft_wrap=True)
        except FieldbackError as error:  # it went meanwhile, with its conversation
            out().print(str(error), soft_wrap=True)
            return "skipped"
        if answer == "s":
            return "skipped"
        if answer == QUIT:
            return QUIT


def _judge(
    store: Store, item: Unjudged, kind: VerdictKind, to: tuple[MentionKind, str] | None, by: str
) -> str:
    with store.begin() as conn:
        give_verdict(conn, item.id, kind, to=to, by=by, now=datetime.now(UTC))
    return kind.replace("_", " ")


def _ask_type(mention: Mention, taxonomy: Taxonomy) -> tuple[MentionKind, str]:
    """The kind and type that are typed, as `type` or `kind/type`.

    Raises:
        Mismatch: there is no such type.
    """
    typed = _read_answer("type, or kind/type: ")
    kind, slash, type_ = typed.rpartition("/")
    if slash and kind not in set(MentionKind):
        raise Mismatch(f"{kind!r} is none of {', '.join(MentionKind)}")
    return find_label(taxonomy, type_, MentionKind(kind) if slash else mention.kind)


def _read_answer(prompt: str) -> str:
    """A line of stdin, or `q` where it ends."""
    sys.stdout.write(prompt)
    sys.stdout.flush()
    line = sys.stdin.readline()
    return line.strip().lower() if line else QUIT


def _record(question: Question) -> dict[str, Any]:
    item = question.item
    return {
        "id": item.id,
        "conversation": item.conversation_id,
        "before": [{"role": said.role, "text": said.text} for said in question.before],
        **item.mention.as_row(),
        "is_counted": item.is_counted,
    }
