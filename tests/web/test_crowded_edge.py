"""More connections, slower bodies and more requests than a server takes, on raw sockets."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

import pytest
from starlette.types import Receive, Scope, Send

from gatelodge.web import crowd, protocol
from gatelodge.web.edge import EdgeLimits
from gatelodge.web.http import BODY_LIMIT, Reply, Request, TooLarge, asgi, json_reply
from gatelodge.web.server import running
from tests.raw_http import SECONDS, connected, json_of, read_answer, status_of, talk

GET = b"GET /here HTTP/1.1\r\nHost: gate.example\r\n\r\n"
LAST = b"GET /here HTTP/1.1\r\nHost: gate.example\r\nConnection: close\r\n\r\n"
POST = b"POST /here HTTP/1.1\r\nHost: gate.example\r\n"
A_TICK = 0.05


async def hello(_: Scope, __: Receive, send: Send) -> None:
    """Answer at once."""
    headers = [(b"content-length", b"5")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"hello"})


async def reading(request: Request) -> Reply:
    """Answer with the size of the body, as an endpoint of ours would read it."""
    return json_reply({"size": len(await request.body())})


def refuse(error: Exception, _: Request) -> Reply:
    """Answer a body that is too large."""
    assert isinstance(error, TooLarge)
    return json_reply({"refused": error.description}, error.status)


class Occupied:
    """An application that is busy until let go."""

    def __init__(self) -> None:
        self.inside = asyncio.Semaphore(0)
        self.go = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer once let go."""
        self.inside.release()
        await self.go.wait()
        await hello(scope, receive, send)


@contextlib.asynccontextmanager
async def crowded(limits: EdgeLimits) -> AsyncIterator[tuple[str, asyncio.StreamReader]]:
    """A server all of whose connections but one were used and are kept; yields the last of them."""
    async with contextlib.AsyncExitStack() as stack:
        base_url = await stack.enter_async_context(running(hello, limits=limits, lifespan="off"))
        for _ in range(limits.connections):
            reader, writer = await stack.enter_async_context(connected(base_url))
            writer.write(GET)
            assert await read_answer(reader) == (200, b"hello")
        yield base_url, reader


async def test_a_connection_too_many_is_told_to_come_again() -> None:
    """It gets 503 with Retry-After at once, whatever it sends; a vacant place is given away."""
    async with crowded(EdgeLimits(connections=3)) as (base_url, _):
        answer = await talk(base_url, GET)
        assert status_of(answer) == 503
        assert b"\r\nretry-after: 1\r\n" in answer
        assert json_of(answer)["code"] == "503"
    async with running(hello, limits=EdgeLimits(connections=1), lifespan="off") as base_url:
        for _again in range(3):
            assert status_of(await talk(base_url, LAST)) == 200


