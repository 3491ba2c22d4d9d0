"""The line between nodes and their database, which a test makes slow or cuts."""

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Self

_MOST = 65_536


class Line:
    """Carries bytes both ways between a port and a socket; ``delay`` holds up answers (seconds).

    It has a thread of its own: who uses it may well block the test's loop.
    """

    def __init__(self, socket: Path) -> None:
        self.port = 0
        self.delay = 0.0
        self._socket = socket
        self._loop = asyncio.new_event_loop()
        self._open = asyncio.Event()
        self._open.set()

    @classmethod
    @contextlib.contextmanager
    def to(cls, socket: Path) -> Iterator[Self]:
        """Lay a line to a Unix socket; it is taken away at the end of the block."""
        line = cls(socket)
        thread = threading.Thread(target=line._loop.run_forever)
        thread.start()
        asyncio.run_coroutine_threadsafe(line._begin(), line._loop).result()
        try:
            yield line
        finally:
            asyncio.run_coroutine_threadsafe(line._end(), line._loop).result()
            line._loop.call_soon_threadsafe(line._loop.stop)
            thread.join()
            line._loop.close()

    @contextlib.contextmanager
    def dead(self) -> Iterator[None]:
        """Carry nothing for the length of the block, and tell nobody: what is sent waits."""
        self._loop.call_soon_threadsafe(self._open.clear)
        try:
            yield
        finally:
            self._loop.call_soon_threadsafe(self._open.set)

    @contextlib.contextmanager
    def slow(self, delay: float) -> Iterator[None]:
        """Hold up every answer for ``delay`` seconds, for the length of the block."""
        self.delay = delay
        try:
            yield
        finally:
            self.delay = 0.0

    async def _begin(self) -> None:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1")
        self.port = self._server.sockets[0].getsockname()[1]

    async def _end(self) -> None:
        self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _connected(self, near: asyncio.StreamReader, answers: asyncio.StreamWriter) -> None:
        try:
            far, questions = await asyncio.open_unix_connection(str(self._socket))
        except OSError:
            answers.transport.abort()
            return
        ends = {answers, questions}
        ways = (self._ask(near, questions), self._answer(far, answers))
        tasks = [asyncio.create_task(way) for way in ways]
        try:
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for end in ends:
                end.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _ask(self, source: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
        while data := await source.read(_MOST):
            await self._open.wait()
            to.write(data)
            await to.drain()

    async def _answer(self, source: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
        while data := await source.read(_MOST):
            await asyncio.sleep(self.delay)
            await self._open.wait()
            to.write(data)
            await to.drain()
