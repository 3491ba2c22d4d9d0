"""A bare proxy around the forwarder, and upstreams that do exactly what a test says."""

import asyncio
import contextlib
import functools
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Literal

import msgspec
from starlette.types import ASGIApp, Receive, Scope, Send

from gatelodge.gateway.forward import (
    AnswerCut,
    CallerGone,
    Forwarder,
    ForwardLimits,
    UpstreamFault,
    UpstreamRequest,
)
from gatelodge.web.server import running

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
serving = functools.partial(running, lifespan="off")


def request_of(scope: Scope) -> UpstreamRequest:
    """Return the caller's request as it came, which the pipeline would have cleaned."""
    names = [name for name, _ in scope["headers"]]
    body: Literal["none", "length", "chunked"] = "none"
    if b"content-length" in names:
        body = "length"
    elif b"transfer-encoding" in names:
        body = "chunked"
    query = scope["query_string"]
    return UpstreamRequest(
        method=scope["method"].encode(),
        target=scope["raw_path"] + (b"?" + query if query else b""),
        headers=scope["headers"],
        body=body,
        scope=scope,
    )


class Proxy:
    """Forwards everything to one upstream and keeps the faults that came of it."""

    def __init__(self, forwarder: Forwarder, upstream: str) -> None:
        self.forwarder = forwarder
        self.upstream = upstream
        self.faults: asyncio.Queue[UpstreamFault] = asyncio.Queue()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Forward; a fault before the answer becomes a small answer of its own."""
        try:
            await self.forwarder.send(self.upstream, request_of(scope), receive, send)
        except UpstreamFault as fault:
            self.faults.put_nowait(fault)
            if isinstance(fault, AnswerCut):
                raise
            if isinstance(fault, CallerGone):
                return
            body = msgspec.json.encode({"code": fault.code, "fault": type(fault).__name__})
            headers = [(b"content-length", b"%d" % len(body))]
            await send({"type": "http.response.start", "status": fault.status, "headers": headers})
            await send({"type": "http.response.body", "body": body})


@contextlib.asynccontextmanager
async def proxying(
    upstream: str, limits: ForwardLimits | None = None
) -> AsyncIterator[tuple[str, Proxy]]:
    """Serve a proxy to ``upstream``; yields its base URL and itself."""
    forwarder = Forwarder({}, limits=limits)
    proxy = Proxy(forwarder, upstream)
    try:
        async with serving(proxy) as base_url:
            yield base_url, proxy
    finally:
        await forwarder.close()


@contextlib.asynccontextmanager
async def raw_upstream(handler: Handler, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """Serve ``handler`` on a free port; its connections are cut at the end."""
    tasks: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await handler(reader, writer)
        writer.close()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(handle(reader, writer))
        tasks.add(task)
        task.add_done_callback(lambda _: writer.transport.abort())

    server = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=tls)
    scheme = "https" if tls else "http"
    try:
        yield f"{scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def answering(*pieces: bytes, close: bool = False) -> Handler:
    """Return an upstream that sends the pieces after each request head, body unread."""

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await reader.readuntil(b"\r\n\r\n")
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
            if close:
                return

    return handler


def recording(seen: "asyncio.Queue[bytes]") -> Handler:
    """Return an upstream that puts each request head into ``seen`` and answers 204."""

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            seen.put_nowait(await reader.readuntil(b"\r\n\r\n"))
            writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")

    return handler


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with the body as it comes, for an ordinary upstream on a real server."""
    assert scope["type"] == "http"
    headers = [(b"x-path", scope["raw_path"]), (b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        more = message.get("more_body", False)
        await send({"type": "http.response.body", "body": message["body"], "more_body": more})


ECHO: ASGIApp = echo
