"""The upstream the gateway is measured against: 500 bytes for every request, nothing else."""

import asyncio
import sys

import uvloop

_BODY = b'{"weather":"' + b"x" * 486 + b'"}'
_ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(_BODY)
) + _BODY


class _Upstream(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        # Requests have no body and are never split or pipelined by the gateway's client.
        if data.endswith(b"\r\n\r\n"):
            self._transport.write(_ANSWER)  # type: ignore[attr-defined]  # a write transport


async def main(port: int) -> None:
    """Serve until killed."""
    server = await asyncio.get_running_loop().create_server(_Upstream, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))
