"""uvicorn's HTTP/1.1 protocol with the limits and refusals an edge needs.

llhttp, the parser, already refuses bare line feeds, folded headers, control characters,
Content-Length beside Transfer-Encoding and repeated lengths.  Added here: limits on the size, the
count and the time of headers, on stalled bodies and on callers that do not read; exactly one valid
Host; no trailers among the headers; an Upgrade is ignored while its body is kept.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Any, ClassVar, Final, cast
from weakref import WeakSet

import httptools
from uvicorn._types import ASGI3Application
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from gatelodge.web.edge import (
    EdgeLimits,
    Refused,
    bad_request,
    busy,
    check_host,
    check_target,
    check_transfer_encoding,
    check_version,
    refusal,
    refusal_of,
    too_large,
)
from gatelodge.web.flow import AskingFlow
from gatelodge.web.gathering import GatheredWrites
from gatelodge.web.sweep import Sweep

_CRLF: Final = b"\r\n"
_DISCARDED_BYTES: Final = 1024 * 1024
# Of a body whose answer is out: many callers send the whole before they read, and then ask again.
_UNREAD_BYTES: Final = 16 * 1024 * 1024
# Connections one too many that are told so; further ones are cut without a word.
_TURNED_AWAY: Final = 256
_WATCHED: Final = frozenset({b"host", b"transfer-encoding", b"expect"})
# ": " and the line's end.
_LINE_OVERHEAD: Final = 4


class EdgeProtocol(HttpToolsProtocol):
    """One connection; ``edge_protocol`` makes the class that carries limits and a sweep."""

    limits: ClassVar[EdgeLimits]
    sweep: ClassVar[Sweep]
    arriving: ClassVar[WeakSet[EdgeProtocol]]
    """Accepted, in the middle of their TLS handshake."""
    leaving: ClassVar[bool] = False
    """Set once the server stops: every connection closes after its next answer."""
    flow: AskingFlow

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._active: RequestResponseCycle | None = None
        self._reading_head = True
        self._head_since = 0.0
        self._head_bytes = 0
        self._chunk_bytes = 0
        self._host: bytes | None = None
        self._valid_host: bytes | None = None
        self._upgrading = False
        self._body_since = 0.0
        self._body_bytes = 0
        self._body_waited = 0.0
        self._idle_since = 0.0
        self._bytes_beside_body = 0
        self._unsent = (0, 0.0)
        self._refused_at = 0.0
        self._discarded = 0
        self.accepted_at = self.loop.time()
        if config.ssl is not None:
            self.arriving.add(self)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn narrows it too
        """Begin to watch the new connection; one too many is refused."""
        super().connection_made(transport)
        self.arriving.discard(self)
        if self.leaving:
            self.loop.call_later(self.limits.first_seconds, self._part)
        self.flow = AskingFlow(transport, self.sweep)
        self._answers = GatheredWrites(transport, self.loop)
        self.sweep.add(self)
        self._head_since = self.sweep.now
        crowd = len(self.connections) - self.limits.connections
        if crowd > _TURNED_AWAY:
            transport.abort()
        elif crowd > 0:
            self._refuse(busy("Too many connections are open. Please try again."))

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the request being answered, which is not always the last one parsed."""
        self.sweep.discard(self)
        self.pipeline.clear()
        if self._active is not None:
            _disconnect(self._active)
        super().connection_lost(exc)

    # What the parser reads

    def data_received(self, data: bytes) -> None:
        """Parse what arrived; a refused caller's bytes are thrown away."""
        if self._refused_at:
            self._discard(len(data), _DISCARDED_BYTES)
            return
        self._chunk_bytes = len(data)
        if self._reading_head:
            if not self._head_bytes and data[0] in _CRLF:
                # RFC 9112 section 2.2: one empty line before a request is overlooked.
                data = data.removeprefix(_CRLF)
                if data[:1] in (b"\r", b"\n"):
                    self._refuse(bad_request("The request begins with line breaks."))
                    return
            self._head_bytes += self._chunk_bytes
            if not self._head_since:
                self._head_since = self.sweep.now
        else:
            self._bytes_beside_body += self._chunk_bytes
        self._feed(data)
        unparsed = self._head_bytes if self._reading_head else self._bytes_beside_body
        if unparsed > self.limits.head_bytes:
            self._refuse(too_large())

    def _feed(self, data: bytes) -> None:
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._feed(self._without_upgrade() + data[upgrade.args[0] :])
        except httptools.HttpParserError as fault:
            self._refuse(refusal_of(fault))

    def _without_upgrade(self) -> bytes:
        """Return the head once more, without its Upgrade (RFC 9110 section 7.8 lets us ignore it).

        llhttp takes a request with an Upgrade for one without a body, so its body would be read
        as the next request.
        """
        self._upgrading = False
        self._host = None
        self._head_bytes = 0
        version = self.scope["http_version"].encode()
        lines = [b"%s %s HTTP/%s" % (self.parser.get_method(), self.url, version)]
        lines += [n + b": " + v for n, v in self.headers if n != b"upgrade"]
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        return b"\r\n".join([*lines, b"", b""])

    def on_message_begin(self) -> None:
        """Begin a head, which may come with the end of the request before it."""
        super().on_message_begin()
        if not self._head_bytes:
            self._head_bytes = 1
            self._head_since = self.sweep.now

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take one header; trailers are dropped, they are no headers (RFC 9110 section 6.5.1)."""
        name = name.lower()
        if self._reading_head:
            if name in _WATCHED:
                value = self._watch(name, value)
            self.headers.append((name, value))

    def _watch(self, name: bytes, value: bytes) -> bytes:
        if name == b"host":
            if self._host is not None:
                raise bad_request("The request has more than one Host header.")
            if value != self._valid_host:
                value = self._valid_host = check_host(value)
            self._host = value
        elif name == b"transfer-encoding":
            check_transfer_encoding(value, self.parser.get_http_version())
        elif value.lower() == b"100-continue":
            self.expect_100_continue = True
        return value

    def on_headers_complete(self) -> None:
        """Check the whole head, then let uvicorn start the application."""
        if self.parser.should_upgrade():
            self._begin_upgrade()
            return
        version = self.parser.get_http_version()
        if version != "1.1":
            check_version(version)
        elif self._host is None:
            raise bad_request("The request has no Host header.")
        if not self.url.startswith(b"/") or b"#" in self.url:
            check_target(self.url, self.parser.get_method(), self._host)
        if len(self.headers) > self.limits.head_count:
            raise too_large()
        if self._head_bytes + self._chunk_bytes > self.limits.head_bytes:
            self._check_size()
        if len(self.pipeline) >= self.limits.pipelined:
            raise bad_request("Too many requests before the first answer.")
        self._reading_head = False
        self._head_since = 0.0
        self._body_since = self.sweep.now
        self._body_bytes = 0
        self._body_waited = 0.0
        self._discarded = 0
        super().on_headers_complete()

    def _begin_upgrade(self) -> None:
        if self.parser.get_method() == b"CONNECT":
            raise Refused(HTTPStatus.NOT_IMPLEMENTED, "CONNECT is not supported.")
        version = self.parser.get_http_version()
        check_version(version)
        self.scope["http_version"] = version
        self._upgrading = True

    def _check_size(self) -> None:
        size = len(self.url) + sum(len(n) + len(v) + _LINE_OVERHEAD for n, v in self.headers)
        if size > self.limits.head_bytes:
            raise too_large()

    def on_body(self, body: bytes) -> None:
        """Take a part of the body; after the answer only so much of it."""
        if self.cycle.response_complete:
            self._discard(len(body), _UNREAD_BYTES)
            if self._refused_at:
                raise bad_request("The body goes on long after the answer.")
        now = self.sweep.now
        self._body_waited += now - self._waiting_for_body(now)
        self._body_bytes += len(body)
        self._body_since = now
        self._bytes_beside_body = 0
        self.flow.asked_at = 0.0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End a request; what follows is the head of the next."""
        if self._upgrading:
            return
        cycle = self.cycle
        if not cycle.response_complete:
            cycle.more_body = False
            cycle.message_event.set()
        self._reading_head = True
        self._host = None
        self._head_bytes = 0
        self._head_since = 0.0

    def on_response_complete(self) -> None:
        """Go on with the next request; the sweep watches idleness, uvicorn sets a timer each."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        else:
            self._idle_since = self.sweep.now

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._active = cycle
        cycle.keep_alive = cycle.keep_alive and not self.leaving
        cycle.transport = cast("asyncio.Transport", self._answers)
        super()._start_asgi_task(cycle, app)

    def shutdown(self) -> None:
        """Close after the answer in flight, or a moment later, if nothing has been asked by then.

        A request that meets a connection being closed is lost, and its caller cannot know whether
        it was heard.
        """
        self._answers.flush()
        if self._refused_at or not self._is_answered():
            super().shutdown()
            return
        limits = self.limits
        wait = limits.first_seconds if self._active is None else limits.last_seconds
        self.loop.call_later(wait, self._part)

    def _part(self) -> None:
        if self._is_answered() and not self._head_bytes:
            self.transport.close()

    # Refusing

    def _refuse(self, refused: Refused) -> None:
        """Answer with the refusal and close, once; an earlier request's answer goes first."""
        if self._refused_at or self.transport.is_closing():
            return
        self._refused_at = self.sweep.now
        self.pipeline.clear()
        active = self._active
        if active is not None and not active.response_complete:
            if active is not self.cycle or not active.more_body:
                active.keep_alive = False
                return
            _disconnect(active)
            if active.response_started:
                self._answers.close()
                return
        self._answers.flush()
        self.transport.write(refusal(refused, self.server_state.default_headers))
        self._end()

    def _end(self) -> None:
        """Say that nothing follows; the caller has a moment to read it."""
        self._answers.flush()
        if self.transport.can_write_eof():
            # A close with unread bytes in the socket would reset it before the caller has read.
            self.transport.write_eof()
        else:
            self.transport.close()

    def _discard(self, size: int, most: int) -> None:
        self._discarded += size
        if self._discarded <= most:
            return
        self.flow.pause_reading()
        if not self._refused_at:
            self._refused_at = self.sweep.now
            self._end()

    def check(self, now: float) -> None:
        """Act on what has waited too long; called by the sweep."""
        if self.flow.write_paused or self.transport.is_closing():
            self._check_unsent(now)
        elif self._refused_at:
            if self._is_answered() and now - self._refused_at > self.limits.linger_seconds:
                self.transport.abort()
        elif not self._reading_head:
            self._check_body(now)
        else:
            self._check_head(now)

    def _check_body(self, now: float) -> None:
        waiting = now - self._waiting_for_body(now)
        if self.limits.stalls(waiting, self._body_waited, self._body_bytes):
            self._refuse(Refused(HTTPStatus.REQUEST_TIMEOUT, "The request's body stalled."))

    def _check_head(self, now: float) -> None:
        if self._head_since:
            if now - self._head_since > self._patience(self.limits.head_seconds):
                self._give_up_on_head()
            return
        idle = now - self._idle_since
        if self._is_answered() and idle > self._patience(self.limits.idle_seconds):
            self.transport.close()

    def _patience(self, seconds: float) -> float:
        """Return how long a connection without a request is waited for: not long in a crowd."""
        if 4 * len(self.connections) < 3 * self.limits.connections:
            return seconds
        return min(seconds, self.limits.crowded_seconds)

    def _is_answered(self) -> bool:
        return self._active is None or self._active.response_complete

    def _give_up_on_head(self) -> None:
        if self._head_bytes:
            self._refuse(Refused(HTTPStatus.REQUEST_TIMEOUT, "The headers took too long."))
        else:
            self.transport.close()

    def _waiting_for_body(self, now: float) -> float:
        """Return since when the caller has owed a part of the body, ``now`` if it owes none."""
        cycle = self.cycle
        if cycle.response_complete:
            # The rest of an answered request's body.
            return self._body_since
        if self.flow.read_paused or cycle.body or not self.flow.asked_at:
            return now
        return max(self._body_since, self.flow.asked_at)

    def _check_unsent(self, now: float) -> None:
        unsent = self.transport.get_write_buffer_size()
        size, since = self._unsent
        if unsent != size or not since:
            self._unsent = (unsent, now)
        elif now - since > self.limits.write_seconds:
            self.transport.abort()


def edge_protocol(limits: EdgeLimits) -> type[EdgeProtocol]:
    """Return a protocol class for uvicorn's ``http`` setting; one server each."""
    members = {"limits": limits, "sweep": Sweep(limits.tick_seconds), "arriving": WeakSet()}
    return type("EdgeProtocol", (EdgeProtocol,), members)


def _disconnect(cycle: RequestResponseCycle) -> None:
    if not cycle.response_complete:
        cycle.disconnected = True
        cycle.message_event.set()
