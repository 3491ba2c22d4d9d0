"""A line of JSON for each request, where the operator wants one.

It names the part of the product that answered, never the path, the query or a header: those hold
codes, tokens and what people look for. Written without the log's own machinery, which would cost
more than a small answer does.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TextIO

import msgspec

from gatelodge.web.http import ASGIApp, Scope
from gatelodge.web.observed import observed
from gatelodge.web.standard_error import standard_error

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_encode = msgspec.json.Encoder().encode


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One request: ``ms`` from its headers to the end of its answer; status 0: nobody waited."""

    event: str = "request"
    level: str = "info"
    timestamp: datetime
    request_id: str
    method: str
    surface: str
    status: int
    ms: float
    client: str


class AccessLog:
    """Writes the lines; ``surface`` names the part of the product behind a path."""

    def __init__(self, surface: Callable[[str], str], out: TextIO | None = None) -> None:
        self._surface = surface
        self._out = out or standard_error()

    def around(self, app: ASGIApp) -> ASGIApp:
        """Return the application, with a line for each request."""
        return observed(app, self._write)

    def _write(self, scope: Scope, status: int, seconds: float) -> None:
        entry = Entry(
            timestamp=datetime.now(UTC),
            request_id=scope["state"]["request_id"],
            # A method is any word that a caller likes.
            method=scope["method"] if scope["method"] in _METHODS else "other",
            surface=self._surface(scope["path"]),
            status=status,
            ms=round(seconds * 1000, 2),
            client=scope["client"][0] if scope.get("client") else "",
        )
        # In one piece, so that lines of several processes do not mix.
        self._out.write(f"{_encode(entry).decode()}\n")
        self._out.flush()
