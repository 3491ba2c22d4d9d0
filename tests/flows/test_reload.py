"""SIGHUP: the same process with the settings as they are now, and not one call lost."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from tests.serving import START_SECONDS, Server, serving


async def test_settings_are_read_again_while_calls_go_on(tmp_path: Path) -> None:
    """Every call on a fresh connection is answered; the new name is on the pages after it."""
    config = tmp_path / "gatelodge.toml"
    write(config, "Before")
    async with serving(tmp_path / "data", config=config) as server:
        async with asking(server) as answered:
            assert "Before" in await title(server)
            write(config, "After")
            server.process.send_signal(signal.SIGHUP)
            await printed(server, "After 0", "is ready")
            assert "After" in await title(server)
        assert set(answered) == {200}

        write(config, "Never", "nonsense = 1")
        server.process.send_signal(signal.SIGHUP)
        await printed(server, "reload_refused", "nonsense: there is no such setting")
        assert "After" in await title(server)
        assert await server.stop() == 0


@pytest.mark.postgres
async def test_one_process_takes_the_place_of_several(
    tmp_path: Path, postgres_database: str
) -> None:
    """Their settings are old: they end once it is ready, and it answers alone."""
    config = tmp_path / "gatelodge.toml"
    chosen = {"GATELODGE_DATABASE_URL": postgres_database}
    write(config, "Several", "workers = 2")
    async with serving(tmp_path / "data", config=config, environment=chosen) as server:
        assert await children(server, 2)
        write(config, "One")
        server.process.send_signal(signal.SIGHUP)
        await printed(server, "One 0", "is ready")
        assert await children(server, 0)
        assert "One" in await title(server)
        assert await server.stop() == 0


async def children(server: Server, count: int) -> bool:
    """Wait until the server's process has so many of its own, dead ones included."""
    pid = server.process.pid
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    async with asyncio.timeout(START_SECONDS):
        while True:
            found = await asyncio.to_thread(listed.read_text)
            if len(found.split()) == count:
                return True
            await asyncio.sleep(0.05)


def write(config: Path, name: str, *more: str) -> None:
    """Write the settings file."""
    lines = (f'product_name = "{name}"', *more)
    config.write_text("\n".join(lines) + "\n", encoding="utf-8")


async def title(server: Server) -> str:
    """Return the sign-in page."""
    async with httpx2.AsyncClient(base_url=server.base_url, timeout=START_SECONDS) as http:
        return (await http.get("/login")).text


async def printed(server: Server, *words: str) -> None:
    """Wait until the server has printed all of these."""
    async with asyncio.timeout(START_SECONDS):
        while True:
            if all(word in server.printed() for word in words):
                return
            await asyncio.sleep(0.05)


@contextlib.asynccontextmanager
async def asking(server: Server) -> AsyncIterator[list[int]]:
    """Call on one fresh connection after the other until the block ends; yields the statuses."""
    statuses: list[int] = []
    ending = asyncio.Event()

    async def ask() -> None:
        while not ending.is_set():
            async with httpx2.AsyncClient(base_url=server.base_url, timeout=START_SECONDS) as http:
                statuses.append((await http.get("/health/live")).status_code)

    task = asyncio.create_task(ask())
    try:
        yield statuses
    finally:
        ending.set()
        await task
