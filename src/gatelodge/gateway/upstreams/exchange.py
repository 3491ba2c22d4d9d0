"""One forwarded request: its body up and the answer down, at the pace of the slower side."""

from __future__ import annotations

import asyncio
from typing import Final

from starlette.types import Receive, Send

from gatelodge.gateway.upstreams.address import (
    Address,
    UpstreamRequest,
    declared_length,
    request_head,
)
from gatelodge.gateway.upstreams.connection import UpstreamConnection
from gatelodge.gateway.upstreams.faults import (
    AnswerCut,
    CallerGone,
    ClosedUnanswered,
    UpstreamFault,
)
from gatelodge.gateway.upstreams.pool import Pool
from gatelodge.web.sweep import Sweep

# RFC 9110 section 9.2.2: a proxy repeats nothing else by itself.
_IDEMPOTENT: Final = frozenset({b"GET", b"HEAD", b"OPTIONS", b"PUT", b"DELETE", b"TRACE"})


class Exchange:
    """Carries one request; made anew for each.

    While the upstream works somebody must watch whether the caller is still there.  For an answer
    that comes at once that would be most of the cost, so the watch starts with the first tick of
    the sweep that finds the exchange still running.
    """

    __slots__ = (
        "_address",
        "_caller",
        "_caller_owes",
        "_connection",
        "_more",
        "_pool",
        "_receive",
        "_remaining",
        "_request",
        "_send",
        "_sweep",
    )

    def __init__(
        self, address: Address, pool: Pool, sweep: Sweep, request: UpstreamRequest
    ) -> None:
        self._address = address
        self._pool = pool
        self._sweep = sweep
        self._request = request
        self._connection: UpstreamConnection | None = None
        self._caller: asyncio.Task[None] | None = None
        self._caller_owes = False
        self._more = False
        self._remaining = 0

    async def run(self, receive: Receive, send: Send) -> None:
        """Forward; raises UpstreamFault, AnswerCut once a part of the answer was sent."""
        self._receive = receive
        self._send = send
        wire = request_head(self._address, self._request)
        if self._request.body != "none":
            wire += await self._first_part()
        try:
            connection = await self._answered(wire)
            try:
                await self._relay(connection)
            except CallerGone:
                raise
            except UpstreamFault as fault:
                raise AnswerCut(str(fault)) from fault
        finally:
            self._end()

    def check(self, now: float) -> None:
        """Begin to watch the caller, and keep the time limits; called by the sweep."""
        connection = self._connection
        if connection is None:
            return
        if self._caller_owes:
            connection.since = now
        if self._caller is None:
            self._caller = asyncio.get_running_loop().create_task(self._follow(connection))
        connection.check(now)

    # The request

    async def _first_part(self) -> bytes:
        """Return the first part of the body, often the whole, before a connection is taken."""
        if self._request.body == "length":
            self._remaining = declared_length(self._request)
        body, self._more = await self._next_part()
        return self._framed(body)

    async def _next_part(self) -> tuple[bytes, bool]:
        message = await self._receive()
        if message["type"] != "http.request":
            raise CallerGone("The caller left within its request.")
        return message.get("body", b""), message.get("more_body", False)

    def _framed(self, body: bytes) -> bytes:
        if self._request.body == "length":
            self._remaining -= len(body)
            if self._remaining < 0 or (self._remaining and not self._more):
                raise CallerGone("The request's body is not as long as it said.")
            return body
        chunk = b"%x\r\n%b\r\n" % (len(body), body) if body else b""
        return chunk if self._more else chunk + b"0\r\n\r\n"

    async def _follow(self, connection: UpstreamConnection) -> None:
        """Pass the rest of the body on, then wait for the caller to leave."""
        try:
            while self._more:
                self._caller_owes = True
                body, self._more = await self._next_part()
                self._caller_owes = False
                connection.write(self._framed(body))
                await connection.drain()
            while (await self._receive())["type"] != "http.disconnect":
                pass
            connection.fail(CallerGone("The caller left before its answer."))
        except CallerGone as gone:
            connection.fail(gone)
        except Exception as error:  # noqa: BLE001  # whatever stops the body stops the exchange
            connection.fail(CallerGone(f"The request's body cannot be read: {error!r}"))

    # The answer

    async def _answered(self, wire: bytes) -> UpstreamConnection:
        """Return the connection on which the answer's headers have arrived."""
        whole = not self._more
        connection = self._pool.take_idle() or await self._pool.acquire()
        try:
            await self._ask(connection, wire)
        except ClosedUnanswered:
            # An upstream may close an idle connection in the moment in which it is used.
            again = connection.exchanges > 1 and whole and self._request.method in _IDEMPOTENT
            if not again:
                raise
            self._end()
            connection = await self._pool.acquire_new()
            await self._ask(connection, wire)
        return connection

    async def _ask(self, connection: UpstreamConnection, wire: bytes) -> None:
        self._connection = connection
        self._sweep.add(self)
        connection.begin(self._request.method)
        connection.write(wire)
        if self._more:
            self._caller = asyncio.get_running_loop().create_task(self._follow(connection))
        await connection.head()

    async def _relay(self, connection: UpstreamConnection) -> None:
        send = self._send
        await send(
            {
                "type": "http.response.start",
                "status": connection.status,
                "headers": connection.headers,
            }
        )
        last = False
        while not last:
            body = await connection.read()
            last = connection.complete
            if last:
                self._end()
            await send({"type": "http.response.body", "body": body, "more_body": not last})

    def _end(self) -> None:
        """Give the connection back; it is closed unless both messages were complete."""
        self._sweep.discard(self)
        if self._caller is not None:
            self._caller.cancel()
            self._caller = None
        connection, self._connection = self._connection, None
        if connection is not None:
            if self._more:
                connection.abort()
            self._pool.release(connection)
