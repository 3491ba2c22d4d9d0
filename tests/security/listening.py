"""An application's own server on this machine, which back-channel logout calls."""

import asyncio
import contextlib
from collections.abc import AsyncIterator


class Listener:
    """An application's own server on this machine: hears logout tokens, or never answers."""

    def __init__(self, *, answers: bool) -> None:
        self.answers = answers
        self.heard: asyncio.Queue[bytes] = asyncio.Queue()
        self.address = ""
        self._open: set[asyncio.Task[object] | None] = set()

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Read one request and answer it, or keep it waiting until the other side gives up."""
        self._open.add(asyncio.current_task())
        try:
            await self._answer(reader, writer)
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
        self.heard.put_nowait(await reader.readexactly(length))
        if self.answers:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        else:
            await reader.read()

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator["Listener"]:
        """Listen on a free port."""
        server = await asyncio.start_server(self.handle, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            self.address = f"http://127.0.0.1:{port}/bc"
            yield self
            served = [task for task in self._open if task is not None]
            for task in served:
                task.cancel()
            await asyncio.gather(*served, return_exceptions=True)
