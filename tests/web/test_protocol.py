"""The edge protocol on raw sockets: one test per risk."""

import asyncio
import contextlib
import functools
from collections.abc import AsyncIterator

import msgspec
import pytest
from starlette.types import Receive, Scope, Send

from gatelodge.web.edge import EdgeLimits
from gatelodge.web.server import running
from tests.raw_http import connected, json_of, read_answer, status_of, talk

GET = b"GET /here HTTP/1.1\r\nHost: gate.example\r\n"
POST = b"POST /here HTTP/1.1\r\nHost: gate.example\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
serving = functools.partial(running, lifespan="off")
LAST = b"Connection: close\r\n\r\n"


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with what arrived; ``scope["headers"]`` is read after the body, as trailers are."""
    assert scope["type"] == "http"
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        size += len(message.get("body", b""))
        more = message.get("more_body", False)
    seen = {
        "method": scope["method"],
        "target": scope["raw_path"].decode(),
        "names": [name.decode() for name, _ in scope["headers"]],
        "size": size,
    }
    body = msgspec.json.encode(seen)
    headers = [(b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@pytest.fixture
async def edge() -> AsyncIterator[str]:
    """An echoing server with small sizes and times far away."""
    async with serving(echo, limits=EdgeLimits(head_bytes=2000, head_count=20)) as base_url:
        yield base_url


@pytest.fixture
async def hasty_edge() -> AsyncIterator[str]:
    """An echoing server that loses patience at once."""
    limits = EdgeLimits(
        head_seconds=0.2, body_seconds=0.2, idle_seconds=1, linger_seconds=0.2, tick_seconds=0.05
    )
    async with serving(echo, limits=limits) as base_url:
        yield base_url


REFUSED = {
    "two Hosts": GET + b"Host: other.example\r\n\r\n",
    "two equal Hosts": GET + b"Host: gate.example\r\n\r\n",
    "no Host": b"GET / HTTP/1.1\r\n\r\n",
    "empty Host": b"GET / HTTP/1.1\r\nHost: \r\n\r\n",
    "Host with a slash": b"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n",
    "Host with a user": b"GET / HTTP/1.1\r\nHost: me@gate.example\r\n\r\n",
    "Host with a blank": b"GET / HTTP/1.1\r\nHost: gate example\r\n\r\n",
    "Host with a bad port": b"GET / HTTP/1.1\r\nHost: gate.example:8x\r\n\r\n",
    "Host beyond ASCII": b"GET / HTTP/1.1\r\nHost: g\xe4te\r\n\r\n",
    "length beside chunked": POST + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
    "chunked beside length": POST + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n",
    "two lengths": POST + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
    "two equal lengths": POST + b"Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
    "list of lengths": POST + b"Content-Length: 3, 3\r\n\r\nabc",
    "signed length": POST + b"Content-Length: +3\r\n\r\nabc",
    "bare line feeds": b"GET / HTTP/1.1\nHost: gate.example\n\n",
    "bare line feed after a header": GET + b"A: b\nC: d\r\n\r\n",
    "bare line feed at the end": GET + b"A: b\r\n\n",
    "bare carriage return": GET + b"A: b\rC: d\r\n\r\n",
    "line feeds first": b"\n\n" + GET + b"\r\n",
    "many empty lines first": b"\r\n\r\n\r\n" + GET + b"\r\n",
    "folded header": GET + b"A: b\r\n c\r\n\r\n",
    "folded first header": b"GET / HTTP/1.1\r\n Host: gate.example\r\n\r\n",
    "NUL in a value": GET + b"A: b\0c\r\n\r\n",
    "NUL in a name": GET + b"A\0: b\r\n\r\n",
    "control character": GET + b"A: \x01\r\n\r\n",
    "blank before the colon": GET + b"A : b\r\n\r\n",
    "NUL in the path": b"GET /\0 HTTP/1.1\r\nHost: gate.example\r\n\r\n",
    "path beyond ASCII": b"GET /\xe4 HTTP/1.1\r\nHost: gate.example\r\n\r\n",
    "fragment": b"GET /a#b HTTP/1.1\r\nHost: gate.example\r\n\r\n",
    "another host in the target": b"GET http://evil/a HTTP/1.1\r\nHost: gate.example\r\n\r\n",
    "user in the target": b"GET http://u@gate.example/ HTTP/1.1\r\nHost: gate.example\r\n\r\n",
    "another scheme in the target": b"GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n",
    "star with GET": b"GET * HTTP/1.1\r\nHost: gate.example\r\n\r\n",
    "unknown method": b"BREW / HTTP/1.1\r\nHost: gate.example\r\n\r\n",
    "chunked in HTTP/1.0": b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "not HTTP at all": b"\x16\x03\x01\x02\x00\x01\x00\x01",
    "bad chunk size": CHUNKED + b"0x3\r\nabc\r\n0\r\n\r\n",
    "bare line feed after a chunk size": CHUNKED + b"3\nabc\r\n0\r\n\r\n",
    "bare line feed in a chunk extension": CHUNKED + b"3;a=\nb\r\nabc\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("request_bytes", REFUSED.values(), ids=REFUSED)
async def test_a_malformed_request_is_refused(edge: str, request_bytes: bytes) -> None:
    """What two parsers could read in two ways gets 400 in the fault's shape and a close."""
    answer = await talk(edge, request_bytes)
    assert status_of(answer) == 400
    assert b"\r\nconnection: close\r\n" in answer
    fault = json_of(answer)
    assert fault.pop("description")
    assert fault == {"code": "400", "type": "Status report", "message": "Bad Request"}


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501),
        (b"CONNECT gate.example:443 HTTP/1.1\r\nHost: gate.example:443\r\n\r\n", 501),
        (b"GET / HTTP/2.0\r\nHost: gate.example\r\n\r\n", 505),
        (b"GET / HTTP/0.9\r\n\r\n", 505),
        (GET + b"A: " + b"a" * 2000 + b"\r\n\r\n", 431),
        (GET + b"A: " + b"a" * 3000, 431),
        (b"GET /" + b"a" * 3000, 431),
        (GET + b"A: b\r\n" * 20 + b"\r\n", 431),
    ],
)
async def test_what_is_not_offered_is_refused(edge: str, request_bytes: bytes, status: int) -> None:
    """Other codings, CONNECT, other versions and large heads each get their own status."""
    answer = await talk(edge, request_bytes)
    assert status_of(answer) == status
    assert json_of(answer)["code"] == str(status)


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GET /here HTTP/1.1\r\nHost:  gate.example:8080 \r\n",
        b"GET /here HTTP/1.1\r\nHost: [::1]:80\r\n",
        b"GET http://GATE.example/here HTTP/1.1\r\nHost: gate.example\r\n",
        b"GET http://gate.example/here?a HTTP/1.1\r\nHost: gate.example\r\n",
        b"GET /here HTTP/1.0\r\n",
        b"\r\n" + GET,
        GET + b"A: " + b"a" * 1500 + b"\r\n",
    ],
)
async def test_a_sound_request_passes(edge: str, request_bytes: bytes) -> None:
    """Ports, addresses, the absolute form of the same host and HTTP/1.0 are all served."""
    answer = await talk(edge, request_bytes + LAST)
    assert status_of(answer) == 200
    assert b'"target":"/here"' in answer


