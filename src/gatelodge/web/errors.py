"""The one table from exceptions to answers.

``reply_for`` makes the JSON of OAuth and other machine-read endpoints (RFC 6749 section 5.2, RFC
6750 section 3), ``ErrorPages`` the pages that people see and the redirects that tell an application
why (RFC 6749 section 4.1.2.1). What is not in the tables is a fault of ours: logged with its
request id and answered without a word about its cause.
"""

import re
from collections.abc import Callable
from typing import Any

import msgspec
import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request as PageRequest
from starlette.responses import Response

from gatelodge.catalog.errors import CatalogError
from gatelodge.identity.errors import IdentityError, PoolFull, UpstreamRefused
from gatelodge.oauth import authorization
from gatelodge.oauth import errors as oauth
from gatelodge.storage.errors import StoreUnavailable
from gatelodge.web.http import (
    ASGIApp,
    ClientGone,
    Headers,
    HttpError,
    Message,
    Receive,
    Reply,
    Request,
    Scope,
    Send,
    json_reply,
)

REALM = "gatelodge"
NO_STORE: Headers = ((b"cache-control", b"no-store"), (b"pragma", b"no-cache"))
_RETRY_AFTER = 1
_CREDENTIAL = re.compile(r"(gl[a-z]{2}_)[A-Za-z0-9_-]{20,}")

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


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """What an error page says; ``code`` is the protocol's name of the error, if it has one."""

    status: int
    title: str
    text: str
    code: str = ""
    headers: dict[str, str] = {}


_TITLES = {
    400: "This request cannot be read",
    403: "This is not allowed",
    404: "There is nothing here",
    405: "This address does not take that kind of request",
    409: "This cannot be done now",
    410: "This link no longer works",
    413: "This is too large",
    415: "This is not a form",
    422: "Something is missing",
    503: "Please try again in a moment",
}
_OUR_FAULT = Explanation(
    status=500,
    title="Something went wrong here",
    text="The fault is ours. Try again; if it happens again, tell the operator the number below.",
)
_RETRY = {"Retry-After": str(_RETRY_AFTER)}


def _page_error(error: oauth.PageError) -> Explanation:
    return Explanation(
        status=400,
        title="The application sent a request that cannot be trusted",
        text=error.description,
        code=error.code,
    )


def _busy_page(error: Exception) -> Explanation:
    if isinstance(error, StoreUnavailable):
        _log.warning("store_unavailable", cause=str(error))
        text = "The database does not answer at the moment."
    else:
        text = str(error)
    return Explanation(status=503, title=_TITLES[503], text=text, headers=_RETRY)


def _refused(error: CatalogError | IdentityError) -> Explanation:
    return _plain(error.status, str(error))


def _upstream(error: UpstreamRefused) -> Explanation:
    return Explanation(status=error.status, title=error.title, text=str(error))


def _http_page(error: HttpError) -> Explanation:
    headers = {name.decode(): value.decode() for name, value in error.headers}
    return _plain(error.status, error.description, headers)


def _routed(error: HTTPException) -> Explanation:
    text = {404: "Check the address, or start from the first page."}.get(error.status_code, "")
    return _plain(error.status_code, text, dict(error.headers or {}))


def _plain(status: int, text: str, headers: dict[str, str] | None = None) -> Explanation:
    title = _TITLES.get(status, _TITLES[400])
    return Explanation(status=status, title=title, text=text, headers=headers or {})


PAGES: dict[type[Exception], Callable[[Any], Explanation]] = {
    oauth.PageError: _page_error,
    CatalogError: _refused,
    IdentityError: _refused,
    PoolFull: _busy_page,
    UpstreamRefused: _upstream,
    StoreUnavailable: _busy_page,
    HttpError: _http_page,
    HTTPException: _routed,
}
"""Which function explains which exception to a person; the nearest base class counts."""


class ErrorPages:
    """Makes pages, and redirects to applications, of what the pages within raise.

    ``render`` is ``Pages.render``, ``issuer`` goes into every authorization response (RFC 9207).
    """

    def __init__(self, app: ASGIApp, render: Callable[..., Response], issuer: str) -> None:
        self._app = app
        self._render = render
        self._issuer = issuer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request; an error after the answer began can only end the connection."""
        began = False

        async def watched(message: Message) -> None:
            nonlocal began
            began = True
            await send(message)

        # The router raises for unknown paths, instead of answering, when it finds an app here.
        scope.setdefault("app", self)
        try:
            await self._app(scope, receive, watched)
        except ClientGone:
            return
        except Exception as error:
            if began:
                raise
            response = self._answer(PageRequest(scope, receive), error)
            await response(scope, receive, send)

    def _answer(self, request: PageRequest, error: Exception) -> Response:
        if isinstance(error, oauth.RedirectError):
            location = authorization.refusal(error, self._issuer)
            headers = {"Location": location, "Cache-Control": "no-store"}
            return Response(status_code=303, headers=headers)
        explained = _explain(error)
        if explained is _OUR_FAULT:
            _log.error("unexpected_error", path=_loggable(request.url.path), exc_info=error)
        response = self._render(
            request, "error.html", status=explained.status, explained=explained, here="/"
        )
        response.headers.update(explained.headers)
        return response


def _loggable(path: str) -> str:
    """Return a path without the credentials that links of ours carry."""
    return _CREDENTIAL.sub(r"\1...", path)


def _explain(error: Exception) -> Explanation:
    for kind in type(error).__mro__:
        explain = PAGES.get(kind)
        if explain is not None:
            return explain(error)
    return _OUR_FAULT
