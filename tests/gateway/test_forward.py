"""Forwarding to ordinary upstreams: what goes up and what comes down."""

import asyncio

import msgspec
import pytest
from starlette.types import Receive, Scope, Send

from gatelodge.gateway.forward import Forwarder, UpstreamRequest
from tests.gateway.proxying import answering, echo, proxying, raw_upstream, recording, serving
from tests.raw_http import connected, read_answer, status_of, talk

LAST = b"Host: gate.example\r\nConnection: close\r\n"
GET = b"GET /a HTTP/1.1\r\n" + LAST + b"\r\n"


async def answer_to(answer: bytes, *, request: bytes = GET, close: bool = False) -> bytes:
    """Return what the caller gets when the upstream sends ``answer``."""
    async with (
        raw_upstream(answering(answer, close=close)) as upstream,
        proxying(upstream) as (base_url, _),
    ):
        return await talk(base_url, request)


async def test_a_request_and_its_answer_pass() -> None:
    """Body, status, path and repeated headers pass an ordinary server."""
    async with serving(echo) as upstream, proxying(upstream + "/base/") as (base_url, _):
        head = b"POST /x?y=1 HTTP/1.1\r\nContent-Length: 5\r\n" + LAST + b"\r\n"
        answer = await talk(base_url, head + b"hello")
    assert status_of(answer) == 200
    assert b"\r\nx-path: /base/x\r\n" in answer
    assert b"\r\nset-cookie: a=1\r\nset-cookie: b=2\r\n" in answer
    assert answer.endswith(b"\r\n\r\n5\r\nhello\r\n0\r\n\r\n")


@pytest.mark.parametrize(
    "target",
    [
        b"/%2e%2e/%2F;a=b/%e4/%",
        b"/a/../b/./c//d",
        b"/a\\b",
        b"/a?b=%20&c=d+e&&=?/../x",
        b"/?",
        b"/caf%C3%A9~!$&'()*+,=:@",
    ],
)
async def test_target_bytes_arrive_unchanged(target: bytes) -> None:
    """No byte of path or query is decoded, encoded or normalised on the way."""
    seen: asyncio.Queue[bytes] = asyncio.Queue()
    async with raw_upstream(recording(seen)) as upstream, proxying(upstream) as (base_url, _):
        assert status_of(await talk(base_url, b"GET %b HTTP/1.1\r\n%b\r\n" % (target, LAST))) == 204
    # An empty query is none: the server in front does not tell the difference.
    assert (await seen.get()).startswith(b"GET %b HTTP/1.1\r\n" % target.removesuffix(b"?"))


async def test_header_bytes_arrive_unchanged() -> None:
    """Header values pass as bytes in both directions, whatever their encoding."""
    seen: asyncio.Queue[bytes] = asyncio.Queue()
    async with raw_upstream(recording(seen)) as upstream, proxying(upstream) as (base_url, _):
        await talk(base_url, b"GET / HTTP/1.1\r\nX-Name: J\xf6rg \xc3\xa4\r\n" + LAST + b"\r\n")
    head = await seen.get()
    assert b"\r\nx-name: J\xf6rg \xc3\xa4\r\n" in head
    assert b"\r\nhost: 127.0.0.1:" in head
    assert b"connection" not in head
    answer = await answer_to(
        b"HTTP/1.1 200 OK\r\nX-Name: J\xf6rg \xc3\xa4\r\nContent-Length: 0\r\n\r\n"
    )
    assert b"\r\nx-name: J\xf6rg \xc3\xa4\r\n" in answer


@pytest.mark.parametrize(
    ("request_head", "framing"),
    [
        (b"GET / HTTP/1.1\r\n", b""),
        (b"POST / HTTP/1.1\r\n", b"content-length: 0\r\n"),
        (b"POST / HTTP/1.1\r\nContent-Length: 0\r\n", b"content-length: 0\r\n"),
        (b"DELETE / HTTP/1.1\r\n", b""),
    ],
)
async def test_the_framing_is_ours(request_head: bytes, framing: bytes) -> None:
    """The upstream learns exactly one way in which the body ends."""
    seen: asyncio.Queue[bytes] = asyncio.Queue()
    async with raw_upstream(recording(seen)) as upstream, proxying(upstream) as (base_url, _):
        await talk(base_url, request_head + LAST + b"\r\n")
    head = await seen.get()
    assert head.count(b"content-length") == framing.count(b"content-length")
    assert framing in head
    assert b"transfer-encoding" not in head


async def test_a_chunked_body_arrives_chunked() -> None:
    """A body of unknown length passes piece by piece; trailers do not pass."""
    async with serving(echo) as upstream, proxying(upstream) as (base_url, _):
        head = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" + LAST + b"\r\n"
        answer = await talk(base_url, head + b"3\r\nabc\r\n2\r\nde\r\n0\r\nX-Trailer: a\r\n\r\n")
    assert b"abcde" in answer.replace(b"\r\n2\r\n", b"")
    assert answer.endswith(b"0\r\n\r\n")


