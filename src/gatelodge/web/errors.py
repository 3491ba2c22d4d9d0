"""The one table from exceptions to answers.

``reply_for`` makes the JSON of OAuth and other machine-read endpoints (RFC 6749 section 5.2, RFC
6750 section 3). What is not in the table is a fault of ours: logged with its request id and
answered as ``server_error`` without a word about its cause.
"""

from collections.abc import Callable
from typing import Any

import structlog

from gatelodge.oauth import errors as oauth
from gatelodge.storage.errors import StoreUnavailable
from gatelodge.web.http import Headers, HttpError, Reply, Request, json_reply

REALM = "gatelodge"
NO_STORE: Headers = ((b"cache-control", b"no-store"), (b"pragma", b"no-cache"))
_RETRY_AFTER = 1

_log = structlog.get_logger(__name__)


def error_reply(code: str, description: str, status: int, headers: Headers = ()) -> Reply:
    """Return an OAuth error, its fields in the order VBC's clients know."""
    body = {"error_description": description, "error": code}
    return json_reply(body, status, NO_STORE + headers)


def _oauth(error: oauth.OAuthError) -> Reply:
    return error_reply(error.code, error.description, error.status)


def _invalid_client(error: oauth.InvalidClient) -> Reply:
    challenge = (b"www-authenticate", f'Basic realm="{REALM}"'.encode())
    return error_reply(error.code, error.description, error.status, (challenge,))


def _missing_access_token(error: oauth.MissingAccessToken) -> Reply:
    # A request without credentials is not told an error code (RFC 6750 section 3.1).
    challenge = (b"www-authenticate", f'Bearer realm="{REALM}"'.encode())
    return error_reply(error.code, error.description, error.status, (challenge,))


def _bearer(error: oauth.InvalidToken | oauth.InsufficientScope) -> Reply:
    scope = getattr(error, "scope", "")
    wanted = f', scope="{scope}"' if scope else ""
    challenge = (
        f'Bearer realm="{REALM}", error="{error.code}", '
        f'error_description="{error.description}"{wanted}'
    )
    header = (b"www-authenticate", challenge.encode())
    return error_reply(error.code, error.description, error.status, (header,))


def _busy(error: oauth.TemporarilyUnavailable) -> Reply:
    retry = (b"retry-after", str(error.retry_after).encode())
    return error_reply(error.code, error.description, error.status, (retry,))


def _store_unavailable(error: StoreUnavailable) -> Reply:
    _log.warning("store_unavailable", cause=str(error))
    return _busy(oauth.TemporarilyUnavailable(retry_after=_RETRY_AFTER))


def _http(error: HttpError) -> Reply:
    described = oauth.printable(error.description)
    return error_reply("invalid_request", described, error.status, error.headers)


TABLE: dict[type[Exception], Callable[[Any], Reply]] = {
    oauth.OAuthError: _oauth,
    oauth.InvalidClient: _invalid_client,
    oauth.MissingAccessToken: _missing_access_token,
    oauth.InvalidToken: _bearer,
    oauth.InsufficientScope: _bearer,
    oauth.TemporarilyUnavailable: _busy,
    StoreUnavailable: _store_unavailable,
    HttpError: _http,
}
"""Which function answers which exception; the nearest base class counts."""


def reply_for(error: Exception, request: Request) -> Reply:
    """Return the JSON answer to an exception."""
    for kind in type(error).__mro__:
        answer = TABLE.get(kind)
        if answer is not None:
            return answer(error)
    _log.error("unexpected_error", request_id=request.request_id, path=request.path, exc_info=error)
    return error_reply("server_error", "Internal Server Error.", 500)