async def test_a_request_may_arrive_byte_by_byte(edge: str) -> None:
    """The limits count bytes, not pieces."""
    request = POST + b"Content-Length: 3\r\n" + LAST + b"abc"
    answer = await talk(edge, *(request[i : i + 1] for i in range(len(request))))
    assert json_of(answer)["size"] == 3


async def test_a_large_head_after_a_large_body_is_refused(edge: str) -> None:
    """The count begins anew with each request: large bodies pass, a large head never does."""
    async with connected(edge) as (reader, writer):
        for _ in range(2):
            writer.write(POST + b"Content-Length: 5000\r\n\r\n" + b"a" * 5000)
            assert (await read_answer(reader))[0] == 200
        writer.write(GET + b"A: " + b"a" * 3000)
        assert status_of(await reader.read()) == 431


async def test_trailers_do_not_become_headers(edge: str) -> None:
    """A trailer cannot add an identity to a request that was checked without it."""
    answer = await talk(edge, CHUNKED + b"3\r\nabc\r\n0\r\nX-Forged: me\r\n\r\n" + GET + LAST)
    assert b'"size":3' in answer
    assert b"x-forged" not in answer


async def test_endless_trailers_are_refused(edge: str) -> None:
    """Trailers share the limit of the headers, although nobody reads them."""
    answer = await talk(edge, CHUNKED + b"0\r\nA: " + b"a" * 600_000)
    assert status_of(answer) == 431


async def test_a_large_refused_request_still_gets_its_answer(edge: str) -> None:
    """Bytes that follow a refusal are read and dropped, so that no reset overtakes the answer."""
    answer = await talk(edge, GET + b"A: " + b"a" * 500_000)
    assert status_of(answer) == 431


async def test_an_upgrade_is_ignored_and_its_body_kept(edge: str) -> None:
    """A client that offers h2c with a POST is served; its body never passes for a request."""
    smuggled = GET + LAST
    offer = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAA\r\n"
    request = POST + offer + b"Content-Length: %d\r\n\r\n" % len(smuggled)
    answer = await talk(edge, request, smuggled, b"GET /2 HTTP/1.1\r\nHost: a\r\n" + LAST)
    assert answer.count(b"HTTP/1.1 200 OK") == 2
    assert b'"size":%d' % len(smuggled) in answer
    assert b'"target":"/2"' in answer


