"""A caller that puts exactly the bytes it is told on the wire, and reads until the end."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import msgspec

SECONDS = 20


@contextlib.asynccontextmanager
async def connected(
    base_url: str,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Connect to ``http://host:port``; the connection is cut at the end."""
    address = urlsplit(base_url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    try:
        async with asyncio.timeout(SECONDS):
            yield reader, writer
    finally:
        writer.transport.abort()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def talk(base_url: str, *pieces: bytes) -> bytes:
    """Send the pieces one after the other and return all that comes back until the close."""
    async with connected(base_url) as (reader, writer):
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        with contextlib.suppress(ConnectionError):
            return await reader.read()
    return b""


async def read_answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Return status and body of one answer that carries a Content-Length."""
    head = await reader.readuntil(b"\r\n\r\n")
    return status_of(head), await reader.readexactly(length_of(head))


def status_of(answer: bytes) -> int:
    """Return the status of the first answer, 0 when there is none."""
    return int(answer.split(b" ", 2)[1]) if answer else 0


def length_of(head: bytes) -> int:
    """Return the Content-Length of a head, 0 when it has none."""
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return 0


def json_of(answer: bytes) -> Any:
    """Return the JSON body of a single answer."""
    return msgspec.json.decode(answer.partition(b"\r\n\r\n")[2])
