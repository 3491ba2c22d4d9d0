"""Server processes bound to one core, their CPU time and memory, and when they first answer."""

import asyncio
import contextlib
import os
import socket
import sys
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import IO

import msgspec

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_START_SECONDS = 120


class Process(msgspec.Struct, frozen=True, kw_only=True):
    """A running server; ``ready_after`` is in seconds from its start to its first 200."""

    pid: int
    port: int
    ready_after: float

    @property
    def url(self) -> str:
        """The server's base URL."""
        return f"http://localhost:{self.port}"

    def cpu_seconds(self) -> float:
        """Return the CPU time the process has used, user and system."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def resident_mib(self) -> float:
        """Return the memory the process holds now."""
        return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * _PAGE / 2**20


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.asynccontextmanager
async def running(
    *command: str,
    port: int,
    core: int,
    path: str = "/",
    environment: Mapping[str, str] | None = None,
    log: IO[bytes] | None = None,
) -> AsyncIterator[Process]:
    """Run ``python COMMAND`` on one core until the block ends; ``path`` says when it is ready.

    Its log goes to the caller's unless to ``log``.
    """
    began = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=log,
        env={**os.environ, **(environment or {})},
        preexec_fn=lambda: os.sched_setaffinity(0, {core}),
    )
    try:
        await _answers(process, port, path)
        yield Process(pid=process.pid, port=port, ready_after=time.perf_counter() - began)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _answers(process: asyncio.subprocess.Process, port: int, path: str) -> None:
    async with asyncio.timeout(_START_SECONDS):
        while process.returncode is None:
            try:
                reader, writer = await asyncio.open_connection("localhost", port)
            except OSError:
                await asyncio.sleep(0.005)
                continue
            writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n".encode())
            await reader.read(12)
            writer.close()
            return
    message = "the server ended before it answered"
    raise RuntimeError(message)
