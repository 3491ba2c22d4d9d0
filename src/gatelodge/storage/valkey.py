"""The node's line to Valkey, for what nodes count and remember together but need not keep.

Calls that arrive together leave together: while one round trip is under way the next batch
gathers. When Valkey does not answer, every call fails at once until it does again, which is tried
in the background; nobody waits for a connection that is not there.
"""

import asyncio
import contextlib
import hashlib
from collections.abc import Coroutine, Iterator, Sequence
from contextvars import Context
from typing import Any, TypeVar

import structlog

from gatelodge.storage.errors import StoreUnavailable

_SLICE = 0.2
_SLICES = 5
"""How long a round trip may take before Valkey counts as away: slices, so that a loop that was late
itself, and finds answer and deadline at once, takes the answer."""

T = TypeVar("T")

_PAUSE = 0.25
_MOST_WAITING = 10_000
_BATCH = 512
_log = structlog.get_logger(__name__)


class ValkeyAway(StoreUnavailable):
    """Valkey does not answer, or not as it should."""


class Script:
    """A Lua script, sent by its digest once Valkey knows it."""

    def __init__(self, text: str) -> None:
        self.text = text
        # SHA-1 is the name that the protocol gives a script.
        self.sha = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


class _Call:
    __slots__ = ("command", "future")

    def __init__(self, command: Sequence[Any], future: asyncio.Future[Any]) -> None:
        self.command = command
        self.future = future

    def settle(self, answer: Any) -> None:
        if self.future.done():
            return
        if isinstance(answer, Exception):
            self.future.set_exception(answer)
        else:
            self.future.set_result(answer)


class Valkey:
    """One line for everybody on this loop; ``prefix`` starts the name of every key."""

    def __init__(self, url: str, prefix: str) -> None:
        # Imported by who uses it: an installation without Valkey starts faster.
        import valkey.asyncio as client  # noqa: PLC0415 - see above
        from valkey import exceptions  # noqa: PLC0415 - see above

        self.prefix = prefix
        self._client = client.Valkey.from_url(url)
        self._failures = (exceptions.ValkeyError, OSError, TimeoutError)
        self._unknown_script = exceptions.NoScriptError
        self._refusal = exceptions.ResponseError
        self._waiting: list[_Call] = []
        self._sending: asyncio.Task[None] | None = None
        self._recovering: asyncio.Task[None] | None = None

    @property
    def away(self) -> bool:
        """Whether calls fail at the moment without being sent."""
        return self._recovering is not None

    async def call(self, *command: Any) -> Any:
        """Send one command and return its answer. Raises ``ValkeyAway``."""
        if self.away or len(self._waiting) >= _MOST_WAITING:
            raise ValkeyAway("Valkey does not answer")
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Call(command, future))
        if self._sending is None:
            # Serves every request: what it logs is not about the one that came first.
            self._sending = asyncio.create_task(
                self._send_all(), name="gatelodge-valkey", context=Context()
            )
        return await future

    async def policy(self) -> str:
        """Return what it does when its memory is full; empty where it tells nobody.

        Raises ``ValkeyAway``.
        """
        await self.call("PING")
        try:
            found = await self.call("CONFIG", "GET", "maxmemory-policy")
        except ValkeyAway as away:
            if isinstance(away.__cause__, self._refusal):
                return ""
            raise
        # Named after the protocol in use: a list of names and values, or a dictionary.
        values = list(found.values()) if isinstance(found, dict) else found[1:2]
        return bytes(values[0]).decode() if values else ""

    async def version(self) -> str:
        """Return its version, like 9.1.2; empty where it tells nobody. Raises ``ValkeyAway``."""
        try:
            found = await self.call("INFO", "server")
        except ValkeyAway as away:
            if isinstance(away.__cause__, self._refusal):
                return ""
            raise
        # Parsed or not, after the protocol in use.
        text = found.decode() if isinstance(found, bytes) else ""
        told = found if isinstance(found, dict) else dict(_pairs(text))
        named = {str(name): str(value) for name, value in told.items()}
        # What says ``redis_version`` beside its own is the version that Valkey is compatible with.
        return named.get("valkey_version", named.get("redis_version", ""))

    async def run(self, script: Script, keys: Sequence[str], arguments: Sequence[Any]) -> Any:
        """Run a script. Raises ``ValkeyAway``."""
        rest = (len(keys), *keys, *arguments)
        try:
            return await self.call("EVALSHA", script.sha, *rest)
        except self._unknown_script:
            return await self.call("EVAL", script.text, *rest)

    async def close(self) -> None:
        """Close the line; calls under way fail."""
        for task in (self._sending, self._recovering):
            if task is not None:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
        self._fail(self._waiting, ValkeyAway("Valkey is closed"))
        await self._client.aclose()

    async def _send_all(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:_BATCH], self._waiting[_BATCH:]
                await self._send(batch)
        finally:
            self._sending = None

    async def _send(self, batch: Sequence[_Call]) -> None:
        pipeline = self._client.pipeline(transaction=False)
        for call in batch:
            pipeline.execute_command(*call.command)
        try:
            answers = await _within(pipeline.execute(raise_on_error=False))
        except self._failures as error:
            self._lost(batch, error)
            return
        except asyncio.CancelledError:
            self._fail(batch, ValkeyAway("Valkey is closed"))
            raise
        for call, answer in zip(batch, answers, strict=True):
            if isinstance(answer, Exception) and not isinstance(answer, self._unknown_script):
                # It answers, but is loading, full or a replica: no better than away.
                self._lost([call], answer)
            else:
                call.settle(answer)

    def _lost(self, batch: Sequence[_Call], error: Exception) -> None:
        waiting, self._waiting = self._waiting, []
        away = ValkeyAway("Valkey does not answer")
        away.__cause__ = error
        self._fail([*batch, *waiting], away)
        if self._recovering is None:
            _log.warning("valkey_away", cause=type(error).__name__)
            self._recovering = asyncio.create_task(
                self._recover(), name="gatelodge-valkey-again", context=Context()
            )

    def _fail(self, calls: Sequence[_Call], error: ValkeyAway) -> None:
        for call in calls:
            call.settle(error)

    async def _recover(self) -> None:
        while True:
            await asyncio.sleep(_PAUSE)
            try:
                await self._client.connection_pool.disconnect()
                # A write: a replica and a full server answer a ping, too.
                await _within(self._client.set(f"{self.prefix}:alive", "1", ex=60))
            except self._failures:
                continue
            self._recovering = None
            _log.info("valkey_back")
            return


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        name, colon, value = line.partition(":")
        if colon:
            yield name, value


async def _within(work: Coroutine[Any, Any, T]) -> T:
    task = asyncio.ensure_future(work)
    try:
        for _ in range(_SLICES):
            done, _ = await asyncio.wait({task}, timeout=_SLICE)
            if done:
                return task.result()
        raise TimeoutError
    finally:
        task.cancel()
