"""A lean request and reply for JSON endpoints: bare ASGI underneath, no framework's objects.

An endpoint takes a ``Request``, returns a ``Reply`` and raises; ``asgi`` makes an application of
it, answers 405 and CORS preflights, and hands exceptions to ``web.errors``.
"""

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

import msgspec

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]
Header = tuple[bytes, bytes]
Headers = tuple[Header, ...]

BODY_LIMIT = 65_536
_JSON: Headers = ((b"content-type", b"application/json"),)
_SINGLE = frozenset({b"authorization", b"content-type", b"origin"})
# These answers have no body, and a length would be the one of another answer (RFC 9110 8.6).
_BODILESS = frozenset({204, 304})
_encode = msgspec.json.Encoder().encode


class HttpError(Exception):
    """A request refused for its HTTP, whatever the endpoint; ``description`` is for its sender."""

    status = 400
    headers: Headers = ()

    def __init__(self, description: str) -> None:
        self.description = description
        super().__init__(description)


class BadRequest(HttpError):
    """The request cannot be read."""


class TooLarge(HttpError):
    """The body is longer than the endpoint reads."""

    status = 413


class MethodNotAllowed(HttpError):
    """The endpoint does not know this method; ``Allow`` says which it knows."""

    status = 405

    def __init__(self, methods: Iterable[str]) -> None:
        allow = ", ".join(sorted(methods))
        super().__init__(f"This endpoint answers {allow} only.")
        self.headers = ((b"allow", allow.encode()),)


class ClientGone(Exception):
    """The caller went away before it had sent its request; nobody waits for an answer."""


class Reply(msgspec.Struct, frozen=True):
    """An answer as it goes onto the wire; Content-Length is added when it is sent."""

    status: int
    body: bytes
    headers: Headers


def json_reply(value: object, status: int = 200, headers: Headers = ()) -> Reply:
    """Return ``value`` as JSON."""
    return Reply(status, _encode(value), _JSON + headers)


class Request:
    """What an endpoint may ask of a request.

    Headers put into ``answer_headers`` go onto the answer whatever becomes of the request.
    """

    __slots__ = ("_receive", "answer_headers", "scope")

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.scope = scope
        self._receive = receive
        self.answer_headers: Headers = ()

    @property
    def method(self) -> str:
        """The request's method, in capitals."""
        return str(self.scope["method"])

    @property
    def path(self) -> str:
        """The decoded path."""
        return str(self.scope["path"])

    @property
    def query(self) -> bytes:
        """The raw query without its question mark."""
        query: bytes = self.scope.get("query_string", b"")
        return query

    @property
    def address(self) -> str:
        """The caller's address, empty if the server does not know it."""
        client = self.scope.get("client")
        return str(client[0]) if client else ""

    @property
    def request_id(self) -> str:
        """The identifier that the answer and the log carry."""
        return str(self.scope.get("state", {}).get("request_id", ""))

    def header(self, name: bytes) -> bytes | None:
        """Return one header by its lower-case name, the last one if repeated.

        Raises ``BadRequest`` if one is repeated that decides who asks or what is read.
        """
        found: bytes | None = None
        for key, value in self.scope["headers"]:
            if key == name:
                if found is not None and name in _SINGLE:
                    raise BadRequest(f"The {name.decode()} header came twice.")
                found = value
        return found

    async def body(self, limit: int = BODY_LIMIT) -> bytes:
        """Read the whole body. Raises ``TooLarge`` over ``limit`` bytes and ``ClientGone``."""
        read = bytearray()
        while True:
            message = await self._receive()
            if message["type"] != "http.request":
                raise ClientGone
            read += message.get("body", b"")
            if len(read) > limit:
                raise TooLarge(f"The body may have at most {limit} bytes.")
            if not message.get("more_body", False):
                return bytes(read)


Endpoint = Callable[[Request], Awaitable[Reply]]
Refuse = Callable[[Exception, Request], Reply]


def asgi(
    endpoint: Endpoint,
    *,
    methods: frozenset[str],
    refuse: Refuse,
    preflight: Endpoint | None = None,
) -> ASGIApp:
    """Return the application of an endpoint; ``refuse`` makes the answer to what it raises.

    With ``preflight`` OPTIONS is answered too, for pages of other origins.
    """
    answering = dict.fromkeys(methods, endpoint)
    if "GET" in methods:
        answering["HEAD"] = endpoint
    if preflight is not None:
        answering["OPTIONS"] = preflight

    async def unknown(_: Request) -> Reply:
        raise MethodNotAllowed(answering)

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        chosen = answering.get(scope["method"], unknown)
        try:
            reply = await chosen(request)
        except ClientGone:
            return
        except Exception as error:  # noqa: BLE001 - the one place where exceptions become answers
            reply = refuse(error, request)
        await send_reply(reply, request.answer_headers, send)

    return application


async def send_reply(reply: Reply, more: Headers, send: Send) -> None:
    """Send a reply with ``more`` headers."""
    headers = [*reply.headers, *more]
    if reply.status not in _BODILESS:
        headers.append((b"content-length", b"%d" % len(reply.body)))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})
