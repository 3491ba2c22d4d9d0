"""Starts the real program as a process of its own, as its operator would."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Iterable, Mapping
from pathlib import Path

import msgspec

from tests.security import answers, leaks

PROGRAM = (sys.executable, "-m", "gatelodge")
RECORDED = "tests.recorded"
NOTES = "TESTS_NOTES"
"""The variable that names the file with what ``tests.recorded`` saw."""
DEMO_KEY = "DemoApplicationConsumerKey0a"
DEMO_SECRET = "DemoApplicationConsumerSecret0a"
TENANT = "vbc.prod"
START_SECONDS = 90
"""How patient a test is with a start on a machine that does much else; no promise of ours."""


class Server(msgspec.Struct, frozen=True, kw_only=True):
    """A running server; ``output`` is what it has printed so far (a file)."""

    base_url: str
    port: int
    data_dir: Path
    output: Path
    process: asyncio.subprocess.Process

    async def stop(self) -> int:
        """Ask it to end and return its exit code."""
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        return await self.process.wait()

    async def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        await self.process.wait()

    def printed(self) -> str:
        """Return what it printed."""
        return self.output.read_text(encoding="utf-8")


def faults(lines: Iterable[str]) -> list[str]:
    """Return the lines of a server's output that tell of a fault of ours."""
    return [line for line in lines if "Traceback" in line or "[error" in line]


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.asynccontextmanager
async def serving(
    data_dir: Path,
    *options: str,
    port: int | None = None,
    environment: Mapping[str, str] | None = None,
    config: Path | None = None,
    module: str = RECORDED,
) -> AsyncIterator[Server]:
    """Run ``gatelodge serve`` with ``options`` until the block ends; yields once it answers.

    Whatever the block did with it, the server has then written no secret anywhere and answered
    none but where it is handed out; a block that failed is not asked.
    """
    port = port or free_port()
    output = data_dir.parent / f"{data_dir.name}-{port}.log"
    notes = output.with_suffix(".answers")
    with output.open("ab") as sink:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", module),
            *(("--config", str(config)) if config else ()),
            "serve",
            "--port",
            str(port),
            "--data-dir",
            str(data_dir),
            *options,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=sink,
            stderr=asyncio.subprocess.STDOUT,
            env={
                **os.environ,
                "COLUMNS": "200",
                NOTES: str(notes),
                **(environment or {}),
            },
        )
    server = Server(
        base_url=f"http://localhost:{port}",
        port=port,
        data_dir=data_dir,
        output=output,
        process=process,
    )
    try:
        await _answers(server)
        yield server
        journals = await asyncio.to_thread(leaks.journals, server)
    finally:
        await server.stop()
    await asyncio.to_thread(leaks.check, server, journals)
    await asyncio.to_thread(answers.check, notes)


async def _answers(server: Server) -> None:
    """Wait until the port takes connections; fail with the output when the process ends first."""
    async with asyncio.timeout(START_SECONDS):
        while True:
            if server.process.returncode is not None:
                raise AssertionError(server.printed())
            try:
                _, writer = await asyncio.open_connection("localhost", server.port)
            except OSError:
                await asyncio.sleep(0.02)
                continue
            writer.close()
            await writer.wait_closed()
            return


@contextlib.asynccontextmanager
async def demo(data_dir: Path, database_url: str | None = None) -> AsyncIterator[Server]:
    """Run the demo tenant, on SQLite or on the database given."""
    environment = {"GATELODGE_DATABASE_URL": database_url} if database_url else None
    async with serving(data_dir, "--demo", environment=environment) as server:
        yield server
