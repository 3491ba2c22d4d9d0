"""An open-loop HTTP/1.1 load client: requests come when they are due, whatever becomes of others.

``python -m bench.open_loop`` reads a ``Job`` from standard input and prints an ``Outcome``. Each
request takes a connection that is free or opens one; without an answer within the deadline the
caller gives up, as people do. What is answered later, or never, is no good to anybody.
"""

import asyncio
import base64
import os
import sys
import time
from collections import Counter, deque
from collections.abc import Sequence
from typing import cast

import msgspec
import uvloop

from bench.load import content_length

_TICK_SECONDS = 0.001


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """What to send: ``requests`` in turn, base64, ``rate`` a second for ``seconds``.

    A request that finds all ``connections`` in use is not sent.
    """

    port: int
    requests: list[str]
    rate: float
    seconds: float
    connections: int = 6_000
    deadline: float = 1.0


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the requests; ``good`` is how many got a 200 in time, a second.

    ``late`` were given up, ``cut`` lost their connection, ``unsent`` found none. Latencies of the
    good ones in milliseconds, from when they were due.
    """

    offered: int
    good: float
    statuses: dict[int, int]
    late: int
    cut: int
    unsent: int
    p50: float
    p99: float


async def run(
    core: int, requests: Sequence[bytes], *, yielding: bool = False, **values: float
) -> Outcome:
    """Run a job in a process of its own on one core; ``yielding`` it never keeps another waiting.

    Two that share a core delay each other by whole slices of the scheduler's, 3 ms: whose times are
    looked at must not measure that.
    """

    def placed() -> None:
        os.sched_setaffinity(0, {core})
        if yielding:
            os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))

    encoded = [base64.b64encode(each).decode() for each in requests]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "bench.open_loop"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        preexec_fn=placed,
    )
    output, _ = await process.communicate(msgspec.json.encode({"requests": encoded, **values}))
    return msgspec.json.decode(output, type=Outcome)


class _Caller(asyncio.Protocol):
    """One connection and the request on it, if there is one."""

    def __init__(self, crowd: "_Crowd") -> None:
        self._crowd = crowd
        self._transport: asyncio.Transport | None = None
        self._buffer = b""
        self._request = b""
        self.due = 0.0

    def ask(self, request: bytes, due: float) -> None:
        """Send a request, at once or when connected."""
        self.due = due
        self._request = request
        if self._transport is not None:
            self._transport.write(request)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        if self.due:
            self._transport.write(self._request)
        else:
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        self._buffer = self._buffer + data if self._buffer else data
        head, separator, rest = self._buffer.partition(b"\r\n\r\n")
        if not separator or len(rest) < content_length(head):
            return
        self._buffer = b""
        self._crowd.answered(self, int(head[9:12]))
        if b"\r\nconnection: close" in head and self._transport is not None:
            self._transport.abort()
        else:
            self._crowd.free[self] = None

    def give_up(self) -> None:
        """Close the connection without waiting any longer."""
        self.due = 0.0
        if self._transport is not None:
            self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio calls it so
        self._crowd.lost(self)


class _Crowd:
    """All callers."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._requests = [base64.b64decode(each) for each in job.requests]
        self.free: dict[_Caller, None] = {}
        self._open = 0
        self._waiting: deque[tuple[float, _Caller]] = deque()
        self._connecting: set[asyncio.Task[None]] = set()
        self._statuses: Counter[int] = Counter()
        self._latencies: list[float] = []
        self._offered = self._late = self._cut = self._unsent = 0

    async def run(self) -> Outcome:
        """Send everything that is due until the time is over, and wait for the rest."""
        job, began = self._job, time.perf_counter()
        while (now := time.perf_counter()) < began + job.seconds or self._waiting:
            due = int(min(now - began, job.seconds) * job.rate)
            while self._offered < due:
                self._send(self._requests[self._offered % len(self._requests)], now)
                self._offered += 1
            self._expire(now - job.deadline)
            await asyncio.sleep(_TICK_SECONDS)
        return self._outcome()

    def _send(self, request: bytes, now: float) -> None:
        if self.free:
            caller, _ = self.free.popitem()
        elif self._open < self._job.connections:
            caller = _Caller(self)
            self._open += 1
            task = asyncio.create_task(self._connect(caller))
            self._connecting.add(task)
            task.add_done_callback(self._connecting.discard)
        else:
            self._unsent += 1
            return
        caller.ask(request, now)
        self._waiting.append((now, caller))

    async def _connect(self, caller: _Caller) -> None:
        try:
            loop = asyncio.get_running_loop()
            await loop.create_connection(lambda: caller, "127.0.0.1", self._job.port)
        except OSError:
            self.lost(caller)

    def _expire(self, before: float) -> None:
        """Give up what was due before this time, and pass over what has been answered."""
        while self._waiting:
            due, caller = self._waiting[0]
            if caller.due == due:
                if due > before:
                    return
                self._late += 1
                caller.give_up()
            self._waiting.popleft()

    def answered(self, caller: _Caller, status: int) -> None:
        """Count an answer."""
        self._statuses[status] += 1
        if status == 200:
            self._latencies.append(time.perf_counter() - caller.due)
        caller.due = 0.0

    def lost(self, caller: _Caller) -> None:
        """Forget a connection."""
        self._open -= 1
        self._cut += caller.due > 0
        caller.due = 0.0
        self.free.pop(caller, None)

    def _outcome(self) -> Outcome:
        latencies = sorted(self._latencies) or [0.0]
        return Outcome(
            offered=self._offered,
            good=len(self._latencies) / self._job.seconds,
            statuses=dict(self._statuses),
            late=self._late,
            cut=self._cut,
            unsent=self._unsent,
            p50=latencies[len(latencies) // 2] * 1e3,
            p99=latencies[int(len(latencies) * 0.99)] * 1e3,
        )


async def _main() -> None:
    outcome = await _Crowd(msgspec.json.decode(sys.stdin.buffer.read(), type=Job)).run()
    sys.stdout.buffer.write(msgspec.json.encode(outcome))


if __name__ == "__main__":
    uvloop.run(_main())
