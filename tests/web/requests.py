"""Requests of a browser as pages see them, made without a server."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from gatelodge.web.http import Message, Scope


def page_request(
    method: str = "GET",
    path: str = "/page",
    *,
    cookies: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    body: bytes | list[bytes] = b"",
) -> Request:
    """Return a request."""
    sent = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
    if cookies:
        joined = "; ".join(f"{name}={value}" for name, value in cookies.items())
        sent.append((b"cookie", joined.encode()))
    path, _, query = path.partition("?")
    scope: Scope = {
        "type": "http",
        "method": method,
        "scheme": "https",
        "server": ("login.example", 443),
        "path": path,
        "query_string": query.encode(),
        "headers": sent,
        "client": ("::1", 4711),
        "state": {"request_id": "the-request-id"},
    }
    parts = body if isinstance(body, list) else [body]
    incoming: list[Message] = [
        {"type": "http.request", "body": part, "more_body": at + 1 < len(parts)}
        for at, part in enumerate(parts)
    ]

    async def receive() -> Message:
        return incoming.pop(0) if incoming else {"type": "http.disconnect"}

    return Request(scope, receive)


def cookies_of(response: Response) -> dict[str, str]:
    """Return the cookies an answer sets, by name."""
    headers = response.headers.getlist("set-cookie")
    pairs = (header.partition(";")[0].partition("=") for header in headers)
    return {name: value.strip('"') for name, _, value in pairs}
