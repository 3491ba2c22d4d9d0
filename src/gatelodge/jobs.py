"""The table of periodic jobs: what each does and how often, run on the event loop of one node."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import msgspec
import structlog

from gatelodge.oauth.clients import LONGEST_LIFETIME
from gatelodge.storage import changes, expired
from gatelodge.storage.engine import Store
from gatelodge.storage.errors import StorageError
from gatelodge.storage.live import Live
from gatelodge.storage.token_schema import RINGS
from gatelodge.web.clock import Clock

_log = structlog.get_logger(__name__)
_DAY = 86_400


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One periodic job; ``every`` is in seconds."""

    name: str
    every: float
    run: Callable[[], Awaitable[object]]


def table(
    store: Store,
    live: Live,
    flush_usage: Callable[[], Awaitable[object]],
    clock: Clock,
    keep_signing_keys: Callable[[], Awaitable[object]],
    flush_secret_uses: Callable[[], Awaitable[object]],
) -> Sequence[Job]:
    """Return the jobs of a node; ``flush_usage`` writes what the gateway has counted.

    ``clock`` says what is old enough to be forgotten: see ``web.clock.certain``.
    """

    async def forget_revocations() -> None:
        live.forget(clock())

    read_by_all = 0

    async def forget_changes() -> None:
        # What was logged before the last run is an hour old: every node has long read it.
        nonlocal read_by_all
        newest = await store.read(changes.newest)
        await store.write(changes.forget, clock(), read_by_all)
        read_by_all = newest

    async def drop_expired() -> None:
        await store.write(expired.forget, clock())
        # What reuse detection still needs lives as long as the longest lifetime a key can be given.
        for ring in RINGS:
            await store.write(ring.drop, clock(), LONGEST_LIFETIME + _DAY)

    return (
        Job(name="flush_usage", every=5, run=flush_usage),
        Job(name="flush_secret_uses", every=60, run=flush_secret_uses),
        Job(name="keep_signing_keys", every=600, run=keep_signing_keys),
        Job(name="forget_revocations", every=60, run=forget_revocations),
        Job(name="forget_changes", every=3600, run=forget_changes),
        Job(name="drop_expired", every=3600, run=drop_expired),
    )


@contextlib.asynccontextmanager
async def running(jobs: Sequence[Job]) -> AsyncIterator[None]:
    """Run the jobs until the block ends."""
    tasks = [asyncio.create_task(_repeat(job), name=job.name) for job in jobs]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _repeat(job: Job) -> None:
    while True:
        await asyncio.sleep(job.every)
        try:
            await job.run()
        except StorageError as error:
            _log.warning("job_failed", job=job.name, cause=str(error))
        except Exception:  # noqa: BLE001 - one bad letter or row must not end a job for good
            _log.exception("job_failed", job=job.name)
