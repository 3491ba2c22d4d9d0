"""A supervised application in several processes, to be stopped and killed; run by test_workers.py.

Every worker says on standard output when it is ready and when a request waits in it.
"""

import asyncio
import os
import signal
import sys

from starlette.types import Receive, Scope, Send

from gatelodge.web import handover
from gatelodge.web.handover import Predecessor
from gatelodge.web.server import listen, serve_on
from gatelodge.web.workers import Seat, Supervisor


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer at once, on ``/slow`` once the process gets SIGUSR1."""
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    if scope["path"] == "/slow":
        permission = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, permission.set)
        say("working")
        await permission.wait()
    body = str(os.getpid()).encode()
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def say(word: str) -> None:
    """Tell the test which process does what; one write, so that lines stay whole."""
    os.write(1, f"{word} {os.getpid()}\n".encode())


def main(port: int, fails: str) -> int:
    """Supervise two workers; with ``fails`` they cannot start."""
    sockets = handover.taken("127.0.0.1", port) or listen("127.0.0.1", port)

    def work(seat: Seat) -> None:
        if fails:
            raise SystemExit(fails)

        def ready() -> None:
            say("first" if seat.first else "other")
            seat.ready()

        serve_on(sockets, application, ready=ready, until=seat.until)

    def renew(workers: Predecessor) -> None:
        handover.start_again(sockets, "127.0.0.1", port, workers)

    return Supervisor(2, work, sockets, before=handover.predecessor(), renew=renew).run()


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), "".join(sys.argv[2:])))
