"""Runs an ASGI application on uvicorn behind the edge protocol, and stops it without loss."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import socket
import ssl
import sys
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from typing import Any, Final, Literal

import uvicorn
from starlette.types import ASGIApp

from gatelodge.web import descriptors
from gatelodge.web.edge import EdgeLimits
from gatelodge.web.protocol import edge_protocol

if sys.platform == "win32":
    from asyncio import ProactorEventLoop as _EventLoop
else:
    from uvloop import Loop as _EventLoop

_GRACE_SECONDS: Final = 30
_BACKLOG: Final = 2048
_HEADERS_SECONDS: Final = 1.0
_ABSENT: Final = frozenset({errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT})
Lifespan = Literal["on", "off", "auto"]
Header = tuple[bytes, bytes]


_ARRIVAL_SECONDS: Final = 0.02


class CannotListen(SystemExit):
    """The address cannot be had; unless caught, the process says so and ends with exit code 1."""

    def __init__(self, host: str, port: int, reason: str) -> None:
        super().__init__(f"Cannot listen on {host} port {port}: {reason}.")


class CannotStart(RuntimeError):
    """The application's own start failed; uvicorn has logged why."""

    def __init__(self) -> None:
        super().__init__("The application could not start; the log says why.")


class _DefaultHeaders(list[Header]):
    """Headers put before every answer's own; an answer that has a Date keeps it.

    uvicorn adds the answer's list to this one.  A forwarded answer brings the Date of its origin
    (RFC 9110 section 6.6.1), which must not appear twice.
    """

    def __add__(self, own: list[Header]) -> list[Header]:  # type: ignore[override]  # one of list's two
        for name, _ in own:
            if name == b"date":
                return [*(header for header in self if header[0] != b"date"), *own]
        return super().__add__(own)


class Server(uvicorn.Server):
    """uvicorn's server that ends at once when told, says when it is ready, and exits with 0."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        limits: EdgeLimits,
        ready: Callable[[], None] | None = None,
        signals: bool = True,
        lifespan: Lifespan = "on",
        tls: ssl.SSLContext | None = None,
    ) -> None:
        protocol = edge_protocol(limits)
        super().__init__(
            uvicorn.Config(
                app,
                http=protocol,
                ws="none",
                lifespan=lifespan,
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                backlog=_BACKLOG,
                timeout_keep_alive=limits.idle_seconds,
                timeout_graceful_shutdown=_GRACE_SECONDS,
            )
        )
        if tls is not None:
            # uvicorn makes a context of its own from files; this one is checked already.
            self.config.load()
            self.config.ssl = tls
        self._protocol = protocol
        self._limits = limits
        self._ready = ready
        self._signals = signals
        self._stopping = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def stop(self) -> None:
        """Accept no more, finish what is in flight, then end; safe in a signal handler."""
        self.should_exit = True
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._stopping.set)

    def handle_exit(self, sig: int, frame: object) -> None:
        """Stop; a second SIGINT does not wait for requests in flight."""
        del frame
        super().handle_exit(sig, None)
        self.stop()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Run the application's start, listen, then call ``ready``."""
        self._loop = asyncio.get_running_loop()
        try:
            await super().startup(sockets)
        except SystemExit as failed:
            # A SystemExit would end the loop around the callers of this coroutine.
            raise CannotStart from failed
        await self.on_tick(0)
        if self._ready is not None:
            self._ready()

    async def main_loop(self) -> None:
        """Renew the Date every second until told to stop."""
        while not await self.on_tick(0):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_HEADERS_SECONDS):
                    await self._stopping.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept no more, answer whoever has been accepted, then stop the application."""
        self._protocol.leaving = True
        for each in self.servers:
            each.close()
        await self._arrivals()
        await super().shutdown(sockets)

    async def _arrivals(self) -> None:
        """Wait for TLS handshakes that began lately."""
        now = asyncio.get_running_loop().time
        while any(  # noqa: ASYNC110 - no callback tells of a handshake that failed
            now() - each.accepted_at < self._limits.first_seconds
            for each in tuple(self._protocol.arriving)
        ):
            await asyncio.sleep(_ARRIVAL_SECONDS)

    async def on_tick(self, counter: int) -> bool:
        """Renew the default headers; tell whether to stop."""
        stop = await super().on_tick(counter)
        self.server_state.default_headers = _DefaultHeaders(self.server_state.default_headers)
        return stop

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop on SIGINT and SIGTERM; uvicorn would raise them again after the last answer."""
        if not self._signals:
            yield
            return
        with super().capture_signals():
            try:
                yield
            finally:
                self._captured_signals.clear()


class _Loop(_EventLoop):
    """An event loop that cuts a caller who does not get on with the TLS handshake."""

    def __init__(self, limits: EdgeLimits) -> None:
        super().__init__()
        self._limits = limits

    async def create_server(self, *args: Any, **options: Any) -> Any:
        """Listen as ever; a handshake is waited for as long as a request's headers."""
        if options.get("ssl") is not None:
            options["ssl_handshake_timeout"] = self._limits.head_seconds
        return await super().create_server(*args, **options)


