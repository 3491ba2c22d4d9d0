"""A real Valkey server of the test's own, which it may kill and start again."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from gatelodge.storage import valkey
from tests.serving import free_port


class ValkeyServer:
    """One server on a port of its own; it keeps nothing, as the kill of a real one may."""

    def __init__(self, program: str, folder: Path) -> None:
        self._program = program
        self._folder = folder
        self._port = free_port()
        self._process: asyncio.subprocess.Process | None = None
        self.url = f"valkey://127.0.0.1:{self._port}/1"

    async def start(self) -> None:
        """Start it and wait until it answers."""
        self._process = await asyncio.create_subprocess_exec(
            self._program,
            *("--port", str(self._port), "--bind", "127.0.0.1"),
            *("--save", "", "--appendonly", "no", "--dir", str(self._folder)),
            stdout=asyncio.subprocess.DEVNULL,
        )
        while True:
            assert self._process.returncode is None
            with contextlib.suppress(OSError):
                reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
                writer.write(b"PING\r\n")
                answer = await reader.readline()
                writer.close()
                if answer == b"+PONG\r\n":
                    return
            await asyncio.sleep(0.02)

    @contextlib.contextmanager
    def stopped(self) -> Iterator[None]:
        """Keep it from running for the length of the block."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    async def kill(self) -> None:
        """End it without warning."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()


@contextlib.asynccontextmanager
async def running(
    program: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[ValkeyServer]:
    """Run a server until the block ends; lines wait longer for it, as this machine may be busy."""
    monkeypatch.setattr(valkey, "_SLICE", 6.0)
    server = ValkeyServer(program, folder)
    await server.start()
    try:
        yield server
    finally:
        await server.kill()
