"""One path of the authorization server that people look at: what answers GET, and what POST."""

from collections.abc import Awaitable, Callable

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gatelodge.web.http import MethodNotAllowed, Receive, Scope, Send

Answer = Callable[[Request], Awaitable[Response]]


class Page(msgspec.Struct, frozen=True):
    """What answers GET and POST of one path; either may be missing."""

    get: Answer | None = None
    post: Answer | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. Raises ``MethodNotAllowed`` and whatever the page raises."""
        answers = {"GET": self.get, "HEAD": self.get, "POST": self.post}
        answer = answers.get(scope["method"])
        if answer is None:
            raise MethodNotAllowed([name for name, found in answers.items() if found])
        response = await answer(Request(scope, receive, send))
        await response(scope, receive, send)
