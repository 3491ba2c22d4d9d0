"""The operator's port: numbers for Prometheus, beside the port that people and clients use."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping

from gatelodge import __version__
from gatelodge.app import done, surfaces, traces
from gatelodge.app.core import Core
from gatelodge.authserver.context import Context
from gatelodge.gateway.usage import Usage
from gatelodge.scaling import operator_socket
from gatelodge.settings import BadSettings
from gatelodge.storage import changes
from gatelodge.web import health, server
from gatelodge.web.access_log import AccessLog
from gatelodge.web.errors import reply_for
from gatelodge.web.http import ASGIApp, asgi
from gatelodge.web.measures import Measures, Reading

_GET = frozenset({"GET"})
_PAUSE_SECONDS = 0.5


@contextlib.asynccontextmanager
async def watched(
    core: Core, context: Context, usage: Usage, *, wait: bool = False
) -> AsyncIterator[Callable[[ASGIApp], ASGIApp]]:
    """Serve the operator's port for the length of the block, if there is one.

    Yields what measures the program, and logs and traces its requests where that is wanted. Raises
    ``BadSettings`` when its port cannot be had, unless told to ``wait`` for those who have it.
    """
    chosen = operator_socket(core.settings.operator_address)
    noted = _noting(core)
    if chosen is None:
        yield noted
        return
    measures = measures_of(core, usage)
    measures.tally(*done.tallies(core, context, usage))
    metrics = asgi(measures.answer, methods=_GET, refuse=reply_for)
    offered = surfaces.only("/metrics", metrics)
    # Each worker of a node has numbers of its own, at the next free port.
    try:
        sockets = server.listen_from(*chosen, core.settings.workers)
    except server.CannotListen as error:
        if not wait:
            raise BadSettings([f"operator_address: {str(error).rstrip('.')}"]) from None
        served = _served_later(offered, *chosen, core.settings.workers)
    else:
        served = server.beside(offered, sockets)
    async with served:
        yield lambda app: measures.around(noted(app))


@contextlib.asynccontextmanager
async def _served_later(app: ASGIApp, host: str, port: int, count: int) -> AsyncIterator[None]:
    """Serve on a port of those from ``port`` on once one is given up, until the block ends."""

    async def serve() -> None:
        while True:
            with contextlib.suppress(server.CannotListen):
                async with server.beside(app, server.listen_from(host, port, count)):
                    await asyncio.Event().wait()
            await asyncio.sleep(_PAUSE_SECONDS)

    task = asyncio.create_task(serve())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def health_checks(core: Core) -> Mapping[str, ASGIApp]:
    """Return the health endpoints by path."""
    return health.endpoints(lambda: core.store.read(changes.newest))


def _noting(core: Core) -> Callable[[ASGIApp], ASGIApp]:
    if not core.settings.access_log:
        return lambda app: traces.around(core.shared.tracing, app)
    log = AccessLog(surfaces.Surfaces(core.settings.tenant))
    return lambda app: log.around(traces.around(core.shared.tracing, app))


def measures_of(core: Core, usage: Usage) -> Measures:
    """Return the numbers of a node."""
    measures = Measures(surfaces.Surfaces(core.settings.tenant), __version__)
    measures.read(*_writing(core), *_waiting(core, usage))
    measures.probe("database", lambda: core.store.read(changes.newest))
    if core.shared.ping is not None:
        measures.probe("valkey", core.shared.ping)
    return measures


def _writing(core: Core) -> tuple[Reading, ...]:
    written = core.store.written
    return (
        Reading(
            name="gatelodge_writes",
            text="Units of work that were committed or undone.",
            read=lambda: written.units,
            counts=True,
        ),
        Reading(
            name="gatelodge_write_batches",
            text="Transactions they came in: with fewer of them, each was shared by more.",
            read=lambda: written.batches,
            counts=True,
        ),
        Reading(
            name="gatelodge_write_seconds",
            text="What those transactions took, their commits included.",
            read=lambda: written.seconds,
            counts=True,
        ),
    )


def _waiting(core: Core, usage: Usage) -> tuple[Reading, ...]:
    return (
        Reading(
            name="gatelodge_writes_waiting",
            text="Units of work that wait for the writer.",
            read=lambda: core.store.waiting,
        ),
        Reading(
            name="gatelodge_reads_waiting",
            text="Reads of the database under way or waiting for a connection.",
            read=lambda: core.store.reading,
        ),
        Reading(
            name="gatelodge_passwords_waiting",
            text="Passwords being hashed or waiting for it.",
            read=lambda: core.pool.waiting,
        ),
        Reading(
            name="gatelodge_passwords_refused",
            text="Sign-ins turned away because too many passwords waited (503).",
            read=lambda: core.pool.refused,
            counts=True,
        ),
        Reading(
            name="gatelodge_usage_waiting",
            text="Kinds of gateway calls that were counted and are not written yet.",
            read=lambda: usage.waiting,
        ),
    )
