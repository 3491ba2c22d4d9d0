"""Calls an ASGI application as a server would: real scopes, real messages."""

import json
from base64 import b64encode
from typing import Any
from urllib.parse import urlencode

import msgspec

from gatelodge.web.http import ASGIApp, Message, Scope

FORM = b"application/x-www-form-urlencoded"


class Answer(msgspec.Struct, frozen=True):
    """What the application sent; header names are lower-case."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        """Return a header that came at most once."""
        found = [value for key, value in self.headers if key == name]
        assert len(found) <= 1, found
        return found[0] if found else None

    def json(self) -> Any:
        """Return the body as JSON."""
        assert self.header("content-type") == "application/json"
        return json.loads(self.body)


async def call(
    application: ASGIApp,
    method: str,
    *,
    body: bytes | list[bytes] = b"",
    headers: dict[str, str | bytes] | list[tuple[str, str | bytes]] | None = None,
    query: bytes = b"",
    path: str = "/",
) -> Answer:
    """Send one request; a body given as a list comes in that many messages."""
    pairs = list(headers.items()) if isinstance(headers, dict) else (headers or [])
    scope: Scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query,
        "client": ("127.0.0.1", 5000),
        "headers": [
            (name.lower().encode(), value if isinstance(value, bytes) else value.encode("latin-1"))
            for name, value in pairs
        ],
    }
    parts = body if isinstance(body, list) else [body]
    incoming: list[Message] = [
        {"type": "http.request", "body": part, "more_body": at + 1 < len(parts)}
        for at, part in enumerate(parts)
    ]
    sent: list[Message] = []

    async def receive() -> Message:
        return incoming.pop(0) if incoming else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    await application(scope, receive, send)
    start, *rest = sent
    return Answer(
        start["status"],
        tuple((key.decode(), value.decode("latin-1")) for key, value in start["headers"]),
        b"".join(message.get("body", b"") for message in rest),
    )


async def post(
    application: ASGIApp,
    form: dict[str, str] | bytes,
    *,
    auth: tuple[str, str] | None = None,
    **headers: str,
) -> Answer:
    """POST a form, with Basic credentials if there are some."""
    sent: dict[str, str | bytes] = {"content-type": FORM}
    if auth is not None:
        sent["authorization"] = b"Basic " + b64encode(":".join(auth).encode())
    body = form if isinstance(form, bytes) else urlencode(form).encode()
    return await call(application, "POST", body=body, headers={**sent, **headers})
