"""The authorization request that waits while its user gets a new password.

It stays, sealed as the sign-in page sealed it, in a cookie of the browser that asked, and is not
sent with the mail: whoever asks for somebody else's link cannot lead them to an application.
"""

import re

from starlette.requests import Request
from starlette.responses import Response

from gatelodge.web.cookies import cookie_name

_SEALED = re.compile(r"[A-Za-z0-9_-]{1,3500}")  # browsers keep 4096 bytes of a cookie
_LIFETIME = 1_800


class Waiting:
    """Keeps the request of a browser; a longer one than cookies hold is not kept."""

    def __init__(self, *, secure: bool) -> None:
        self._name = cookie_name("waiting", secure=secure)
        self._secure = secure

    def keep(self, response: Response, sealed: str) -> None:
        """Keep a request, or forget the one before."""
        good = _SEALED.fullmatch(sealed) is not None
        self._set(response, sealed if good else "", _LIFETIME if good else 0)

    def kept(self, request: Request) -> str:
        """Return the request kept, empty if there is none."""
        sealed = request.cookies.get(self._name, "")
        return sealed if _SEALED.fullmatch(sealed) else ""

    def drop(self, response: Response) -> None:
        """Forget the request."""
        self._set(response, "", 0)

    def _set(self, response: Response, text: str, max_age: int) -> None:
        response.set_cookie(
            self._name,
            text,
            max_age=max_age,
            path="/",
            secure=self._secure,
            httponly=True,
            samesite="lax",
        )
