"""Upstreams that fail, lie or stall, and callers that leave."""

import asyncio
import contextlib

import pytest

from gatelodge.gateway.forward import AnswerCut, CallerGone, Forwarder, ForwardLimits
from tests.gateway.proxying import Handler, answering, proxying, raw_upstream, request_of
from tests.raw_http import connected, json_of, status_of, talk

GET = b"GET / HTTP/1.1\r\nHost: gate.example\r\nConnection: close\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\n"
HASTY = ForwardLimits(
    connect_seconds=0.3, head_seconds=0.3, silence_seconds=0.3, queue_seconds=0.3, tick_seconds=0.02
)


async def fault_of(handler: Handler, request: bytes = GET) -> tuple[int, int, str]:
    """Return status, code and name of the fault a caller of this upstream gets."""
    async with raw_upstream(handler) as upstream, proxying(upstream, HASTY) as (base_url, _):
        answer = await talk(base_url, request)
    body = json_of(answer)
    return status_of(answer), body["code"], body["fault"]


BROKEN = {
    "not HTTP": b"220 mail.example ESMTP\r\n",
    "length beside chunked": OK + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
    "two lengths": OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n",
    "a coding we do not know": OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n",
    "chunked twice": OK + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
    "folded header": OK + b"A: b\r\n c\r\n\r\n",
    "NUL in a header": OK + b"A: \0\r\nContent-Length: 0\r\n\r\n",
    "bare line feeds": b"HTTP/1.1 200 OK\nContent-Length: 0\n\n",
    "switching protocols": b"HTTP/1.1 101 Go\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
    "status beyond 599": b"HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n",
    "status 000": b"HTTP/1.1 000 Odd\r\nContent-Length: 0\r\n\r\n",
    "large headers": OK + b"A: " + b"a" * 400_000,
    "large headers that end": OK + b"A: " + b"a" * 100_000 + b"\r\nContent-Length: 0\r\n\r\n",
    "many headers": OK + b"A: b\r\n" * 300 + b"Content-Length: 0\r\n\r\n",
    "endless hints": b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" * 5000,
    "closed within the headers": OK + b"A: b\r\n",
    "closed without a word": b"",
}


@pytest.mark.parametrize("answer", BROKEN.values(), ids=BROKEN)
async def test_an_unacceptable_answer_is_502(answer: bytes) -> None:
    """What is not one clear answer never reaches the caller."""
    fault = await fault_of(answering(answer, close=True))
    assert fault[:2] == (502, 101500)


async def test_a_refused_connection_is_503() -> None:
    """Nobody listens there."""
    async with raw_upstream(answering(b"")) as gone:
        pass
    async with proxying(gone) as (base_url, _):
        answer = await talk(base_url, GET)
    assert status_of(answer) == 503
    assert json_of(answer) == {"code": 101503, "fault": "UpstreamUnreachable"}


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ftp://a/",
        "http://",
        "http://a:x/",
        "http://me@a/",
        "http://a/?q",
        "http://a/ b",
        "app:x",
    ],
)
async def test_an_impossible_upstream_is_503(url: str) -> None:
    """A mistake in the catalogue is a fault like any other, not a crash."""
    async with proxying(url) as (base_url, _):
        assert status_of(await talk(base_url, GET)) == 503


async def test_a_connection_that_is_not_accepted_is_504() -> None:
    """A handshake that does not come to an end is given up."""

    async def silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()
        await asyncio.Event().wait()

    async with raw_upstream(silent) as upstream:
        secure = upstream.replace("http://", "https://")
        async with proxying(secure, HASTY) as (base_url, _):
            answer = await talk(base_url, GET)
    assert (status_of(answer), json_of(answer)["code"]) == (504, 101504)


@pytest.mark.parametrize("begun", [b"", OK + b"A: b\r\n"])
async def test_an_answer_that_does_not_begin_is_504(begun: bytes) -> None:
    """The time limit counts to the end of the headers, not to their first byte."""
    assert await fault_of(answering(begun)) == (504, 101504, "UpstreamTimeout")


