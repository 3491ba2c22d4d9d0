"""Which headers pass the gateway, and the ones it writes itself.

Names are lower-case bytes, as ASGI has them.
"""

from collections.abc import Iterable, Sequence
from typing import Literal
from urllib.parse import quote

from gatelodge.catalog.applications import Application
from gatelodge.gateway.limits import UNLIMITED, Standing
from gatelodge.identity.users import User
from gatelodge.oauth.clients import Client

Header = tuple[bytes, bytes]

_HOP_BY_HOP = frozenset(
    {
        b"connection",
        b"expect",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
"""RFC 9110 section 7.6.1; ``expect`` was answered by this server already."""

UNTOLD = (
    # What the caller proves to us is not for the upstream; a cookie here is one of our own pages.
    b"authorization",
    b"cookie",
    # Only we say who called, and from where.
    b"forwarded",
    b"x-real-ip",
    b"x-request-id",
    # Some frameworks obey these: the operation would be another than the one that was checked.
    b"x-http-method",
    b"x-http-method-override",
    b"x-method-override",
    b"x-original-uri",
    b"x-original-url",
    b"x-rewrite-url",
)
"""Headers of a caller that no upstream gets."""

_NOT_FOR_UPSTREAM = _HOP_BY_HOP | frozenset(UNTOLD)
_FORGEABLE = (b"x-gatelodge-", b"x-forwarded-")

OURS_TO_SAY = (b"ratelimit", b"ratelimit-policy", b"x-request-id")
"""Headers of an answer that are the gateway's, whatever the upstream says."""

_NOT_FOR_CALLER = frozenset({b"set-cookie", *OURS_TO_SAY})
"""A cookie would land among those of our own pages."""

TOLD = (
    b"x-request-id",
    b"x-gatelodge-request-id",
    b"x-gatelodge-application-id",
    b"x-gatelodge-application-name",
    b"x-gatelodge-consumer-key",
    b"x-gatelodge-environment",
    b"x-gatelodge-scopes",
    b"x-gatelodge-user-id",
    b"x-gatelodge-user-login",
    b"x-gatelodge-user-account",
    b"x-gatelodge-plan",
)
"""Every header that tells an upstream which call it is and who calls."""

ROUTE = b"x-gatelodge-route"
TARGET = b"x-gatelodge-target"
FAULT = b"x-gatelodge-fault"
"""What is told to a proxy that asks: where the call goes, what to ask for there, a sealed fault."""

_SAFE = "".join(map(chr, range(0x20, 0x7F))).replace("%", "")

VIA: Header = (b"via", b"1.1 gatelodge")

CORS: Sequence[Header] = (
    (b"access-control-allow-origin", b"*"),
    (
        b"access-control-expose-headers",
        b"RateLimit, RateLimit-Policy, Retry-After, WWW-Authenticate, X-Request-Id, Mcp-Session-Id",
    ),
)
"""Pages of every origin may read answers: the access token protects them, never a cookie."""

_ALLOWED_HEADERS = (
    b"Authorization, Content-Type, Accept, Accept-Language, If-Match, If-None-Match, "
    b"Last-Event-ID, Mcp-Protocol-Version, Mcp-Session-Id"
)
"""The last three are those of clients of the Model Context Protocol."""


def identity_headers(
    client: Client, application: Application, user: User | None, scope: str
) -> tuple[Header, ...]:
    """Return the ``X-Gatelodge-*`` headers that tell an upstream who calls.

    Those of the user are left out where there is none. Text is percent-encoded UTF-8 where it is
    not printable ASCII.
    """
    said = {
        b"x-gatelodge-application-id": str(application.id),
        b"x-gatelodge-application-name": application.name,
        b"x-gatelodge-consumer-key": client.client_id,
        b"x-gatelodge-environment": client.environment,
        b"x-gatelodge-scopes": scope,
    }
    if user is not None:
        said |= {
            b"x-gatelodge-user-id": str(user.id),
            b"x-gatelodge-user-login": user.login_name,
            b"x-gatelodge-user-account": str(user.account_id),
        }
    return tuple((name, quote(text, safe=_SAFE).encode()) for name, text in said.items())


def for_upstream(headers: Iterable[Header], ours: Iterable[Header]) -> list[Header]:
    """Return the caller's headers that may pass, then ours.

    Underscores count as hyphens: a CGI-like upstream cannot tell the two apart.
    """
    passing: list[Header] = []
    connection: list[bytes] = []
    for header in headers:
        name = header[0]
        if b"_" in name:
            name = name.replace(b"_", b"-")
        if name not in _NOT_FOR_UPSTREAM:
            if name[:2] != b"x-" or not name.startswith(_FORGEABLE):
                passing.append(header)
        elif name == b"connection":
            connection.append(header[1].lower())
    if connection and connection != [b"keep-alive"]:
        named = {each.strip() for value in connection for each in value.split(b",")}
        passing = [header for header in passing if header[0] not in named]
    passing.extend(ours)
    return passing


def for_caller(headers: Iterable[Header], ours: Iterable[Header]) -> list[Header]:
    """Return an upstream's headers that may pass, then ours."""
    passing = [
        header
        for header in headers
        if header[0] not in _NOT_FOR_CALLER and not header[0].startswith(b"access-control-")
    ]
    passing.extend(ours)
    return passing


_NO_LIMIT: Sequence[Header] = (
    (b"ratelimit-policy", b'"unlimited";q=%d' % UNLIMITED),
    (b"ratelimit", b'"unlimited";r=%d' % UNLIMITED),
)
"""Where nothing limits a call: ``q`` and ``r`` may not be missing, so they are the largest."""


def rate_limit(standings: Sequence[Standing], now: int) -> Sequence[Header]:
    """Return ``RateLimit`` and ``RateLimit-Policy`` (draft-ietf-httpapi-ratelimit-headers).

    Structured field lists (RFC 9651): ``q`` calls in ``w`` seconds; ``r`` of them remain for ``t``
    seconds. A quota or plan without a limit is left out; ``"unlimited"`` stands for both.
    """
    limiting = [each for each in standings if each.limit.calls != UNLIMITED]
    if not limiting:
        return _NO_LIMIT
    policies = [
        b'"%b";q=%d;w=%d' % (each.limit.name.encode(), each.limit.calls, each.limit.period)
        for each in limiting
    ]
    states = [
        b'"%b";r=%d;t=%d' % (each.limit.name.encode(), each.remaining, each.reset_at - now)
        for each in limiting
    ]
    return (
        (b"ratelimit-policy", b", ".join(policies)),
        (b"ratelimit", b", ".join(states)),
    )


def forwarded(address: str, scheme: str, headers: Iterable[Header]) -> list[Header]:
    """Return where a call came from and what it was called by, for an upstream that makes links."""
    said = [
        (b"x-forwarded-for", address.encode()),
        (b"x-forwarded-proto", scheme.encode()),
        *((b"x-forwarded-host", value) for name, value in headers if name == b"host"),
    ]
    return [header for header in said if header[1]]


def asks_leave(headers: Iterable[Header]) -> bool:
    """Say whether an OPTIONS request is a browser's preflight (Fetch section 3.2.2)."""
    return any(name == b"access-control-request-method" for name, _ in headers)


def preflight(allow: bytes) -> tuple[Header, ...]:
    """Return what a preflight asks for; with ``CORS``, every origin may call."""
    return (
        (b"access-control-allow-methods", allow),
        (b"access-control-allow-headers", _ALLOWED_HEADERS),
        (b"access-control-max-age", b"600"),
        (b"allow", allow),
    )


def framing(headers: Iterable[Header]) -> Literal["none", "length", "chunked"]:
    """Return how a request says where its body ends (RFC 9112 section 6.3)."""
    for name, _ in headers:
        if name == b"content-length":
            return "length"
        if name == b"transfer-encoding":
            return "chunked"
    return "none"
