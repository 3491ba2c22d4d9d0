"""A guide as its reader works through it: files to save, commands to run, words to see.

What a fenced block is, its first line says:

- ``sh``: commands to run; ``sh background``: a program that stays, in a terminal of its own;
- ``sh paste``: variables to export, where ``...`` stands for what the reader has got from a page;
- ``text``: what the commands before it print, line by line;
- a language and a file's name (``python weather.py``): a file to save;
- ``sh fragment``, ``toml``, ``ini``, ``json``, ``caddyfile``: what needs an installation, checked
  by fragments.py.
"""

import asyncio
import contextlib
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from typing import Literal

import msgspec

from tests.serving import START_SECONDS

_FENCE = re.compile(r"^```(\w+)(?: ([\w.]+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_EXPORT = re.compile(r"^export (\w+)='?(.*?)'?$", re.MULTILINE)
Kind = Literal["file", "background", "run", "paste", "output", "fragment"]
Pasted = Callable[[str], Awaitable[Mapping[str, str]]]
"""Gets what was printed last; returns what a reader would put for each ``...``."""


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """A fenced block: a file of this ``name``, commands, or what the commands before it print."""

    kind: Kind
    language: str
    name: str
    text: str


def blocks(page: Path, **replaced: str) -> Iterator[Block]:
    """Yield a page's blocks in order; each key of ``replaced`` stands for its value in them."""
    text = page.read_text(encoding="utf-8")
    for language, name, body in _FENCE.findall(text):
        meant = body
        for old, new in replaced.items():
            meant = meant.replace(old.removeprefix("_"), new)
        yield Block(kind=_kind(language, name), language=language, name=name, text=meant)


def _kind(language: str, name: str) -> Kind:
    if language == "text":
        return "output"
    if name == "fragment" or (not name and language != "sh"):
        return "fragment"
    if language != "sh":
        return "file"
    if name == "background":
        return "background"
    return "paste" if name == "paste" else "run"


def expect(block: Block, printed: str) -> None:
    """Check that every line of an output block was printed, in order; seconds left may be fewer."""
    rest = re.sub(r";t=\d+", ";t=60", printed)
    for line in block.text.splitlines():
        _, found, rest = rest.partition(line)
        assert found, f"not printed: {line}\n{printed}"


async def answers(port: int) -> None:
    """Wait until somebody listens on ``port``."""
    async with asyncio.timeout(START_SECONDS):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.02)
                continue
            writer.close()
            await writer.wait_closed()
            return


async def nothing(printed: str) -> Mapping[str, str]:
    """Have nothing to paste."""
    del printed
    return {}


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

    async def work_through(
        self, page: Iterator[Block], ports: Iterator[int], pasted: Pasted = nothing
    ) -> None:
        """Do what the blocks say, in order; each background program answers at the next port."""
        printed = ""
        async with contextlib.AsyncExitStack() as terminals:
            for block in page:
                if block.kind == "file":
                    (self._folder / block.name).write_text(block.text, encoding="utf-8")
                elif block.kind == "background":
                    await terminals.enter_async_context(self.background(block.text))
                    await answers(next(ports))
                elif block.kind == "run":
                    printed = await self.run(block.text)
                elif block.kind == "paste":
                    self.environment |= await self._exported(block, pasted, printed)
                elif block.kind == "output":
                    expect(block, printed)

    async def _exported(self, block: Block, pasted: Pasted, printed: str) -> Mapping[str, str]:
        written: dict[str, str] = dict(_EXPORT.findall(block.text))
        open_ones = {name for name, value in written.items() if value.endswith("...")}
        found = await pasted(printed) if open_ones else {}
        assert set(found) == open_ones
        return {**written, **found}

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
