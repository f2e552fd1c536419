"""`fieldback token …`: who may ask the API."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from core.settings import load_settings
from core.store import Store
from core.store.tokens import SCOPES, create_token, list_tokens, revoke_token
from pipeline.output import err, print_table

app = typer.Typer(help="Bearer tokens of the API.", no_args_is_help=True)


@app.command()
def create(
    name: Annotated[str, typer.Option(help="Whose token it is.")] = "default",
    scope: Annotated[
        list[str] | None, typer.Option(help=f"One of {', '.join(SCOPES)}; may be repeated.")
    ] = None,
) -> None:
    """Make a token and print it; it is shown this once."""
    with Store.open_migrated(load_settings().store_url).begin() as conn:
        secret = create_token(
            conn, name=name, scopes=scope or ["insights:read"], now=datetime.now(UTC)
        )
    err().print("keep it safe: only its hash is stored")
    typer.echo(secret)


@app.command("list")
def list_() -> None:
    """List the tokens in force."""
    with Store.open_migrated(load_settings().store_url).read() as conn:
        tokens = list_tokens(conn)
    print_table(["!id", "name", "scopes"], [[t.id, t.name, ", ".join(t.scopes)] for t in tokens])


@app.command()
def revoke(token: Annotated[str, typer.Argument(help="The token's id.")]) -> None:
    """Take a token out of force."""
    with Store.open_migrated(load_settings().store_url).begin() as conn:
        revoke_token(conn, token)
