"""Forms that only our own pages can send.

A form carries a token made from the browser's own random cookie and the session it was shown in;
the browser's word on where the request comes from is checked beside it. A token of another
browser, of another session or of nobody is refused.
"""

import hmac
import os
from base64 import urlsafe_b64encode
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from gatelodge.identity.sessions import Session
from gatelodge.oauth import digests
from gatelodge.web.cookies import cookie_name
from gatelodge.web.forms import Form
from gatelodge.web.http import HttpError

FIELD = "csrf_token"
_BROWSER_BYTES = 32
_BROWSER_LENGTH = 43
_OWN_SITE = frozenset({"same-origin", "none"})


class Forbidden(HttpError):
    """The request was not sent by a page of ours in this browser and session."""

    status = 403

    def __init__(self) -> None:
        super().__init__(
            "This form was not sent from a page of this site, or the page is out of date. "
            "Go back, reload the page and try again."
        )


class Csrf:
    """Makes and checks forms' tokens; ``origin`` is the scheme, host and port people use."""

    def __init__(self, key: bytes, *, origin: str, secure: bool) -> None:
        self._key = key
        self._origin = origin
        self._secure = secure
        self._cookie = cookie_name("browser", secure=secure)

    def token(self, request: Request) -> str:
        """Return the token for the forms of a page, bound to the session looked up before."""
        session = _session(request)
        row_id = "0" if session is None else str(session.id)
        return f"{row_id}.{self._mac(self.browser(request), row_id)}"

    def check(self, request: Request, form: Form, *, session_bound: bool = True) -> None:
        """Raise ``Forbidden`` unless the form came from a page of ours in this browser.

        It must have been shown in the session looked up before, if there is one; a sign-in form
        may be older than the session (two tabs), so it says ``session_bound=False``.
        """
        self._check_origin(request)
        row_id, _, mac = form.one(FIELD).partition(".")
        presented = self.presented(request)
        good = hmac.compare_digest(mac.encode(), self._mac(presented, row_id).encode())
        if not good or len(presented) != _BROWSER_LENGTH:
            raise Forbidden
        session = _session(request)
        if session_bound and session is not None and row_id != str(session.id):
            raise Forbidden

    def presented(self, request: Request) -> str:
        """Return the browser's own random cookie, which other things may be bound to as well."""
        return request.cookies.get(self._cookie, "")

    def remember(self, request: Request, response: Response) -> None:
        """Give the browser its cookie if this request made a new one."""
        fresh = getattr(request.state, "fresh_browser", None)
        if fresh is not None:
            response.set_cookie(
                self._cookie, fresh, path="/", secure=self._secure, httponly=True, samesite="lax"
            )

    def browser(self, request: Request) -> str:
        """Return the random text that only this browser has."""
        presented = self.presented(request)
        if len(presented) == _BROWSER_LENGTH:
            return presented
        fresh: str | None = getattr(request.state, "fresh_browser", None)
        if fresh is None:
            fresh = urlsafe_b64encode(os.urandom(_BROWSER_BYTES)).rstrip(b"=").decode()
            request.state.fresh_browser = fresh
        return fresh

    def _mac(self, browser: str, row_id: str) -> str:
        mac = digests.digest(self._key, f"{browser}.{row_id}".encode())
        return urlsafe_b64encode(mac).rstrip(b"=").decode()

    def _check_origin(self, request: Request) -> None:
        """Refuse what the browser says another site sent; who says nothing needs the token alone.

        Our pages send no referrer, for which browsers write ``Origin: null`` even to ourselves.
        """
        site = request.headers.get("sec-fetch-site")
        if site is not None:
            if site not in _OWN_SITE:
                raise Forbidden
            return
        origin = request.headers.get("origin", "null")
        if origin in {"null", self._origin}:
            return
        # Reached by another name of this machine, for example 127.0.0.1 for localhost.
        if urlsplit(origin).netloc != request.headers.get("host"):
            raise Forbidden


def _session(request: Request) -> Session | None:
    session: Session | None = getattr(request.state, "session", None)
    return session
