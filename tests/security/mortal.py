"""A server that is killed and started again many times, each time as a process of its own."""

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from tests.security import leaks
from tests.serving import Server, free_port

SECONDS = 180
ZYGOTE = "tests.security.zygote"


class Mortal:
    """The server, running or not; ``printed`` holds the lines it has printed in all its lives."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.printed: list[str] = []

    @classmethod
    @contextlib.asynccontextmanager
    async def of(
        cls, folder: Path, environment: Mapping[str, str], *, module: str = ZYGOTE
    ) -> AsyncIterator["Mortal"]:
        """Run the process that ``module`` forks the demo's server from; it ends with the block."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            module,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "COLUMNS": "200", **environment},
        )
        port = free_port()
        found = Server(
            base_url=f"http://localhost:{port}",
            port=port,
            data_dir=folder / "data",
            output=folder / "printed.log",
            process=process,
        )
        made = cls(found)
        try:
            yield made
        finally:
            assert process.stdin is not None
            process.stdin.close()
            await process.communicate()
        found.output.write_text("".join(made.printed), encoding="utf-8")
        await asyncio.to_thread(leaks.check, found, {})

    async def start(self) -> None:
        """Start the server and wait until it takes connections."""
        port, data = str(self.server.port), str(self.server.data_dir)
        await self._say(["serve", "--demo", "--port", port, "--data-dir", data])
        await self._until(" is ready at ")

    async def kill(self) -> None:
        """End the server as a power cut would, and wait until it is gone."""
        await self._say("kill")
        await self._until("killed")

    async def _say(self, what: object) -> None:
        stdin = self.server.process.stdin
        assert stdin is not None
        stdin.write(json.dumps(what).encode() + b"\n")
        await stdin.drain()

    async def _until(self, words: str) -> None:
        stdout = self.server.process.stdout
        assert stdout is not None
        async with asyncio.timeout(SECONDS):
            while True:
                line = (await stdout.readline()).decode()
                assert line, "".join(self.printed[-40:])
                self.printed.append(line)
                if words in line:
                    return
