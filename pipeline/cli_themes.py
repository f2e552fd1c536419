"""`fieldback theme …`: what people change of themes, take back, and decide of proposals."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from sqlalchemy import Connection

from core.settings import load_settings
from core.store import Store
from core.store.theme_members import read_quotes
from core.store.theme_proposals import StoredProposal, list_proposals
from core.store.themes import read_decisions, read_lineage, read_names, read_theme
from core.vocabulary import ProposalAction
from models import theme_decisions
from models.theme_decisions import Decision
from pipeline.output import Format, out, print_csv, print_json, print_table

app = typer.Typer(help="Themes: names, merges, splits, proposals.", no_args_is_help=True)

ThemeId = Annotated[str, typer.Argument(help="The theme's id.")]
ProposalId = Annotated[str, typer.Argument(help="The proposal's id.")]
By = Annotated[str | None, typer.Option(help="Who decides; the user's name if left out.")]
Reason = Annotated[str, typer.Option(help="Why; it is kept with the change.")]
As = Annotated[Format, typer.Option(help="How to print.")]
N_QUOTES = 2


@app.command("list")
def list_(
    kind: Annotated[str | None, typer.Option(help="Only of this kind.")] = None,
    all_: Annotated[
        bool, typer.Option("--all", help="Hidden, merged and retired ones too.")
    ] = False,
    format: As = Format.TABLE,
) -> None:
    """List themes, the largest first."""
    with _view() as conn:
        rows = sorted(read_names(conn).values(), key=lambda row: (-row.weight, row.id))
    records = [
        {
            "id": row.id,
            "kind": row.kind,
            "type": row.type,
            "label": row.label,
            "status": row.status,
            "n_mentions": row.weight,
        }
        for row in rows
        if (all_ or row.status == "active") and kind in (None, row.kind)
    ]
    _print(records, format, ["!id", "kind", "type", "label", "status", "#mentions"])


@app.command()
def show(theme: ThemeId, format: As = Format.TABLE) -> None:
    """Show a theme and its lineage; an old id leads to where the theme went."""
    with _view() as conn:
        home = read_decisions(conn).merged.get(theme, theme)
        row, entries = read_theme(conn, home), read_lineage(conn, home)
    records = [
        {
            "id": entry.id,
            "night": str(entry.night),
            "event": entry.event,
            "by": entry.by,
            "reason": entry.reason,
        }
        for entry in entries
    ]
    if format is Format.JSON:
        print_json({"id": row.id, "label": row.label, "status": row.status, "lineage": records})
        return
    if format is Format.TABLE:
        out().print(f"{row.label} ({row.id}), {row.status}, {row.weight} mentions")
    _print(records, format, ["!entry", "night", "event", "by", "reason"])


@app.command()
def rename(theme: ThemeId, label: str, by: By = None, reason: Reason = "") -> None:
    """Give a theme a name that nothing automatic changes again."""
    with _change() as conn:
        theme_decisions.rename(conn, theme, label, _decide(by, reason))
    out().print("renamed")


@app.command()
def merge(
    theme: ThemeId,
    into: Annotated[str, typer.Argument(help="The theme that it becomes a part of.")],
    by: By = None,
    reason: Reason = "",
) -> None:
    """Make a theme a part of another; its id leads there from now on."""
    with _change() as conn:
        theme_decisions.merge(conn, theme, into, _decide(by, reason))
    out().print(f"merged into {into}")


@app.command()
def split(
    theme: ThemeId,
    mentions: Annotated[list[str], typer.Argument(help="Ids of the mentions that leave.")],
    by: By = None,
    reason: Reason = "",
) -> None:
    """Give some mentions of a theme a theme of their own."""
    with _change() as conn:
        [part] = theme_decisions.split(conn, theme, [mentions], _decide(by, reason))
    out().print(f"split off {part}")


@app.command()
def hide(theme: ThemeId, by: By = None, reason: Reason = "") -> None:
    """Take a theme out of every list."""
    with _change() as conn:
        theme_decisions.hide(conn, theme, _decide(by, reason))
    out().print("hidden")


@app.command()
def unhide(theme: ThemeId, by: By = None, reason: Reason = "") -> None:
    """Bring a hidden theme back into the lists."""
    with _change() as conn:
        theme_decisions.show(conn, theme, _decide(by, reason))
    out().print("in sight again")


@app.command()
def undo(
    theme: ThemeId,
    entry: Annotated[str | None, typer.Option(help="The lineage entry; else the last.")] = None,
    by: By = None,
    reason: Reason = "",
) -> None:
    """Take a change back: the last that stands, or the one that is named."""
    with _change() as conn:
        undone = theme_decisions.undo_change(conn, theme, _decide(by, reason), entry)
    out().print(f"took back: {undone.event}, {undone.night}, by {undone.by}")


@app.command()
def proposals(format: As = Format.TABLE) -> None:
    """List the merges and splits that are proposed, with what speaks for them."""
    with _view() as conn:
        names = {key: row.label for key, row in read_names(conn).items()}
        records = [_describe(conn, proposal, names) for proposal in list_proposals(conn)]
    _print(records, format, ["!id", "proposal", "#likeness", "#mentions", "words", "quotes"])


@app.command()
def accept(proposal: ProposalId, by: By = None, reason: Reason = "") -> None:
    """Do what is proposed."""
    with _change() as conn:
        themes = theme_decisions.accept(conn, proposal, _decide(by, reason))
    out().print(f"accepted: {', '.join(themes)}")


@app.command()
def decline(
    proposal: ProposalId,
    reason: Annotated[str, typer.Option(help="Why; it is kept with the decision.")],
    by: By = None,
) -> None:
    """Turn a proposal down until much more speaks for it."""
    with _change() as conn:
        theme_decisions.decline(conn, proposal, _decide(by, reason))
    out().print("declined")


@contextmanager
def _view() -> Iterator[Connection]:
    """A consistent view of the store."""
    with closing(Store.open_migrated(load_settings().store_url)) as store, store.read() as conn:
        yield conn


@contextmanager
def _change() -> Iterator[Connection]:
    """A transaction in which a change is made."""
    with closing(Store.open_migrated(load_settings().store_url)) as store, store.begin() as conn:
        yield conn


def _decide(by: str | None, reason: str) -> Decision:
    """The decision of whoever sits here, made now."""
    now = datetime.now(UTC)
    return Decision(by or getpass.getuser(), now, now.date(), reason)


def _describe(conn: Connection, proposal: StoredProposal, names: dict[str, str]) -> dict[str, Any]:
    quotes = [q.quote for group in proposal.groups for q in read_quotes(conn, group[:N_QUOTES])]
    label = f"“{names[proposal.theme_id]}”"
    if proposal.action == ProposalAction.MERGE:
        change = f"merge {label} into “{names[str(proposal.other_id)]}”"
    else:
        sizes = " + ".join(str(len(group)) for group in proposal.groups)
        change = f"split {label}: {sizes}"
    return {
        "id": proposal.id,
        "change": change,
        "likeness": round(proposal.likeness, 2),
        "n_mentions": proposal.n_mentions,
        "words": list(proposal.words),
        "quotes": quotes,
    }


def _print(records: list[dict[str, Any]], format: Format, columns: list[str]) -> None:
    """Records as they were asked for."""
    if format is Format.JSON:
        print_json(records)
    elif format is Format.CSV:
        print_csv(records)
    else:
        print_table(columns, [[_cell(value) for value in record.values()] for record in records])


def _cell(value: Any) -> str:
    return " · ".join(value) if isinstance(value, list) else str(value)
