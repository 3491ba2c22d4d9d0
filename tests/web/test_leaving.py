"""A stop loses no connection: whoever has been accepted is answered once more."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from starlette.types import Receive, Scope, Send

from gatelodge.web.edge import EdgeLimits
from gatelodge.web.server import listen, serve_on
from tests.raw_http import SECONDS, connected, read_answer
from tests.web.strange_server import certificate
from tests.web.test_protocol import GET, echo
from tests.web.test_server import refused

CALL = GET + b"\r\n"
A_TICK = 0.01
PATIENT = EdgeLimits(first_seconds=SECONDS, last_seconds=SECONDS)


async def living(scope: Scope, receive: Receive, send: Send) -> None:
    """Start and stop, and echo in between."""
    if scope["type"] != "lifespan":
        await echo(scope, receive, send)
        return
    for act in ("startup", "shutdown"):
        await receive()
        await send({"type": f"lifespan.{act}.complete"})


class Served:
    """A server in a thread of its own."""

    def __init__(self, port: int, stop: Callable[[], None], thread: asyncio.Task[None]) -> None:
        self.port = port
        self.base_url = f"http://localhost:{port}"
        self.thread = thread
        self._stop = stop

    async def stopping(self, trusting: ssl.SSLContext | None = None) -> None:
        """Tell it to stop once all who wait are accepted, and wait until it accepts nobody."""
        async with connected(self.base_url) as (reader, writer):
            if trusting:
                await writer.start_tls(trusting, server_hostname="localhost")
            writer.write(CALL)
            await read_answer(reader)
        self._stop()
        await refused(self.port)


@contextlib.asynccontextmanager
async def served(limits: EdgeLimits, tls: ssl.SSLContext | None = None) -> AsyncIterator[Served]:
    """Serve until the block ends."""
    sockets = listen("127.0.0.1", 0)
    port = sockets[0].getsockname()[1]
    stops: list[Callable[[], None]] = []
    ready = asyncio.Event()
    loop = asyncio.get_running_loop()

    def started() -> None:
        loop.call_soon_threadsafe(ready.set)

    thread = asyncio.create_task(
        asyncio.to_thread(
            serve_on, sockets, living, ready=started, limits=limits, tls=tls, until=stops.append
        )
    )
    await ready.wait()
    try:
        yield Served(port, stops[0], thread)
    finally:
        if not thread.done():
            stops[0]()
        await thread


async def test_a_connection_without_a_request_is_answered_once() -> None:
    """Its first request may be on its way; then it is closed, and the server is gone."""
    async with served(PATIENT) as server, connected(server.base_url) as (reader, writer):
        await server.stopping()
        writer.write(CALL)
        assert (await read_answer(reader))[0] == 200
        assert await reader.read() == b""
        await server.thread


async def test_a_connection_that_is_kept_is_answered_once_more() -> None:
    """Its caller asked for the next as the server began to leave, and is told not to go on."""
    async with served(PATIENT) as server, connected(server.base_url) as (reader, writer):
        writer.write(CALL)
        assert (await read_answer(reader))[0] == 200
        await server.stopping()
        writer.write(CALL)
        head = await reader.readuntil(b"\r\n\r\n")
        assert (head.split()[1], b"connection: close" in head) == (b"200", True)
        assert (await reader.read()).endswith(b"}")
        await server.thread


async def test_a_head_that_has_begun_is_read_to_its_end() -> None:
    """The moment that is granted is one to begin in."""
    limits = EdgeLimits(first_seconds=A_TICK, last_seconds=A_TICK)
    async with served(limits) as server, connected(server.base_url) as (reader, writer):
        writer.write(CALL + CALL[:9])
        assert (await read_answer(reader))[0] == 200
        await server.stopping()
        writer.write(CALL[9:])
        assert (await read_answer(reader))[0] == 200
        await server.thread


@pytest.mark.parametrize("asked", [CALL, b""])
async def test_who_says_nothing_is_not_waited_for_long(asked: bytes) -> None:
    """A browser keeps connections open that it does not use."""
    limits = EdgeLimits(first_seconds=A_TICK, last_seconds=A_TICK)
    async with served(limits) as server, connected(server.base_url) as (reader, writer):
        writer.write(asked)
        if asked:
            assert (await read_answer(reader))[0] == 200
        await server.stopping()
        assert await reader.read() == b""
        await server.thread


async def test_a_handshake_in_progress_is_finished(tmp_path: Path) -> None:
    """Whoever was accepted gets its TLS connection and its answer."""
    tls, trusting = certificate(tmp_path, "localhost")
    async with served(EdgeLimits(), tls) as server, connected(server.base_url) as (reader, writer):
        await server.stopping(trusting)
        await writer.start_tls(trusting, server_hostname="localhost")
        writer.write(CALL)
        assert (await read_answer(reader))[0] == 200
        await server.thread


async def test_a_handshake_that_does_not_go_on_is_cut(tmp_path: Path) -> None:
    """It may take as long as a request's headers."""
    tls, _ = certificate(tmp_path, "localhost")
    limits = EdgeLimits(head_seconds=0.1, first_seconds=A_TICK)
    async with served(limits, tls) as server, connected(server.base_url) as (reader, _):
        assert await reader.read() == b""
