"""A guide as its reader works through it: files to save, commands to run, words to see."""

import asyncio
import contextlib
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Literal

import msgspec

_FENCE = re.compile(r"^```(\w+)(?: ([\w.]+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
Kind = Literal["file", "background", "run", "paste", "output"]


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """A fenced block: a file of this ``name``, commands, or what the commands before it print."""

    kind: Kind
    name: str
    text: str


def blocks(page: Path, **replaced: str) -> Iterator[Block]:
    """Yield a page's blocks in order; each key of ``replaced`` stands for its value in them."""
    text = page.read_text(encoding="utf-8")
    for language, name, body in _FENCE.findall(text):
        meant = body
        for old, new in replaced.items():
            meant = meant.replace(old.removeprefix("_"), new)
        yield Block(kind=_kind(language, name), name=name, text=meant)


def _kind(language: str, name: str) -> Kind:
    if language == "text":
        return "output"
    if language != "sh":
        return "file"
    if name == "background":
        return "background"
    return "paste" if name == "paste" else "run"


class Reader:
    """Somebody at a terminal in an empty directory, with the program installed."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._folder = folder
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        self.environment = {**os.environ, "COLUMNS": "200", "PATH": path, **environment}
        self._started = 0

    async def run(self, commands: str) -> str:
        """Run commands to their end and return what they printed; a failing one fails the test."""
        process = await self._bash(commands, asyncio.subprocess.PIPE)
        printed, _ = await process.communicate()
        text = printed.decode()
        assert process.returncode == 0, f"{commands}\n{text}"
        return text.replace("\r\n", "\n")

    @contextlib.asynccontextmanager
    async def background(self, commands: str) -> AsyncIterator[Path]:
        """Run commands until the block ends; yields the file of what they print."""
        self._started += 1
        log = self._folder / f"terminal-{self._started}.log"
        with log.open("wb") as sink:
            process = await self._bash(commands, sink.fileno())
        try:
            yield log
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            await process.wait()

    async def _bash(self, commands: str, stdout: int) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            "bash",
            "-euo",
            "pipefail",
            "-c",
            commands,
            cwd=self._folder,
            env=self.environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=stdout,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