async def test_pipelined_requests_are_answered_in_order(edge: str) -> None:
    """Two requests in one piece get two answers, first things first."""
    second = b"GET /second HTTP/1.1\r\nHost: gate.example\r\n" + LAST
    answer = await talk(edge, GET + b"\r\n" + second)
    assert answer.index(b'"/here"') < answer.index(b'"/second"')


async def test_a_bad_request_behind_a_good_one_does_not_spoil_its_answer(edge: str) -> None:
    """The first of two pipelined requests is answered in full before the connection closes."""
    answer = await talk(edge, GET + b"\r\n" + b"GET / HTTP/1.1\r\n\r\n")
    assert answer.count(b"HTTP/1.1 ") == 1
    assert json_of(answer)["target"] == "/here"


async def test_too_many_pipelined_requests_are_refused(edge: str) -> None:
    """A caller cannot make us hold thousands of parsed requests."""
    answer = await talk(edge, (GET + b"\r\n") * 1000)
    assert answer.count(b"HTTP/1.1 200 OK") < 20


async def test_slow_headers_time_out(hasty_edge: str) -> None:
    """Headers that never end get 408 and a close."""
    answer = await talk(hasty_edge, GET)
    assert status_of(answer) == 408
    assert json_of(answer)["message"] == "Request Timeout"


async def test_slow_headers_of_a_later_request_time_out(hasty_edge: str) -> None:
    """The time limit holds for every request of a connection, not only for the first."""
    async with connected(hasty_edge) as (reader, writer):
        writer.write(GET + b"\r\n")
        assert (await read_answer(reader))[0] == 200
        writer.write(b"\r\n")
        assert status_of(await reader.read()) == 408


async def test_a_silent_connection_is_closed(hasty_edge: str) -> None:
    """A connection without any request is closed without an answer."""
    assert await talk(hasty_edge) == b""


async def test_an_idle_connection_is_closed(hasty_edge: str) -> None:
    """A connection is kept for a while after an answer, then closed without a word."""
    answer = await talk(hasty_edge, GET + b"\r\n")
    assert answer.count(b"HTTP/1.1") == 1


async def test_a_stalled_body_is_cut_off() -> None:
    """A caller that stops sending its body loses the connection; the application is told."""
    told: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def patient(_: Scope, receive: Receive, __: Send) -> None:
        while (message := await receive())["type"] == "http.request":
            assert message["more_body"]
        told.set_result(message["type"])

    limits = EdgeLimits(body_seconds=0.2, tick_seconds=0.05)
    async with serving(patient, limits=limits) as base_url:
        answer = await talk(base_url, POST + b"Content-Length: 10\r\n\r\nabc")
        assert status_of(answer) == 408
        assert await told == "http.disconnect"


async def test_a_body_nobody_asks_for_is_not_stalled() -> None:
    """An application that answers without reading the body may take its time."""
    limits = EdgeLimits(body_seconds=0.1, tick_seconds=0.02)

    async def slow(_: Scope, __: Receive, send: Send) -> None:
        await asyncio.sleep(0.4)
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    async with serving(slow, limits=limits) as base_url:
        request = POST + b"Content-Length: 9\r\nExpect: 100-continue\r\n" + LAST
        assert status_of(await talk(base_url, request)) == 204


async def test_a_caller_that_does_not_read_is_cut_off() -> None:
    """An answer nobody takes is held in bounded memory for a bounded time."""
    ended = asyncio.Event()

    async def large(_: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _piece in range(2000):
            await send({"type": "http.response.body", "body": b"a" * 65536, "more_body": True})
        await receive()
        assert (await receive())["type"] == "http.disconnect"
        ended.set()

    limits = EdgeLimits(write_seconds=0.2, tick_seconds=0.05)
    async with serving(large, limits=limits) as base_url, connected(base_url) as (reader, writer):
        writer.write(GET + b"\r\n")
        await reader.readexactly(1)
        await ended.wait()
        received = 0
        with contextlib.suppress(ConnectionError):
            while piece := await reader.read(1 << 20):
                received += len(piece)
        assert received < 20_000_000


async def test_a_disconnect_reaches_the_request_being_answered() -> None:
    """With a second request waiting, the first one's application still learns of the close."""
    started, told = asyncio.Event(), asyncio.Event()

    async def waiting(_: Scope, receive: Receive, __: Send) -> None:
        await receive()
        started.set()
        assert (await receive())["type"] == "http.disconnect"
        told.set()

    async with serving(waiting) as base_url:
        async with connected(base_url) as (_, writer):
            writer.write((GET + b"\r\n") * 2)
            await started.wait()
        await asyncio.wait_for(told.wait(), 5)


async def test_expect_is_answered_before_the_body(edge: str) -> None:
    """A caller that asks first gets 100 Continue, then its answer."""
    async with connected(edge) as (reader, writer):
        writer.write(POST + b"Content-Length: 3\r\nExpect: 100-continue\r\n\r\n")
        assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        writer.write(b"abc")
        status, body = await read_answer(reader)
        assert (status, msgspec.json.decode(body)["size"]) == (200, 3)
