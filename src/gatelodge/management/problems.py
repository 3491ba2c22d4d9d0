"""The one table from exceptions to problem details (RFC 9457)."""

from collections.abc import Iterator, Mapping, Sequence

import msgspec
import structlog

from gatelodge.catalog import errors as catalog
from gatelodge.management import refusals
from gatelodge.oauth import errors as oauth
from gatelodge.storage.errors import StoreUnavailable
from gatelodge.web import http
from gatelodge.web.http import Headers, Reply, Request

REALM = "gatelodge management"
TYPE = "urn:gatelodge:problem:"
MEDIA_TYPE = b"application/problem+json"

_log = structlog.get_logger(__name__)


class Wrong(msgspec.Struct, frozen=True, kw_only=True):
    """One field that is wrong, and why."""

    field: str
    detail: str


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """Why a request was refused; ``type`` and ``code`` stay the same from version to version."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    errors: Sequence[Wrong] = ()


class Kind(msgspec.Struct, frozen=True):
    """A kind of problem."""

    code: str
    status: int
    title: str


OUR_FAULT = Kind("internal-error", 500, "Something went wrong here")
TABLE: Mapping[type[Exception], Kind] = {
    http.BadRequest: Kind("bad-request", 400, "The request cannot be read"),
    oauth.MissingAccessToken: Kind("unauthenticated", 401, "A personal access token is missing"),
    oauth.InvalidToken: Kind("unauthenticated", 401, "The personal access token is not good"),
    oauth.InsufficientScope: Kind("scope-missing", 403, "The personal access token lacks a scope"),
    catalog.NotAllowed: Kind("not-allowed", 403, "This is not allowed"),
    catalog.NoSuch: Kind("not-found", 404, "There is nothing here"),
    http.MethodNotAllowed: Kind("method-not-allowed", 405, "The path does not take this method"),
    catalog.Conflict: Kind("conflict", 409, "The state of things is against it"),
    catalog.NameTaken: Kind("name-taken", 409, "The name is taken"),
    refusals.StillAtWork: Kind("idempotency-in-progress", 409, "The first request goes on"),
    refusals.PreconditionFailed: Kind("changed-meanwhile", 412, "It has changed meanwhile"),
    http.TooLarge: Kind("too-large", 413, "The body is too large"),
    refusals.NotJson: Kind("not-json", 415, "The body is not JSON"),
    catalog.Invalid: Kind("invalid", 422, "Some fields are wrong"),
    refusals.OtherRequest: Kind(
        "idempotency-key-reused", 422, "The key belongs to another request"
    ),
    refusals.PreconditionRequired: Kind("precondition-required", 428, "If-Match is missing"),
    StoreUnavailable: Kind("unavailable", 503, "Try again in a moment"),
}
"""Which exception is which kind of problem; the nearest base class counts."""


def reply_for(error: Exception, request: Request) -> Reply:
    """Return the problem an exception is, with its request id and without a word of ours."""
    kind = next((TABLE[base] for base in type(error).__mro__ if base in TABLE), OUR_FAULT)
    if kind is OUR_FAULT:
        _log.error("management_failed", request_id=request.request_id, exc_info=error)
    elif isinstance(error, StoreUnavailable):
        _log.warning("store_unavailable", request_id=request.request_id, cause=str(error))
    problem = Problem(
        type=TYPE + kind.code,
        title=kind.title,
        status=kind.status,
        detail=kind.title if kind.status >= OUR_FAULT.status else _detail(error),
        code=kind.code,
        request_id=request.request_id,
        errors=[
            Wrong(field=field, detail=said)
            for field, said in getattr(error, "problems", {}).items()
        ],
    )
    headers = ((b"content-type", MEDIA_TYPE), (b"cache-control", b"no-store"), *_headers(error))
    return Reply(kind.status, msgspec.json.encode(problem), headers)


def _detail(error: Exception) -> str:
    return str(getattr(error, "description", "") or error)


def _headers(error: Exception) -> Iterator[tuple[bytes, bytes]]:
    found: Headers = getattr(error, "headers", ())
    yield from found
    challenge = f'Bearer realm="{REALM}"'
    # A request without credentials is not told an error code (RFC 6750 section 3.1).
    if isinstance(error, oauth.MissingAccessToken):
        yield b"www-authenticate", challenge.encode()
    elif isinstance(error, oauth.InvalidToken | oauth.InsufficientScope):
        scope = getattr(error, "scope", "")
        wanted = f', scope="{scope}"' if scope else ""
        yield b"www-authenticate", f'{challenge}, error="{error.code}"{wanted}'.encode()
    elif isinstance(error, StoreUnavailable):
        yield b"retry-after", b"1"
