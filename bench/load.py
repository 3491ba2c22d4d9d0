"""A closed-loop HTTP/1.1 load client: N keep-alive connections, each with one request in flight."""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import cast
from urllib.parse import urlsplit

import msgspec

NextRequest = Callable[[bytes], bytes]
"""Given the body of the last answer (empty at first) returns the next request's bytes."""


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What one run reached: requests per second, latencies in milliseconds, answers by status."""

    rate: float
    p50: float
    p99: float
    requests: int
    statuses: dict[int, int]


class _Connection(asyncio.Protocol):
    def __init__(self, next_request: NextRequest, deadline: float, done: asyncio.Event) -> None:
        self.latencies: list[float] = []
        self.statuses: dict[int, int] = {}
        self._next = next_request
        self._deadline = deadline
        self._done = done
        self._buffer = b""
        self._sent_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._send(b"")

    def _send(self, last: bytes) -> None:
        self._sent_at = time.perf_counter()
        self._transport.write(self._next(last))

    def data_received(self, data: bytes) -> None:
        self._buffer = self._buffer + data if self._buffer else data
        head, separator, rest = self._buffer.partition(b"\r\n\r\n")
        if not separator:
            return
        length = content_length(head)
        if len(rest) < length:
            return
        self._buffer = b""
        now = time.perf_counter()
        self.latencies.append(now - self._sent_at)
        status = int(head[9:12])
        self.statuses[status] = self.statuses.get(status, 0) + 1
        if now >= self._deadline:
            self._next(rest)  # who goes on from the last answer goes on from this one
            self._transport.close()
        else:
            self._send(rest)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio calls it so
        self._done.set()


def content_length(head: bytes) -> int:
    """Return the length of the body that follows a head."""
    at = head.lower().find(b"\r\ncontent-length:")
    if at < 0:
        message = "the load client needs a Content-Length"
        raise ValueError(message)
    return int(head[at + 17 : head.find(b"\r", at + 2) if b"\r" in head[at + 2 :] else None])


async def _connect(connection: _Connection, host: str, port: int) -> None:
    await asyncio.get_running_loop().create_connection(lambda: connection, host, port)


async def run(base_url: str, requests: Sequence[NextRequest], seconds: float) -> Result:
    """Drive one connection per element of ``requests`` for ``seconds``."""
    parts = urlsplit(base_url)
    began = time.perf_counter()
    connections, waits = [], []
    for next_request in requests:
        done = asyncio.Event()
        connection = _Connection(next_request, began + seconds, done)
        await _connect(connection, parts.hostname or "", parts.port or 80)
        connections.append(connection)
        waits.append(done.wait())
    await asyncio.gather(*waits)
    elapsed = time.perf_counter() - began
    latencies = sorted(latency for each in connections for latency in each.latencies)
    statuses: dict[int, int] = {}
    for each in connections:
        for status, number in each.statuses.items():
            statuses[status] = statuses.get(status, 0) + number
    return Result(
        rate=len(latencies) / elapsed,
        p50=latencies[len(latencies) // 2] * 1000,
        p99=latencies[int(len(latencies) * 0.99)] * 1000,
        requests=len(latencies),
        statuses=statuses,
    )


def get(path: str, host: str, headers: dict[str, str] | None = None) -> NextRequest:
    """Return a generator of one GET request."""
    request = request_head("GET", path, host, headers or {})
    return lambda _: request


def post(path: str, host: str, form: str, headers: dict[str, str] | None = None) -> NextRequest:
    """Return a generator of one form POST."""
    request = form_post(path, host, form.encode(), headers)
    return lambda _: request


def form_post(path: str, host: str, body: bytes, headers: dict[str, str] | None = None) -> bytes:
    """Return the bytes of a form POST."""
    all_headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Content-Length": str(len(body)),
        **(headers or {}),
    }
    return request_head("POST", path, host, all_headers) + body


def request_head(method: str, path: str, host: str, headers: dict[str, str]) -> bytes:
    """Return the bytes of a request up to its body."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()
