"""Error pages: what a person sees when a page cannot be shown or a form is refused."""

from collections.abc import Awaitable, Callable, Mapping

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from gatelodge.catalog.errors import CatalogError
from gatelodge.storage.errors import StoreUnavailable
from gatelodge.web.http import ClientGone, HttpError
from gatelodge.web.pages import Pages

_log = structlog.get_logger(__name__)
_TITLES = {
    400: "This request cannot be read",
    403: "This is not allowed",
    404: "This page does not exist",
    405: "This page cannot do that",
    409: "This is not possible at the moment",
    413: "This is too long",
    415: "This form cannot be read",
    422: "Something in the form is not right",
    503: "The portal cannot answer at the moment",
}
_MISSING = "The address may be mistyped, or what stood here was deleted."
_AWAY = "Please try again in a few seconds. Nothing was changed."
_OURS = "The fault is on our side and was written down under the request id below."

Handler = Callable[[Request, Exception], Awaitable[Response]]


class Refusals:
    """Makes error pages; hand ``handlers`` to Starlette."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    def handlers(self) -> Mapping[type[Exception], Handler]:
        """Return which handler answers which exception."""
        return {
            CatalogError: self._refused,
            HttpError: self._refused,
            HTTPException: self._http,
            StoreUnavailable: self._away,
            ClientGone: self._gone,
            Exception: self._unexpected,
        }

    async def _refused(self, request: Request, error: Exception) -> Response:
        status = getattr(error, "status", 400)
        return self._show(request, status, str(error))

    async def _http(self, request: Request, error: Exception) -> Response:
        status = getattr(error, "status_code", 500)
        answer = self._show(request, status, _MISSING if status == 404 else "")  # noqa: PLR2004
        answer.headers.update(getattr(error, "headers", None) or {})
        return answer

    async def _away(self, request: Request, error: Exception) -> Response:
        _log.warning("store_unavailable", cause=str(error))
        answer = self._show(request, 503, _AWAY)
        answer.headers["retry-after"] = "1"
        return answer

    async def _gone(self, _: Request, __: Exception) -> Response:
        # Nobody reads it; the server only wants an answer.
        return Response(status_code=400)

    async def _unexpected(self, request: Request, error: Exception) -> Response:
        request_id = getattr(request.state, "request_id", "")
        _log.error("unexpected_error", request_id=request_id, exc_info=error)
        return self._show(request, 500, _OURS)

    def _show(self, request: Request, status: int, sentence: str) -> Response:
        return self._pages.render(
            request,
            "portal/error.html",
            status=status,
            code=status,
            title=_TITLES.get(status, "Something went wrong"),
            sentence=sentence,
            here="/",
        )
