"""Conditional requests: an answer that the caller has already is not given again (RFC 9110)."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Request, Response

from core.vocabulary import make_id

CACHING = {"Cache-Control": "private, no-cache", "Vary": "Authorization"}


class NotModified(Exception):
    """The caller has the current answer; `etag` names it."""

    def __init__(self, etag: str) -> None:
        self.etag = etag
        super().__init__(etag)


@dataclass(frozen=True, slots=True)
class Conditional:
    """A request and its answer, on which the ETag is set and compared."""

    request: Request
    response: Response

    def check(self, *parts: object) -> None:
        """Sets the ETag that `parts` make: all that the answer to this URL depends on.

        Raises:
            NotModified: the caller has this answer.
        """
        version = self.request.app.version
        etag = f'W/"{make_id("", version, *parts)[1:]}"'
        if etag in _candidates(self.request.headers.get("if-none-match", "")):
            raise NotModified(etag)
        self.response.headers.update({"ETag": etag, **CACHING})


def answer_not_modified(_request: Request, error: Exception) -> Response:
    """304 without a body."""
    etag = error.etag if isinstance(error, NotModified) else ""
    return Response(status_code=304, headers={"ETag": etag, **CACHING})


def _candidates(header: str) -> set[str]:
    """The tags of an If-None-Match header, all as weak ones."""
    tags = {part.strip() for part in header.split(",")}
    return {tag if tag.startswith("W/") else f"W/{tag}" for tag in tags if tag}
