"""A served application with a slow path, to be stopped while it works; run by test_server.py."""

import asyncio
import signal
import sys

from starlette.types import Receive, Scope, Send

from gatelodge.web.server import serve


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer once the process gets SIGUSR1; note the start and the stop."""
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        sys.stdout.write("shutdown\n")
        await send({"type": "lifespan.shutdown.complete"})
        return
    permission = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, permission.set)
    sys.stdout.write("working\n")
    sys.stdout.flush()
    await permission.wait()
    headers = [(b"content-length", b"4")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"done"})


def say_ready() -> None:
    """Tell the parent process that the port is open."""
    sys.stdout.write("ready\n")
    sys.stdout.flush()


if __name__ == "__main__":
    serve(application, host="127.0.0.1", port=int(sys.argv[1]), ready=say_ready)
