"""One connection to an upstream: writes requests, parses answers, holds little in memory."""

from __future__ import annotations

import asyncio
from typing import Final, Protocol, cast

import httptools

from gatelodge.gateway.upstreams.faults import (
    ClosedUnanswered,
    UpstreamBroken,
    UpstreamFault,
    UpstreamTimeout,
)
from gatelodge.gateway.upstreams.limits import ForwardLimits
from gatelodge.web.sweep import Sweep

# Meant for this hop only (RFC 9110 section 7.6.1); those named by Connection are added.
_HOP_BY_HOP: Final = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authentication-info",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
_NO_BODY: Final = frozenset({204, 304})
_INFORMATIONAL: Final = range(100, 200)
_FINAL: Final = range(200, 600)
_SWITCHING_PROTOCOLS: Final = 101


class Owner(Protocol):
    """The pool a connection belongs to."""

    def lost(self, connection: UpstreamConnection) -> None:
        """Forget a connection that is closed."""


class UpstreamConnection(asyncio.Protocol):
    """Carries one exchange at a time; ``begin`` starts one and ``reusable`` tells how it ended."""

    def __init__(self, owner: Owner, limits: ForwardLimits, sweep: Sweep) -> None:
        self._owner = owner
        self._limits = limits
        self._sweep = sweep
        self._loop = asyncio.get_running_loop()
        self._parser = httptools.HttpResponseParser(self)
        self._transport: asyncio.Transport | None = None
        self._writable: asyncio.Future[None] | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._fault: UpstreamFault | None = None
        self._busy = False
        self.exchanges = 0
        self.idle_since = 0.0
        self.since = 0.0
        self._reset(b"")

    def _reset(self, method: bytes) -> None:
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self.complete = False
        self._method = method
        self._named: list[bytes] = []
        self._answered = False
        self._head_complete = False
        self._informational = False
        self._chunked = False
        self._has_length = False
        self._until_close = False
        self._keep = False
        self._counted = 0
        self._pieces: list[bytes] = []
        self._buffered = 0
        self._read_paused = False

    # Used by the exchange

    def begin(self, method: bytes) -> None:
        """Start an exchange."""
        if self.exchanges:
            self._reset(method)
        self._method = method
        self.exchanges += 1
        self._busy = True
        self.since = self._sweep.now

    def write(self, data: bytes) -> None:
        """Send a part of the request; without effect once the connection is gone."""
        transport = self._transport
        if transport is not None and not transport.is_closing():
            transport.write(data)

    async def drain(self) -> None:
        """Wait until the upstream has taken most of what was written."""
        if self._writable is not None:
            await self._writable
        self.since = self._sweep.now

    async def head(self) -> None:
        """Wait for ``status`` and ``headers``; raises UpstreamFault."""
        while not self._head_complete:
            if self._fault is not None:
                raise self._fault
            await self._wait()

    async def read(self) -> bytes:
        """Return what has arrived of the body, at least something unless ``complete``.

        Raises UpstreamFault.
        """
        while not self._pieces and not self.complete:
            if self._fault is not None:
                raise self._fault
            await self._wait()
        return self._take()

    def fail(self, fault: UpstreamFault) -> None:
        """Cut the connection; whoever waits for it gets ``fault``."""
        if self._fault is None:
            self._fault = fault
        self.abort()
        self._wake()

    def abort(self) -> None:
        """Close at once."""
        if self._transport is not None:
            self._transport.abort()

    def end(self) -> bool:
        """End the exchange; tell whether the connection may carry another."""
        self._busy = False
        self._pieces = []
        return self.complete and self._keep and self.usable()

    def usable(self) -> bool:
        """Tell whether a request may be sent now."""
        transport = self._transport
        return self._fault is None and transport is not None and not transport.is_closing()

    def check(self, now: float) -> None:
        """Fail the exchange when the upstream has been waited for too long."""
        if self._waiter is None:
            return
        if not self._head_complete:
            if now - self.since > self._limits.head_seconds:
                self.fail(UpstreamTimeout("The upstream did not begin its answer in time."))
        elif now - self.since > self._limits.silence_seconds:
            self.fail(UpstreamTimeout("The upstream fell silent within its answer."))

    def _take(self) -> bytes:
        pieces = self._pieces
        body = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        self._pieces = []
        self._buffered = 0
        if self._read_paused and self._transport is not None:
            self._read_paused = False
            self._transport.resume_reading()
        return body

    async def _wait(self) -> None:
        if self._head_complete:
            self.since = self._sweep.now
        self._waiter = self._loop.create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    # Called by the transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport."""
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """End an answer that lasts until the close; any other is broken."""
        if self._busy and not self.complete:
            if self._until_close and exc is None and self._fault is None:
                self.complete = True
            elif self._fault is None:
                kind = UpstreamBroken if self._answered else ClosedUnanswered
                self._fault = kind("The upstream closed the connection before its answer's end.")
        self._keep = False
        self.resume_writing()
        self._wake()
        self._owner.lost(self)

    def pause_writing(self) -> None:
        """Make ``drain`` wait."""
        self._writable = self._loop.create_future()

    def resume_writing(self) -> None:
        """Let ``drain`` go on."""
        writable, self._writable = self._writable, None
        if writable is not None and not writable.done():
            writable.set_result(None)

    def data_received(self, data: bytes) -> None:
        """Parse a part of the answer."""
        if not self._busy:
            # Nothing was asked: an answer to nobody must not become the next caller's.
            self.abort()
            return
        self._answered = True
        self._counted += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self._on_malformed(error)
        if self._counted > self._limits.head_bytes and not self.complete:
            self.fail(UpstreamBroken("The upstream's headers are too large."))
        if self._buffered > self._limits.buffer_bytes and not self.complete:
            self._pause_reading()
        self._wake()

    def _pause_reading(self) -> None:
        if not self._read_paused and self._transport is not None:
            self._read_paused = True
            self._transport.pause_reading()

    def _on_malformed(self, error: Exception) -> None:
        self._keep = False
        if not self.complete:
            cause = error.__context__ or error
            self.fail(UpstreamBroken(f"The upstream's answer is not acceptable: {cause}"))

    # Called by the parser; what these raise reaches _on_malformed

    def on_message_begin(self) -> None:
        """Refuse an answer after the answer."""
        if self.complete:
            raise ValueError("more than one answer")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take one header unless it is meant for this hop; trailers are dropped."""
        if self._head_complete:
            return
        name = name.lower()
        if name in _HOP_BY_HOP:
            self._on_hop_header(name, value)
            return
        if name == b"content-length":
            self._has_length = True
        self.headers.append((name, value))

    def _on_hop_header(self, name: bytes, value: bytes) -> None:
        if name == b"connection":
            self._named += [named.strip().lower() for named in value.split(b",")]
        elif name == b"transfer-encoding":
            if self._chunked or value.strip(b" \t").lower() != b"chunked":
                raise ValueError("a Transfer-Encoding that is not chunked")
            self._chunked = True

    def on_headers_complete(self) -> None:
        """Decide how the body ends (RFC 9112 section 6.3)."""
        status = self._parser.get_status_code()
        if status in _INFORMATIONAL and status != _SWITCHING_PROTOCOLS:
            self._informational = True
            self.headers = []
            self._named = []
            return
        if status not in _FINAL or len(self.headers) > self._limits.head_count:
            raise ValueError(f"status {status} with {len(self.headers)} headers")
        if self._counted > self._limits.head_bytes:
            self._check_size()
        self.status = status
        self._clean(status)
        self._head_complete = True
        self._counted = 0
        self._keep = self._parser.should_keep_alive()
        if self._method == b"HEAD":
            self._end_without_body()
        elif status not in _NO_BODY and not self._chunked and not self._has_length:
            self._until_close = True

    def _check_size(self) -> None:
        if sum(len(name) + len(value) for name, value in self.headers) > self._limits.head_bytes:
            raise ValueError("headers too large")

    def _clean(self, status: int) -> None:
        if self._named:
            self.headers = [each for each in self.headers if each[0] not in self._named]
        if status in _NO_BODY:
            # It would tell the length of a body that is not there.
            self.headers = [each for each in self.headers if each[0] != b"content-length"]

    def _end_without_body(self) -> None:
        # The parser does not know the method and waits for the body the headers describe.
        self.complete = True
        self._parser = httptools.HttpResponseParser(self)

    def on_body(self, body: bytes) -> None:
        """Take a part of the body."""
        if self.complete:
            raise ValueError("a body after the end")
        self._counted = 0
        self._buffered += len(body)
        self._pieces.append(body)

    def on_message_complete(self) -> None:
        """End the answer, or an informational one before it."""
        if self._informational:
            self._informational = False
            return
        self.complete = True
