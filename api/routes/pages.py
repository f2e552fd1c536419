"""The pages: `/` for marketers and persona owners, `/docs` for programs; both work offline."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, HTMLResponse, Response

from core.errors import NotFound

router = APIRouter(include_in_schema=False)
FOLDER = Path(__file__).parent.parent / "web"
ASSETS = {"page.css": "text/css", "page.js": "text/javascript"}
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; "
    "connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


@router.get("/")
def get_page() -> Response:
    """The page."""
    return FileResponse(FOLDER / "index.html", media_type="text/html", headers=HEADERS)


@router.get("/web/{name}")
def get_asset(name: str) -> Response:
    """The page's style or script."""
    if name not in ASSETS:
        raise NotFound(f"no page {name!r}")
    return FileResponse(FOLDER / name, media_type=ASSETS[name], headers=HEADERS)


@router.get("/docs")
def get_docs(request: Request) -> Response:
    """Every route with its parameters, drawn from the OpenAPI description."""
    api = request.app.openapi()
    routes = "".join(
        _describe_route(path, method, operation)
        for path, operations in api["paths"].items()
        for method, operation in operations.items()
    )
    title = f"Fieldback API {escape(api['info']['version'])}"
    return HTMLResponse(
        f"""<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,"><link rel="stylesheet" href="/web/page.css">
<header><h1>{title}</h1><a href="/">Page</a> <a href="/openapi.json">openapi.json</a></header>
<main>{routes}</main></html>""",
        headers=HEADERS,
    )


def _describe_route(path: str, method: str, operation: dict[str, Any]) -> str:
    """One route as HTML."""
    rows = "".join(_describe_parameter(found) for found in operation.get("parameters", ()))
    table = f"<table><tbody>{rows}</tbody></table>" if rows else ""
    title = f"{method.upper()} {path}"
    return (
        f"<section><h2><code>{escape(title)}</code></h2>"
        f"<p>{escape(operation.get('description', ''))}</p>{table}</section>"
    )


def _describe_parameter(parameter: dict[str, Any]) -> str:
    """One parameter as a row."""
    need = "needed" if parameter.get("required") else "optional"
    cells = (parameter["name"], parameter["in"], need, parameter.get("description", ""))
    return f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"
