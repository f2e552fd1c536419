"""Who calls and what they may do: bearer tokens, or a person at this machine."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.security import HTTPBearer

from core.errors import NotAuthenticated, NotPermitted
from core.store import Store
from core.store.tokens import find_token

bearer = HTTPBearer(auto_error=False, description="A token from `fieldback token create`.")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, and the scopes that they have."""

    name: str
    scopes: frozenset[str]

    def may(self, scope: str) -> bool:
        """True if the caller has the scope; `admin` includes all."""
        return scope in self.scopes or "admin" in self.scopes

    def demand(self, scope: str) -> None:
        """Nothing.

        Raises:
            NotPermitted: the caller lacks the scope.
        """
        if not self.may(scope):
            raise NotPermitted(f"the token {self.name!r} lacks the scope {scope}")


LOCAL = Caller("local", frozenset({"admin"}))
LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
PROXY_HEADERS = ("forwarded", "x-forwarded-for", "x-real-ip", "via")


def identify(
    request: Request, store: Store, secret: str | None, *, require_token: bool = False
) -> Caller:
    """Who calls: the owner of the token `secret`, or whoever sits at this machine.

    `require_token`: nobody is let in without a token, not even at this machine.

    Raises:
        NotAuthenticated: the token is unknown, or there is none and the call is not from here.
        NotPermitted: another site's page makes the call through the browser.
    """
    if secret is not None:
        return _find_owner(store, secret)
    if "authorization" in request.headers:
        raise NotAuthenticated("the Authorization header must be: Bearer and a token")
    if require_token:
        raise NotAuthenticated("a bearer token is needed")
    _check_local(request)
    if not _is_same_origin(request):
        raise NotPermitted("a page of another site may not call this server")
    return LOCAL


def _check_local(request: Request) -> None:
    """Nothing; a name of elsewhere may point here by DNS rebinding, or by a proxy."""
    if not _is_loopback(request.client.host if request.client else ""):
        raise NotAuthenticated("a bearer token is needed from other machines")
    if any(name in request.headers for name in PROXY_HEADERS):
        raise NotAuthenticated("a bearer token is needed through a proxy")
    if request.url.hostname not in LOCAL_NAMES:
        raise NotAuthenticated("a bearer token is needed when the server is asked by a public name")


def _find_owner(store: Store, secret: str) -> Caller:
    with store.read() as conn:
        token = find_token(conn, secret)
    if token is None:
        raise NotAuthenticated("the token is unknown or was revoked")
    return Caller(token.name, frozenset(token.scopes))


def _is_loopback(host: str) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback


def _is_same_origin(request: Request) -> bool:
    """False if a browser says that the page of another site makes this call."""
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")
