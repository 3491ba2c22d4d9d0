"""Several processes on one port: started, stopped, started again, never left behind."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator

import pytest

from tests.raw_http import connected, read_answer
from tests.web.test_server import free_port, refused


class Workers:
    """The supervising process and what its workers say."""

    def __init__(self, process: asyncio.subprocess.Process, port: int) -> None:
        assert process.stdout is not None
        self.process = process
        self.said = process.stdout
        self.port = port
        self.base_url = f"http://127.0.0.1:{port}"

    async def next(self) -> tuple[str, int]:
        """Return the next word and the worker that said it."""
        word, pid = (await self.said.readline()).split()
        return word.decode(), int(pid)

    async def both(self) -> list[int]:
        """Return the pids once both are ready: the first of a start is alone until then."""
        words, pids = zip(*[await self.next(), await self.next()], strict=True)
        assert words == ("first", "other")
        return list(pids)


@contextlib.asynccontextmanager
async def started(*arguments: str) -> AsyncIterator[Workers]:
    """Run the two workers until the block ends."""
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.web.many_workers",
        str(port),
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield Workers(process, port)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.communicate()


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
async def test_a_stop_finishes_the_requests_in_flight(stop: signal.Signals) -> None:
    """The port closes in every process, the request being served gets its 200, then exit 0."""
    async with started() as workers:
        await workers.both()
        async with connected(workers.base_url) as (reader, writer):
            writer.write(b"GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n")
            word, pid = await workers.next()
            assert word == "working"
            workers.process.send_signal(stop)
            await refused(workers.port)
            os.kill(pid, signal.SIGUSR1)
            assert await read_answer(reader) == (200, str(pid).encode())
        _, errors = await workers.process.communicate()
        assert (workers.process.returncode, errors) == (0, b"")


async def test_a_worker_that_dies_is_started_again() -> None:
    """Killed without warning it has a successor; the other one answers all the while."""
    async with started() as workers:
        first, other = await workers.both()
        os.kill(first, signal.SIGKILL)
        assert b"worker_died" in await workers.said.readline()
        async with connected(workers.base_url) as (reader, writer):
            writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            status, answering = await read_answer(reader)
            assert status == 200
            assert int(answering) != first
        word, successor = await workers.next()
        assert word == "other"
        assert successor not in {first, other}
        workers.process.terminate()
        assert await workers.process.wait() == 0


async def test_a_start_that_fails_is_not_repeated() -> None:
    """What the first worker cannot do the others are not asked for; the reason is said once."""
    async with started("no database") as workers:
        printed, errors = await workers.process.communicate()
        assert (printed, errors, workers.process.returncode) == (b"", b"no database\n", 1)


async def test_workers_do_not_outlive_the_parent() -> None:
    """Without the parent nobody would start them again or tell them to stop: they stop."""
    async with started() as workers:
        await workers.both()
        workers.process.kill()
        # The pipe ends when the last of them has.
        assert await workers.said.read() == b""
        await refused(workers.port)


async def test_a_hangup_starts_it_again_without_losing_a_connection() -> None:
    """The pid and the port stay, the workers are new; what the old ones have begun they finish."""
    async with started() as workers:
        old = await workers.both()
        async with connected(workers.base_url) as (reader, writer):
            writer.write(b"GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n")
            word, pid = await workers.next()
            assert (word, pid in old) == ("working", True)
            workers.process.send_signal(signal.SIGHUP)
            answered = await asking_until(workers, await workers.both())
            os.kill(pid, signal.SIGUSR1)
            assert await read_answer(reader) == (200, str(pid).encode())
        for each in old:
            await gone(each)
        assert answered.isdisjoint(old)
        workers.process.terminate()
        assert await workers.process.wait() == 0


async def asking_until(workers: Workers, new: list[int]) -> set[int]:
    """Ask on fresh connections until only new workers answer; every question gets an answer."""
    lately: list[int] = []
    while len(lately) < 20 or not set(lately[-20:]) <= set(new):
        async with connected(workers.base_url) as (reader, writer):
            writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            status, body = await read_answer(reader)
        assert status == 200
        lately.append(int(body))
    return set(lately[-20:])


async def gone(pid: int) -> None:
    """Wait until nothing is left of a process, not even for its parent to bury."""
    async with asyncio.timeout(20):
        while True:
            try:
                os.kill(pid, 0)
            except ProcessLookupError:
                return
            await asyncio.sleep(0.02)
