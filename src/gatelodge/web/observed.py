"""What became of each request, for whoever keeps a record of it."""

from collections.abc import Callable
from time import perf_counter
from typing import Final

from gatelodge.web.http import ASGIApp, Message, Receive, Scope, Send

UNANSWERED: Final = 0
"""The status of a request whose caller went away."""


def observed(app: ASGIApp, note: Callable[[Scope, int, float], None]) -> ASGIApp:
    """Return the application; ``note`` gets each request's status and seconds once it is over."""

    async def noted(scope: Scope, receive: Receive, send: Send) -> None:
        started, status = perf_counter(), UNANSWERED

        async def seen(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await app(scope, receive, seen)
        finally:
            note(scope, status, perf_counter() - started)

    return noted