@pytest.mark.parametrize(
    ("answer", "close"),
    [
        (OK + b"Content-Length: 10\r\n\r\nabc", True),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", True),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nnonsense\r\n", False),
        (OK + b"Content-Length: 10\r\n\r\nabc", False),
    ],
    ids=["length, closed", "chunked, closed", "bad chunk", "silence"],
)
async def test_an_answer_cut_short_is_not_made_to_look_whole(answer: bytes, close: bool) -> None:  # noqa: FBT001  # pytest passes it
    """The caller's connection closes before the promised end of the answer."""
    async with (
        raw_upstream(answering(answer, close=close)) as upstream,
        proxying(upstream, HASTY) as (base_url, proxy),
    ):
        passed = await talk(base_url, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert isinstance(await proxy.faults.get(), AnswerCut)
    assert b"abc" in passed
    assert not passed.endswith(b"0\r\n\r\n")
    assert b"content-length: 3" not in passed


async def test_a_stale_connection_is_replaced() -> None:
    """A kept connection that closes at the next request costs the caller nothing."""
    requests = 0

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal requests
        await reader.readuntil(b"\r\n\r\n")
        requests += 1
        writer.write(OK + b"Content-Length: 1\r\n\r\na")
        await reader.readuntil(b"\r\n\r\n")
        requests += 1

    async with raw_upstream(once) as upstream, proxying(upstream) as (base_url, _):
        assert [status_of(await talk(base_url, GET)) for _again in range(3)] == [200, 200, 200]
    assert requests == 5


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"PUT / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc", 200),
        (b"POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc", 502),
        (
            b"PUT / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 300000\r\n\r\n"
            + b"a" * 300_000,
            502,
        ),
    ],
    ids=["PUT in hand", "POST", "PUT in part"],
)
async def test_only_what_may_be_repeated_is_repeated(request_bytes: bytes, status: int) -> None:
    """A POST may have been obeyed, and a body that is gone cannot be sent again."""

    async def twice(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK + b"Content-Length: 0\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")

    async with raw_upstream(twice) as upstream, proxying(upstream) as (base_url, _):
        assert status_of(await talk(base_url, GET)) == 200
        assert status_of(await talk(base_url, request_bytes)) == status


async def test_an_answer_nobody_asked_for_is_never_delivered() -> None:
    """A second answer sent ahead of time must not become the next caller's."""
    poisoned = OK + b"Content-Length: 4\r\n\r\ngood" + OK + b"Content-Length: 4\r\n\r\nevil"
    async with raw_upstream(answering(poisoned)) as upstream, proxying(upstream) as (base_url, _):
        for _again in range(3):
            assert (await talk(base_url, GET)).endswith(b"good")


async def test_a_caller_that_leaves_stops_the_upstream() -> None:
    """The upstream sees its connection closed while it still works on the answer."""
    working, closed = asyncio.Event(), asyncio.Event()

    async def slow(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        working.set()
        with contextlib.suppress(ConnectionError):
            await reader.read()
        closed.set()

    async with raw_upstream(slow) as upstream, proxying(upstream) as (base_url, proxy):
        async with connected(base_url) as (_, writer):
            writer.write(GET)
            await working.wait()
        await asyncio.wait_for(closed.wait(), 5)
        assert isinstance(await proxy.faults.get(), CallerGone)


async def test_a_caller_that_leaves_within_its_body_stops_the_upstream() -> None:
    """Half a body never looks like a whole one to the upstream."""
    got: asyncio.Queue[bytes] = asyncio.Queue()

    async def slow(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        got.put_nowait(await reader.readuntil(b"abc\r\n"))
        with contextlib.suppress(ConnectionError):
            got.put_nowait(await reader.read())

    async with raw_upstream(slow) as upstream, proxying(upstream) as (base_url, proxy):
        async with connected(base_url) as (_, writer):
            writer.write(
                b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"
            )
            assert await got.get() == b"3\r\nabc\r\n"
        assert isinstance(await proxy.faults.get(), CallerGone)
    assert got.empty() or b"0\r\n" not in await got.get()


async def test_a_value_that_would_break_out_of_its_line_is_not_sent() -> None:
    """A mistake of ours cannot split a request."""
    scope = {"method": "GET", "raw_path": b"/", "query_string": b"", "type": "http"}

    async def never(*_: object) -> None:
        raise AssertionError

    forwarder = Forwarder({})
    for name, value in [(b"a", b"b\r\nc: d"), (b"a\n", b"b"), (b"a", b"\0")]:
        request = request_of({**scope, "headers": [(name, value)]})
        with pytest.raises(ValueError, match="break out"):
            await forwarder.send("http://127.0.0.1:9", request, never, never)  # type: ignore[arg-type]  # never called
    await forwarder.close()