async def test_far_too_many_connections_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that are told to come again are bounded, too."""
    monkeypatch.setattr(protocol, "_TURNED_AWAY", 1)
    async with (
        crowded(EdgeLimits(connections=3)) as (base_url, _),
        connected(base_url) as (reader, _writer),
    ):
        assert (await reader.readuntil(b"\r\n")).startswith(b"HTTP/1.1 503 ")
        assert await talk(base_url) == b""


async def test_in_a_crowd_idle_connections_make_room() -> None:
    """Where connections are scarce one that does nothing is closed long before its time."""
    limits = EdgeLimits(
        connections=3, idle_seconds=600, crowded_seconds=A_TICK, tick_seconds=A_TICK
    )
    async with crowded(limits) as (base_url, reader):
        assert await reader.read() == b""
        assert status_of(await talk(base_url, LAST)) == 200


async def test_in_a_crowd_slow_headers_make_room() -> None:
    """A slow loris loses its places as soon as it has taken most of them."""
    limits = EdgeLimits(
        connections=3,
        head_seconds=600,
        crowded_seconds=A_TICK,
        linger_seconds=A_TICK,
        tick_seconds=A_TICK,
    )
    async with contextlib.AsyncExitStack() as stack:
        base_url = await stack.enter_async_context(running(hello, limits=limits, lifespan="off"))
        slow = [await stack.enter_async_context(connected(base_url)) for _ in range(3)]
        for _reader, writer in slow:
            writer.write(GET[:20])
        ends = [asyncio.create_task(reader.read()) for reader, _writer in slow]
        ended, waiting = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        assert {status_of(each.result()) for each in ended} == {408}
        for each in waiting:
            each.cancel()
        async with asyncio.timeout(SECONDS):
            while status_of(await talk(base_url, LAST)) != 200:
                continue


async def drip(base_url: str, head: bytes, piece: Callable[[int], bytes]) -> bytes:
    """Send a head, then piece after piece, and return the answer that ends it."""
    async with connected(base_url) as (reader, writer):
        writer.write(head)
        answer = asyncio.create_task(reader.readuntil(b"\r\n"))
        for number in range(10_000):
            await asyncio.wait({answer}, timeout=A_TICK)
            if answer.done():
                break
            writer.write(piece(number))
        return await answer


@pytest.mark.parametrize(
    ("head", "piece"),
    [
        (POST + b"Content-Length: 60000\r\n\r\n", lambda _: b"a"),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n", lambda _: b"1\r\na\r\n"),
        (POST, lambda number: b"GET"[number % 3 :][:1]),
        (POST, lambda number: b"X-%d: a\r\n" % number),
    ],
    ids=["body", "chunks", "name of a header", "headers"],
)
async def test_a_request_byte_by_byte_is_cut(head: bytes, piece: Callable[[int], bytes]) -> None:
    """A byte now and then buys a slow request no time: 408 and a close."""
    limits = EdgeLimits(head_seconds=0.5, body_seconds=0.5, tick_seconds=A_TICK)
    app = asgi(reading, methods=frozenset({"POST"}), refuse=refuse)
    async with running(app, limits=limits, lifespan="off") as base_url:
        assert status_of(await drip(base_url, head, piece)) == 408


def test_a_steady_body_may_be_slow() -> None:
    """What keeps the rate is waited for, however long it takes in all; a stall never is."""
    limits = EdgeLimits(body_seconds=30, body_rate=500)
    assert not limits.stalls(1, 3_600, 500 * 3_600)
    assert not limits.stalls(30, 0, 0)
    assert limits.stalls(31, 0, 500 * 3_600)
    assert limits.stalls(1, 30, 31)


async def test_a_body_that_goes_on_after_its_refusal_is_cut() -> None:
    """A refused body of many gigabytes is not read to its end only to be thrown away."""
    limits = EdgeLimits(linger_seconds=A_TICK, tick_seconds=A_TICK)
    app = asgi(reading, methods=frozenset({"POST"}), refuse=refuse)
    piece, sent = b"a" * 65_536, 0
    async with (
        running(app, limits=limits, lifespan="off") as base_url,
        connected(base_url) as (reader, writer),
    ):
        writer.write(POST + b"Content-Length: 9000000000\r\n\r\n" + b"a" * (BODY_LIMIT + 1))
        assert (await read_answer(reader))[0] == 413
        with contextlib.suppress(ConnectionError):
            while sent < 100_000_000:
                writer.write(piece)
                await writer.drain()
                sent += len(piece)
        with contextlib.suppress(ConnectionError):
            assert await reader.read() == b""
    assert sent < 50_000_000


async def test_a_small_refused_body_leaves_the_connection_open() -> None:
    """A caller whose body was a little too large may ask again on the same connection."""
    app = asgi(reading, methods=frozenset({"POST"}), refuse=refuse)
    large = b"Content-Length: 2000000\r\n\r\n" + b"a" * 2_000_000
    async with (
        running(app, lifespan="off") as base_url,
        connected(base_url) as (reader, writer),
    ):
        for _again in range(10):
            writer.write(POST + large)
            assert (await read_answer(reader))[0] == 413
        writer.write(POST + b"Content-Length: 3\r\n\r\nabc")
        assert await read_answer(reader) == (200, b'{"size":3}')


async def test_a_request_too_many_is_told_to_come_again() -> None:
    """Above so many in flight 503 with Retry-After comes at once, while health is answered."""
    occupied = Occupied()
    app = crowd.Crowd(occupied, most=2)
    async with running(app, lifespan="off") as base_url:
        inside = [asyncio.create_task(talk(base_url, LAST)) for _ in range(2)]
        for _each in inside:
            await occupied.inside.acquire()
        answer = await talk(base_url, LAST)
        assert status_of(answer) == 503
        assert b"\r\nretry-after: 1\r\n" in answer
        healthy = asyncio.create_task(talk(base_url, LAST.replace(b"/here", b"/health/live")))
        await occupied.inside.acquire()
        occupied.go.set()
        for each in (*inside, healthy):
            assert status_of(await each) == 200
        assert status_of(await talk(base_url, LAST)) == 200
