"""Errors as RFC 9457 problems, whatever went wrong."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException

from api.conditional import NotModified, answer_not_modified
from core.errors import (
    Conflict,
    FieldbackError,
    InputError,
    Mismatch,
    NotAuthenticated,
    NotFound,
    NotPermitted,
    NotPublished,
    RunLocked,
)
from core.logs import get_log

STATUSES: Mapping[type[FieldbackError], int] = {
    NotPublished: 503,
    NotFound: 404,
    Conflict: 409,
    Mismatch: 422,
    RunLocked: 409,
    NotAuthenticated: 401,
    NotPermitted: 403,
    InputError: 400,
    FieldbackError: 500,
}
"""The first that fits decides: the special before the general."""


def add_error_handlers(app: FastAPI) -> None:
    """Makes an app answer every error as a problem."""
    app.add_exception_handler(NotModified, answer_not_modified)
    app.add_exception_handler(FieldbackError, _answer_ours)
    app.add_exception_handler(RequestValidationError, _answer_invalid)
    app.add_exception_handler(HTTPException, _answer_http)
    app.add_exception_handler(OperationalError, _answer_no_database)
    app.add_exception_handler(Exception, _answer_unforeseen)


def answer_problem(
    request: Request,
    status: int,
    detail: str,
    *,
    headers: Mapping[str, str] | None = None,
    **members: Any,
) -> Response:
    """A problem; its type is `about:blank`, so that the status says what kind it is."""
    content = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "instance": request.url.path,
        **members,
    }
    return JSONResponse(
        content, status, headers=dict(headers or {}), media_type="application/problem+json"
    )


def status_of(error: FieldbackError) -> int:
    """The HTTP status of one of our errors."""
    return next(status for kind, status in STATUSES.items() if isinstance(error, kind))


def _answer_ours(request: Request, error: Exception) -> Response:
    status = status_of(error) if isinstance(error, FieldbackError) else 500
    headers = {"WWW-Authenticate": 'Bearer realm="fieldback"'} if status == 401 else None
    return answer_problem(request, status, str(error), headers=headers)


def _answer_invalid(request: Request, error: Exception) -> Response:
    found = error.errors() if isinstance(error, RequestValidationError) else []
    problems = [
        {"place": ".".join(str(part) for part in entry["loc"]), "reason": entry["msg"]}
        for entry in found
    ]
    detail = "; ".join(f"{problem['place']}: {problem['reason']}" for problem in problems)
    return answer_problem(request, 422, detail, errors=problems)


def _answer_http(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        return _answer_unforeseen(request, error)
    return answer_problem(request, error.status_code, error.detail, headers=error.headers)


def _answer_no_database(request: Request, error: Exception) -> Response:
    get_log().error("the database does not answer", error=type(error).__name__)
    return answer_problem(request, 503, "the database does not answer")


def _answer_unforeseen(request: Request, error: Exception) -> Response:
    get_log().error("request failed", path=request.url.path, error=type(error).__name__)
    return answer_problem(request, 500, "an error of the server; its log says more")
