"""Bodies of any size in flat memory, at the pace of the slower side."""

import asyncio
import os
from pathlib import Path

from gatelodge.gateway.forward import ForwardLimits
from tests.gateway.proxying import proxying, raw_upstream
from tests.raw_http import connected

PIECE = b"a" * 65536
PIECES = 3200
TOTAL = len(PIECE) * PIECES
ALLOWED = 32 * 1024 * 1024


def resident() -> int:
    """Return the memory this process has in use, in bytes."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


class Peak:
    """Remembers how far memory grew."""

    def __init__(self) -> None:
        self.before = resident()
        self.grown = 0

    def look(self) -> None:
        """Measure now."""
        self.grown = max(self.grown, resident() - self.before)


async def upload_target(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Take a body of known length and answer with its size."""
    await reader.readuntil(b"\r\n\r\n")
    size = 0
    while size < TOTAL:
        size += len(await reader.read(1 << 20))
    body = b"%d" % size
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
    await reader.read()


async def download_source(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer with a large body."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % TOTAL)
    for _ in range(PIECES):
        writer.write(PIECE)
        await writer.drain()
    await reader.read()


async def test_200_megabytes_up_in_flat_memory() -> None:
    """A large body passes whole while memory stays where it was."""
    peak = Peak()
    async with (
        raw_upstream(upload_target) as upstream,
        proxying(upstream) as (base_url, _),
        connected(base_url) as (reader, writer),
    ):
        writer.write(b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % TOTAL)
        for _again in range(PIECES):
            writer.write(PIECE)
            await writer.drain()
            peak.look()
        await reader.readuntil(b"\r\n\r\n")
        assert await reader.readexactly(9) == b"%d" % TOTAL
    assert peak.grown < ALLOWED


async def test_200_megabytes_down_in_flat_memory() -> None:
    """A large answer passes whole while memory stays where it was."""
    peak = Peak()
    received = 0
    async with (
        raw_upstream(download_source) as upstream,
        proxying(upstream) as (base_url, _),
        connected(base_url) as (reader, writer),
    ):
        writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")
        while received < TOTAL:
            received += len(await reader.read(1 << 20))
            peak.look()
    assert received == TOTAL
    assert peak.grown < ALLOWED


async def test_a_caller_that_does_not_read_holds_the_upstream_back() -> None:
    """The upstream's writing stops after what the sockets between hold."""
    stuck: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def source(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % TOTAL)
        for sent in range(PIECES):
            writer.write(PIECE)
            try:
                await asyncio.wait_for(writer.drain(), 1)
            except TimeoutError:
                stuck.set_result(sent * len(PIECE))
                return

    async with (
        raw_upstream(source) as upstream,
        proxying(upstream) as (base_url, _),
        connected(base_url) as (reader, writer),
    ):
        writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        await reader.readexactly(1)
        assert await stuck < TOTAL / 4


async def test_an_upstream_that_does_not_read_holds_the_caller_back() -> None:
    """The caller's writing stops as well; nothing piles up in between."""

    async def sink(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await asyncio.Event().wait()

    sent = 0
    limits = ForwardLimits(head_seconds=2)
    async with (
        raw_upstream(sink) as upstream,
        proxying(upstream, limits) as (base_url, _),
        connected(base_url) as (_, writer),
    ):
        writer.write(b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % TOTAL)
        try:
            while sent < TOTAL:
                writer.write(PIECE)
                sent += len(PIECE)
                await asyncio.wait_for(writer.drain(), 1)
        except TimeoutError:
            pass
    assert sent < TOTAL / 4
