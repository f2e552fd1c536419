"""`fieldback personas …`: the persona owner's work."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
import yaml

from core.settings import load_settings
from core.store import Store
from core.store.personas import list_personas, read_persona
from core.store.suggestions import (
    Suggestion,
    accept_suggestion,
    list_suggestions,
    read_evidence,
    reject_suggestion,
)
from core.vocabulary import SuggestionStatus
from pipeline.output import Format, out, print_csv, print_json, print_table

app = typer.Typer(help="Personas, suggested changes and decisions.", no_args_is_help=True)

Slug = Annotated[str, typer.Argument(help="The persona's slug.")]
SuggestionId = Annotated[str, typer.Argument(help="The suggestion's id.")]
By = Annotated[str | None, typer.Option(help="Who decides; the user's name if left out.")]


@app.command("list")
def list_(
    format: Annotated[Format, typer.Option(help="How to print.")] = Format.TABLE,
) -> None:
    """List personas with their open suggestions."""
    with Store.open_migrated(load_settings().store_url).read() as conn:
        open_ = list_suggestions(conn, status=SuggestionStatus.PENDING)
        rows = [
            {
                "slug": persona.slug,
                "name": persona.name,
                "owner": persona.owner or "",
                "version": persona.version,
                "open_suggestions": sum(s.persona == persona.slug for s in open_),
            }
            for persona in list_personas(conn)
        ]
    if format is Format.JSON:
        print_json(rows)
    elif format is Format.CSV:
        print_csv(rows)
    else:
        print_table(
            ["slug", "name", "owner", "#version", "#open suggestions"],
            [[str(value) for value in row.values()] for row in rows],
        )


@app.command()
def show(slug: Slug) -> None:
    """Show a persona as it stands."""
    with Store.open_migrated(load_settings().store_url).read() as conn:
        persona = read_persona(conn, slug)
    out().print(f"{persona.name} ({persona.slug}), version {persona.version}")
    print_table(["field", "values"], [[k, "; ".join(v)] for k, v in sorted(persona.fields.items())])


@app.command()
def suggest(
    slug: Annotated[str | None, typer.Argument(help="Only this persona.")] = None,
    format: Annotated[Format, typer.Option(help="How to print.")] = Format.TABLE,
    quotes: Annotated[int, typer.Option(min=0, help="Quotes a suggestion.")] = 2,
) -> None:
    """Show suggested changes, each with its evidence."""
    with Store.open_migrated(load_settings().store_url).read() as conn:
        if slug is not None:
            read_persona(conn, slug)
        found = list_suggestions(conn, persona=slug, status=SuggestionStatus.PENDING)
        records = [
            _record(s, [e.quote for e in read_evidence(conn, s.id, limit=quotes)]) for s in found
        ]
    if format is Format.JSON:
        print_json(records)
    elif format is Format.CSV:
        print_csv(records)
    else:
        print_table(
            ["!id", "persona", "change", "#of", "#accounts", "in their words"],
            [_row(record) for record in records],
        )


@app.command()
def accept(
    suggestion: SuggestionId,
    by: By = None,
    reason: Annotated[str | None, typer.Option(help="Why.")] = None,
) -> None:
    """Put a suggestion into its persona."""
    with Store.open_migrated(load_settings().store_url).begin() as conn:
        version = accept_suggestion(
            conn, suggestion, by=by or getpass.getuser(), reason=reason, now=datetime.now(UTC)
        )
    out().print(f"accepted; the persona is at version {version}")


@app.command()
def reject(
    suggestion: SuggestionId,
    reason: Annotated[str, typer.Option(help="Why; it is kept with the decision.")],
    by: By = None,
) -> None:
    """Turn a suggestion down."""
    with Store.open_migrated(load_settings().store_url).begin() as conn:
        reject_suggestion(
            conn, suggestion, by=by or getpass.getuser(), reason=reason, now=datetime.now(UTC)
        )
    out().print("rejected")


@app.command()
def export() -> None:
    """Print all personas as YAML, in the form that a source may hold."""
    with Store.open_migrated(load_settings().store_url).read() as conn:
        personas = [
            {
                "slug": persona.slug,
                "name": persona.name,
                "owner": persona.owner,
                "match": {
                    "titles": list(persona.titles),
                    "industries": list(persona.industries),
                },
                "fields": {name: list(values) for name, values in persona.fields.items()},
            }
            for persona in list_personas(conn)
        ]
    typer.echo(
        yaml.safe_dump({"personas": personas}, sort_keys=False, allow_unicode=True), nl=False
    )


def _record(suggestion: Suggestion, quotes: list[str]) -> dict[str, Any]:
    return {
        "id": suggestion.id,
        "persona": suggestion.persona,
        "field": suggestion.field,
        "operation": suggestion.operation,
        "value": suggestion.value,
        "replaces": suggestion.replaces,
        "n_conversations": suggestion.n_conversations,
        "n_accounts": suggestion.n_accounts,
        "n_persona": suggestion.n_persona,
        "quotes": quotes,
    }


def _row(record: dict[str, Any]) -> list[str]:
    change = f"{record['field']}: {record['operation']} “{record['value']}”"
    if record["replaces"]:
        change += f" for “{record['replaces']}”"
    return [
        record["id"],
        record["persona"],
        change,
        f"{record['n_conversations']}/{record['n_persona']}",
        str(record["n_accounts"]),
        " · ".join(f"“{quote}”" for quote in record["quotes"]),
    ]
