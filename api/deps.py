"""What routes ask for, as `Annotated` dependencies."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Annotated

from fastapi import Depends, Query, Request, Response, Security
from fastapi.security import HTTPAuthorizationCredentials

from api.auth import Caller, bearer, identify
from api.conditional import Conditional
from api.pages import PageRequest
from api.resources import Published, Resources
from core.errors import InputError
from core.snapshot import Scope


def get_resources(request: Request) -> Resources:
    """What all requests share."""
    resources: Resources = request.app.state.resources
    return resources


Shared = Annotated[Resources, Depends(get_resources)]


def get_published(resources: Shared) -> Published:
    """What is published now."""
    return resources.published()


def get_caller(
    request: Request,
    resources: Shared,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Security(bearer)],
) -> Caller:
    """Who calls."""
    secret = None if credentials is None else credentials.credentials
    require_token = resources.settings.require_token
    return identify(request, resources.store, secret, require_token=require_token)


def _demand(scope: str) -> Callable[[Caller], Caller]:
    """A dependency that gives the caller, if they have the scope."""

    def demand(caller: Annotated[Caller, Depends(get_caller)]) -> Caller:
        caller.demand(scope)
        return caller

    return demand


def get_conditional(request: Request, response: Response) -> Conditional:
    """The request and its answer, to compare ETags."""
    return Conditional(request, response)


def get_scope(
    segment: Annotated[
        list[str] | None, Query(description="`dimension:value`; may be repeated.")
    ] = None,
    since: Annotated[date | None, Query(description="First day, UTC.")] = None,
    until: Annotated[date | None, Query(description="Last day, UTC.")] = None,
) -> Scope:
    """Which conversations the answer is about."""
    if since is not None and until is not None and since > until:
        raise InputError(f"since: {since} is later than until: {until}")
    return Scope(read_segments("segment", segment or []), since, until)


def get_page(
    request: Request,
    limit: Annotated[int, Query(ge=1, le=200, description="Items in one answer.")] = 20,
    cursor: Annotated[str | None, Query(description="`next_cursor` of the answer before.")] = None,
) -> PageRequest:
    """Which part of a list is asked for."""
    wishes = [pair for pair in request.query_params.multi_items() if pair[0] not in _PAGING]
    return PageRequest(limit, cursor, f"{request.url.path}?{sorted(wishes)}")


def read_segments(name: str, texts: list[str]) -> tuple[tuple[str, str], ...]:
    """(dimension, value) of each `dimension:value` (or `dimension=value`).

    Raises:
        InputError: one has another form.
    """
    return tuple(_read_segment(name, text) for text in texts)


def _read_segment(name: str, text: str) -> tuple[str, str]:
    places = [place for place in (text.find(":"), text.find("=")) if place >= 0]
    cut = min(places, default=0)
    dimension, value = text[:cut].strip(), text[cut + 1 :].strip()
    if not dimension or not value:
        raise InputError(f"{name}: {text!r} is not of the form dimension:value")
    return dimension, value


_PAGING = frozenset({"limit", "cursor"})
InsightsReader = Annotated[Caller, Depends(_demand("insights:read"))]
EvidenceReader = Annotated[Caller, Depends(_demand("evidence:read"))]
Admin = Annotated[Caller, Depends(_demand("admin"))]
PersonaWriter = Annotated[Caller, Depends(_demand("personas:write"))]
Current = Annotated[Published, Depends(get_published)]
Asked = Annotated[Scope, Depends(get_scope)]
Paged = Annotated[PageRequest, Depends(get_page)]
Tagged = Annotated[Conditional, Depends(get_conditional)]