async def test_expect_is_answered_here() -> None:
    """A caller that waits for 100 Continue gets it; the upstream never sees the Expect."""
    async with (
        serving(echo) as upstream,
        proxying(upstream) as (base_url, _),
        connected(base_url) as (reader, writer),
    ):
        writer.write(
            b"PUT / HTTP/1.1\r\nContent-Length: 3\r\nExpect: 100-continue\r\n" + LAST + b"\r\n"
        )
        assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        writer.write(b"abc")
        assert b"abc" in await reader.read()


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", b"abc"),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
            b"3\r\nabc",
        ),
        (b"HTTP/1.1 200 OK\r\n\r\nabc", b"3\r\nabc\r\n0\r\n\r\n"),
        (b"HTTP/1.0 200 OK\r\n\r\nabc", b"3\r\nabc\r\n0\r\n\r\n"),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na", b"a"),
        (
            b"HTTP/1.1 103 Hint\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na",
            b"a",
        ),
    ],
)
async def test_every_framing_of_an_answer_passes(answer: bytes, body: bytes) -> None:
    """Length, chunks, the end of the connection, and informational answers before."""
    passed = await answer_to(answer, close=True)
    assert status_of(passed) == 200
    assert body in passed.partition(b"\r\n\r\n")[2]
    assert b"link" not in passed


@pytest.mark.parametrize(
    ("method", "answer"),
    [
        (b"HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"),
        (b"HEAD", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
        (b"GET", b"HTTP/1.1 204 No Content\r\n\r\n"),
        (b"GET", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 1000\r\nETag: x\r\n\r\n"),
    ],
)
async def test_answers_without_a_body_pass_and_keep_the_connection(
    method: bytes, answer: bytes
) -> None:
    """HEAD, 204 and 304 end with their headers, and the next call uses the same connection."""
    connections = 0

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await answering(answer)(reader, writer)

    call = method + b" / HTTP/1.1\r\nHost: gate.example\r\n\r\n"
    async with (
        raw_upstream(handler) as upstream,
        proxying(upstream) as (base_url, _),
        connected(base_url) as (reader, writer),
    ):
        for _again in range(3):
            writer.write(call)
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(answer[:12])
    assert connections == 1


async def test_hop_by_hop_headers_of_an_answer_are_removed() -> None:
    """What the upstream said to us alone, or named in Connection, does not reach the caller."""
    answer = await answer_to(
        b"HTTP/1.1 200 OK\r\nConnection: keep-alive, X-Hop\r\nKeep-Alive: timeout=5\r\n"
        b"X-Hop: a\r\nProxy-Authenticate: Basic\r\nTrailer: X-T\r\nUpgrade: h2c\r\n"
        b"X-End: b\r\nContent-Length: 0\r\n\r\n",
        request=b"GET / HTTP/1.1\r\nHost: gate.example\r\n\r\n" + GET,
    )
    for name in (b"keep-alive", b"x-hop", b"proxy-authenticate", b"trailer", b"upgrade"):
        assert name not in answer.lower()
    assert b"\r\nx-end: b\r\n" in answer


async def test_a_redirect_and_an_encoded_body_pass_untouched() -> None:
    """The gateway follows nothing and decodes nothing."""
    answer = await answer_to(
        b"HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Encoding: gzip\r\n"
        b"Content-Length: 3\r\n\r\n\x1f\x8b\x00"
    )
    assert status_of(answer) == 302
    assert answer.endswith(b"\x1f\x8b\x00")


async def test_an_answer_may_come_before_the_body_ends() -> None:
    """An upstream that refuses early is heard while the caller still sends."""

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n")
        await reader.read()

    async with (
        raw_upstream(handler) as upstream,
        proxying(upstream) as (base_url, _),
        connected(base_url) as (reader, writer),
    ):
        writer.write(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nabc")
        assert await read_answer(reader) == (413, b"")


async def test_both_directions_flow_at_once() -> None:
    """Each piece of the body is answered before the next is sent."""
    async with (
        serving(echo) as upstream,
        proxying(upstream) as (base_url, _),
        connected(base_url) as (reader, writer),
    ):
        writer.write(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        writer.write(b"3\r\none\r\n")
        await reader.readuntil(b"one\r\n")
        writer.write(b"3\r\ntwo\r\n")
        await reader.readuntil(b"two\r\n")
        writer.write(b"0\r\n\r\n")
        await reader.readuntil(b"0\r\n\r\n")


async def test_a_mounted_application_sees_the_request_for_its_upstream() -> None:
    """It sees the path below its mount, the cleaned headers and the caller's body."""
    seen: list[Scope] = []

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope)
        body = (await receive())["body"]
        await send({"type": "http.response.start", "status": 201, "headers": []})
        await send({"type": "http.response.body", "body": body})

    sent: list[object] = []

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b"abc", "more_body": False}

    async def send(message: object) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/t/vbc.prod/x/a b",
        "raw_path": b"/t/vbc.prod/x/a%20b",
        "query_string": b"q=1",
        "root_path": "/t",
        "headers": [(b"host", b"gate"), (b"authorization", b"no"), (b"content-length", b"3")],
        "state": {"request_id": "1"},
    }
    request = UpstreamRequest(
        method=b"PUT",
        target=b"/a%20b?z=2",
        headers=[(b"x-user", b"me")],
        body="length",
        scope=scope,
    )
    await Forwarder({"here": application}).send("app:here", request, receive, send)
    (got,) = seen
    assert (got["method"], got["path"], got["raw_path"]) == ("PUT", "/t/a b", b"/t/a%20b")
    assert (got["query_string"], got["root_path"]) == (b"z=2", "/t")
    assert got["headers"] == [(b"host", b"gate"), (b"content-length", b"3"), (b"x-user", b"me")]
    assert got["state"] == {"request_id": "1"}
    assert scope["path"] == "/t/vbc.prod/x/a b"
    assert msgspec.json.encode(len(sent)) == b"2"
