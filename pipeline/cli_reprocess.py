"""`fieldback reprocess`: the stored history through a new model or an edited taxonomy."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from core.errors import FieldbackError
from core.settings import Settings, load_settings
from core.store import Store
from core.store.relabelled import Standing
from models.relabelling import ANY_TYPE, LabelComparison, Scope, Tally
from pipeline.environment import prepare_environment
from pipeline.output import (
    Format,
    err,
    out,
    print_csv,
    print_json,
    print_table,
    show_progress,
)

COUNTS = ("old", "new", "kept", "added", "removed")


def reprocess(
    compare: Annotated[bool, typer.Option("--compare", help="Show what would change.")] = False,
    switch: Annotated[bool, typer.Option("--switch", help="Put the new labels in force.")] = False,
    discard: Annotated[bool, typer.Option("--discard", help="Drop the new labels.")] = False,
    examples: Annotated[int, typer.Option(min=0, help="Quotes a type, added and removed.")] = 2,
    format: Annotated[Format, typer.Option(help="How to print the comparison.")] = Format.TABLE,
) -> None:
    """Label the stored history anew, aside, and compare; --switch puts it in force."""
    if compare + switch + discard > 1:
        raise FieldbackError("use one of --compare, --switch and --discard")
    settings = load_settings()
    Store.open_migrated(settings.store_url)
    if switch:
        _switch(settings)
    elif discard:
        _discard(settings)
    else:
        if not compare:
            _relabel(settings)
        _compare(settings, examples, format)


def _relabel(settings: Settings) -> None:
    prepare_environment(settings)
    from pipeline.flow import run_reprocess

    with show_progress() as progress:
        counts = run_reprocess(settings, progress=progress)
    err().print(f"re-labelled {counts.get('n_relabelled', 0)} conversations")


def _switch(settings: Settings) -> None:
    from pipeline.reprocess import switch

    standing = switch(settings)
    out().print(
        f"{standing.n_done} conversations are now labelled by version {standing.version}; "
        "the next night finds themes for what is new, and publishes"
    )


def _discard(settings: Settings) -> None:
    from pipeline.reprocess import discard

    out().print(f"dropped the new labels of {discard(settings)} conversations")


def _compare(settings: Settings, n_examples: int, format: Format) -> None:
    from pipeline.reprocess import compare

    standing, comparison = compare(settings, n_examples=n_examples)
    if format is Format.JSON:
        print_json(_record(standing, comparison))
    elif format is Format.CSV:
        print_csv([_flat(row) for row in _changes(comparison)])
    else:
        _print_comparison(standing, comparison)


def _record(standing: Standing, comparison: LabelComparison) -> dict[str, Any]:
    """The comparison as plain data."""
    return {
        "version": standing.version,
        "versions": dict(standing.versions),
        "n_outdated": standing.n_outdated,
        "n_done": standing.n_done,
        "n_sentences": comparison.n_sentences,
        "n_labelled": comparison.n_labelled,
        "n_changed": comparison.n_changed,
        "n_values_changed": comparison.n_values,
        "share_unchanged": comparison.share_unchanged,
        "changes": _changes(comparison),
        "examples": [
            {
                "change": change.fate,
                "conversation": change.conversation_id,
                **change.mention.as_row(),
            }
            for change in comparison.examples
        ],
    }


def _changes(comparison: LabelComparison) -> list[dict[str, Any]]:
    return [
        {
            "kind": kind,
            "type": None if type_ == ANY_TYPE else type_,
            "mentions": _tally(comparison.mentions((kind, type_))),
            "conversations": _tally(comparison.conversations((kind, type_))),
        }
        for kind, type_ in comparison.scopes()
    ]


def _tally(tally: Tally) -> dict[str, int]:
    return {name: getattr(tally, name) for name in COUNTS}


def _flat(change: dict[str, Any]) -> dict[str, Any]:
    """A row of the comparison without nesting."""
    counts = {
        f"{unit}_{name}": change[unit][name]
        for unit in ("mentions", "conversations")
        for name in COUNTS
    }
    return {"kind": change["kind"], "type": change["type"] or "", **counts}


def _print_comparison(standing: Standing, comparison: LabelComparison) -> None:
    labelled = ", ".join(f"{n} by {version}" for version, n in standing.versions.items())
    console = out()
    console.print(f"labelled: {labelled or 'nothing yet'}; the extractor is {standing.version}")
    if not standing.n_outdated:
        console.print("nothing to do")
        return
    console.print(
        f"{standing.n_done} of {standing.n_outdated} conversations are re-labelled; "
        f"{100 * comparison.share_unchanged:.1f} % of their {comparison.n_sentences} sentences are "
        f"unchanged: {comparison.n_changed} differ, {comparison.n_labelled} have a mention in "
        f"either; {comparison.n_values} traits have another value"
    )
    for heading, tally_of in (
        ("mentions", comparison.mentions),
        ("conversations that have them", comparison.conversations),
    ):
        print_table(
            [f"!{heading}", *(f"#{name}" for name in COUNTS)],
            [_row(scope, tally_of(scope)) for scope in comparison.scopes()],
        )
    print_table(
        ["change", "kind", "type", "in their words"],
        [
            [change.fate, change.mention.kind, change.mention.type, f"“{change.mention.quote}”"]
            for change in comparison.examples
        ],
    )
    if standing.n_done == standing.n_outdated:
        console.print("fieldback reprocess --switch puts the new labels in force")


def _row(scope: Scope, tally: Tally) -> list[str]:
    kind, type_ = scope
    name = kind if type_ == ANY_TYPE else f"  {type_}"
    return [name, *(str(n) for n in _tally(tally).values())]