def serve(
    app: ASGIApp,
    *,
    host: str,
    port: int,
    ready: Callable[[], None] | None = None,
    limits: EdgeLimits | None = None,
) -> None:
    """Serve ``app`` until SIGINT or SIGTERM, then finish the requests in flight (at most 30 s).

    ``ready`` is called once the application has started and the port is open.  Raises CannotListen,
    and SystemExit when the application's start fails.
    """
    serve_on(listen(host, port), app, ready=ready, limits=limits)


def serve_on(
    sockets: list[socket.socket],
    app: ASGIApp,
    *,
    ready: Callable[[], None] | None = None,
    limits: EdgeLimits | None = None,
    tls: ssl.SSLContext | None = None,
    until: Callable[[Callable[[], None]], None] | None = None,
) -> None:
    """Serve ``app`` as ``serve`` does, on sockets that listen already; they are closed at the end.

    With ``tls`` every connection begins with a handshake. ``until`` is called in the loop, once it
    runs, with what stops it as SIGTERM does.
    """

    def started() -> None:
        if until is not None:
            until(server.stop)
        if ready is not None:
            ready()

    limits = limits or _limits()
    server = Server(app, limits=limits, ready=started, tls=tls)
    try:
        with asyncio.Runner(loop_factory=lambda: _Loop(limits)) as runner:
            runner.run(server.serve(sockets))
    except CannotStart as failed:
        raise SystemExit(str(failed)) from failed
    finally:
        _close(sockets)


def _limits() -> EdgeLimits:
    return EdgeLimits(connections=descriptors.for_connections(EdgeLimits().connections))


@contextlib.asynccontextmanager
async def beside(
    app: ASGIApp,
    sockets: list[socket.socket],
    *,
    limits: EdgeLimits | None = None,
    lifespan: Lifespan = "off",
) -> AsyncIterator[None]:
    """Serve ``app`` in this loop on sockets that listen already, until the block ends.

    The signals are somebody else's.
    """
    ready = asyncio.Event()
    server = Server(
        app, limits=limits or EdgeLimits(), ready=ready.set, signals=False, lifespan=lifespan
    )
    task = asyncio.create_task(server.serve(sockets))
    waiting = asyncio.create_task(ready.wait())
    try:
        await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if ready.is_set():
            yield
    finally:
        waiting.cancel()
        server.stop()
        try:
            await task
        finally:
            _close(sockets)


@contextlib.asynccontextmanager
async def running(
    app: ASGIApp, *, limits: EdgeLimits | None = None, lifespan: Lifespan = "auto"
) -> AsyncIterator[str]:
    """Serve ``app`` in this loop on a free loopback port; yields ``http://127.0.0.1:PORT``.

    For tests: it takes applications without a lifespan.
    """
    sockets = listen("127.0.0.1", 0)
    address = f"http://127.0.0.1:{sockets[0].getsockname()[1]}"
    async with beside(app, sockets, limits=limits, lifespan=lifespan):
        yield address


def listen_from(host: str, port: int, count: int) -> list[socket.socket]:
    """Listen on ``port`` or the first free one of the ``count`` from there. Raises CannotListen."""
    for each in range(port, port + count - 1):
        with contextlib.suppress(CannotListen):
            return listen(host, each)
    return listen(host, port + count - 1)


def listen(host: str, port: int) -> list[socket.socket]:
    """Return a bound socket for every address of ``host``; port 0 takes a free one.

    An address family this machine lacks is passed over.  Raises CannotListen when the name has no
    address and when the port is taken on one of them.
    """
    sockets: list[socket.socket] = []
    absent: OSError | None = None
    for family, address in _addresses(host, port):
        chosen = sockets[0].getsockname()[1] if sockets else port
        try:
            sockets.append(_bind(family, (address[0], chosen, *address[2:])))
        except (OSError, OverflowError) as error:
            if not isinstance(error, OSError) or error.errno not in _ABSENT:
                _close(sockets)
                raise CannotListen(host, port, _reason(error)) from error
            absent = error
    if absent is not None and not sockets:
        raise CannotListen(host, port, _reason(absent)) from absent
    return sockets


def _addresses(host: str, port: int) -> Iterable[tuple[int, tuple[Any, ...]]]:
    try:
        found = socket.getaddrinfo(
            host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    except (socket.gaierror, OverflowError, UnicodeError) as error:
        raise CannotListen(host, port, _reason(error)) from error
    return dict.fromkeys((family, address) for family, _, _, _, address in found)


def _bind(family: int, address: tuple[Any, ...]) -> socket.socket:
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        if os.name == "posix":
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        bound.bind(address)
        # Two processes may both bind with SO_REUSEADDR; only one of them may listen.
        bound.listen(_BACKLOG)
    except (OSError, OverflowError):
        bound.close()
        raise
    bound.setblocking(False)
    return bound


def _close(sockets: list[socket.socket]) -> None:
    for each in sockets:
        each.close()


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        if error.errno == errno.EADDRINUSE:
            return "another program already listens there"
        return error.strerror or str(error)
    return str(error)
