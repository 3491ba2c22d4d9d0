"""Starting, listening and stopping."""

import asyncio
import errno
import signal
import socket
import sys

import pytest
from starlette.types import Receive, Scope, Send

from gatelodge.web.server import CannotListen, CannotStart, listen, running
from tests.raw_http import connected, read_answer, talk

CALL = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def start(port: int) -> asyncio.subprocess.Process:
    """Start the slow server in a process of its own."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.web.slow_server",
        str(port),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
async def test_a_stop_finishes_the_request_in_flight(stop: signal.Signals) -> None:
    """After SIGTERM no new caller is accepted, the one being served gets its 200, then exit 0."""
    port = free_port()
    base_url = f"http://127.0.0.1:{port}"
    process = await start(port)
    assert process.stdout is not None
    assert await process.stdout.readline() == b"ready\n"
    async with connected(base_url) as (reader, writer):
        writer.write(CALL)
        assert await process.stdout.readline() == b"working\n"
        process.send_signal(stop)
        await refused(port)
        process.send_signal(signal.SIGUSR1)
        assert await read_answer(reader) == (200, b"done")
        assert await reader.read() == b""
    output, errors = await process.communicate()
    assert (output, errors, process.returncode) == (b"shutdown\n", b"", 0)


async def refused(port: int) -> None:
    """Wait until the port accepts nobody any more."""
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except ConnectionRefusedError:
            return
        except ConnectionResetError:  # it waited in the port's queue as that was closed
            continue
        writer.close()
        await asyncio.sleep(0.01)


async def test_a_taken_port_is_said_in_a_sentence() -> None:
    """A second server on the same port ends with exit code 1 and one line, no traceback."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = await start(port)
        _, errors = await process.communicate()
    assert process.returncode == 1
    sentence = f"Cannot listen on 127.0.0.1 port {port}: another program already listens there."
    assert errors.decode().splitlines() == [sentence]


@pytest.mark.parametrize(
    ("host", "port"), [("no such host", 80), ("192.0.2.1", 0), ("127.0.0.1", 70_000)]
)
def test_an_address_that_cannot_be_had_is_said(host: str, port: int) -> None:
    """Unknown names, foreign addresses and impossible ports raise CannotListen."""
    with pytest.raises(CannotListen, match=f"Cannot listen on {host} port {port}: "):
        listen(host, port)


def test_localhost_listens_on_each_of_its_addresses() -> None:
    """A browser may try ::1 before 127.0.0.1; both get the same port."""
    sockets = listen("localhost", 0)
    try:
        assert len({each.getsockname()[1] for each in sockets}) == 1
        assert len(sockets) == len({each.family for each in sockets})
    finally:
        for each in sockets:
            each.close()


def test_an_absent_address_family_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without IPv6 on the machine, localhost still listens on 127.0.0.1."""
    found = [
        (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("2001:db8::1", 0, 0, 0)),
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 0)),
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    (only,) = listen("localhost", 0)
    assert only.getsockname()[0] == "127.0.0.1"
    only.close()


async def test_an_answer_has_one_date() -> None:
    """The server adds a Date, and leaves the one an answer brings."""

    async def dated(scope: Scope, _: Receive, send: Send) -> None:
        own = [(b"date", b"Mon, 01 Jan 2024 00:00:00 GMT")] if scope["query_string"] else []
        await send({"type": "http.response.start", "status": 204, "headers": own})
        await send({"type": "http.response.body"})

    async with running(dated, lifespan="off") as base_url:
        last = b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        fresh = await talk(base_url, b"GET /" + last)
        brought = await talk(base_url, b"GET /?own" + last)
    assert fresh.lower().count(b"date: ") == 1
    assert brought.lower().count(b"date: ") == 1
    assert b"date: Mon, 01 Jan 2024" in brought
    assert b"\r\nserver:" not in fresh


async def test_a_failed_start_is_raised() -> None:
    """An application that cannot start ends the server instead of serving nothing."""

    async def broken(_: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no database"})

    with pytest.raises(CannotStart):
        async with running(broken, lifespan="on"):
            pass


def test_errno_names_are_known() -> None:
    """The reason of a taken port is recognised by its number, not by its text."""
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(CannotListen) as caught:
        listen("127.0.0.1", taken.getsockname()[1])
    assert isinstance(caught.value.__cause__, OSError)
    assert caught.value.__cause__.errno == errno.EADDRINUSE
