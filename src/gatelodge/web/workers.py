"""N processes that serve one listening socket, kept running by a parent that serves nothing.

The sockets are opened once and inherited. The other way, a socket for each process with
``SO_REUSEPORT``, loses what waits in a dying worker's own queue, and lets a second installation
take a share of the port unnoticed. Processes are forked, so that the parent must have no threads:
it imports, listens and waits, and never runs an event loop.
"""

import asyncio
import contextlib
import functools
import os
import select
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from typing import Final

import msgspec
import structlog

from gatelodge.web.handover import Predecessor

_log = structlog.get_logger(__name__)

_GRACE_SECONDS: Final = 40.0
"""How long workers may take to stop: more than their own grace for requests in flight."""

_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 30.0
_STEADY_SECONDS: Final = 60.0
"""A worker that lived this long and dies is started again as if it were the first time."""

_CAUGHT: Final = (signal.SIGINT, signal.SIGTERM)


class Seat(msgspec.Struct, frozen=True, kw_only=True):
    """What a worker is told: it calls ``ready``, and stops when ``lifeline`` becomes readable.

    ``first`` is true for one worker of a start, which has the port to itself until it is ready:
    it prepares what the others share and tells the operator.
    """

    first: bool
    lifeline: int
    ready: Callable[[], None]

    def until(self, stop: Callable[[], None]) -> None:
        """Have the running loop call ``stop`` when the parent lets go."""
        loop = asyncio.get_running_loop()

        def cut() -> None:
            loop.remove_reader(self.lifeline)
            stop()

        loop.add_reader(self.lifeline, cut)


class _Worker(msgspec.Struct, kw_only=True):
    """One place for a process; ``pid`` is 0 while none runs, ``due`` is when the next starts."""

    pid: int = 0
    ready_pipe: int = -1
    ready: bool = False
    started: float = 0.0
    deaths: int = 0
    due: float = 0.0


class Supervisor:
    """Runs ``work`` in ``count`` processes until told to stop; ``run`` returns the exit code.

    On SIGHUP ``renew`` is called with the workers that run; it may start the whole again in this
    process. The start after that is given them as ``before``, and lets them go once its own are
    ready.
    """

    def __init__(
        self,
        count: int,
        work: Callable[[Seat], None],
        sockets: Sequence[socket.socket],
        *,
        before: Predecessor | None = None,
        renew: Callable[[Predecessor], None] | None = None,
    ) -> None:
        self._caught = (*_CAUGHT, signal.SIGHUP) if renew else _CAUGHT
        self._renew = renew
        self._before = before
        self._leaving = set(before.pids if before else ())
        self._workers = [_Worker() for _ in range(count)]
        self._work = work
        self._sockets = sockets
        self._opened = False
        self._asked: list[int] = []
        self._deadline: float | None = None
        self._code = 0
        self._lifeline, self._life = os.pipe()
        self._wake, self._wakeup = os.pipe()

    def run(self) -> int:
        """Supervise until SIGINT or SIGTERM; what is in flight is finished."""
        with self._signals():
            self._start(self._workers[0])
            while self._deadline is None or self._pids():
                self._wait()
                for number in self._taken():
                    self._obey(number)
                self._see_off()
                for worker in self._workers:
                    self._look_after(worker)
                if self._deadline is not None and time.monotonic() > self._deadline:
                    self._code = 1
                    self._tell(signal.SIGKILL)
        return self._code

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        os.set_blocking(self._wakeup, False)
        os.set_blocking(self._wake, False)
        before = {
            number: signal.signal(number, lambda number, _frame: self._asked.append(number))
            for number in self._caught
        }
        before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        waking = signal.set_wakeup_fd(self._wakeup, warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.set_wakeup_fd(waking)
            for number, handler in before.items():
                signal.signal(number, handler)
            for descriptor in (self._lifeline, self._life, self._wake, self._wakeup):
                os.close(descriptor)

    def _wait(self) -> None:
        """Sleep until a signal, a worker that is ready, or the next thing that is due."""
        times = [worker.due for worker in self._workers if not worker.pid and worker.due]
        if self._deadline is not None:
            times = [self._deadline]
        pause = max(0.0, min(times) - time.monotonic()) if times else None
        pipes = [worker.ready_pipe for worker in self._workers if worker.ready_pipe >= 0]
        readable, _, _ = select.select([self._wake, *pipes], [], [], pause)
        if self._wake in readable:
            with contextlib.suppress(BlockingIOError):
                os.read(self._wake, 4096)
        for worker in self._workers:
            if worker.ready_pipe in readable:
                self._hear(worker)

    def _hear(self, worker: _Worker) -> None:
        worker.ready = bool(os.read(worker.ready_pipe, 1))
        os.close(worker.ready_pipe)
        worker.ready_pipe = -1
        if worker.ready and not self._opened:
            self._opened = True
            for other in self._workers:
                other.due = time.monotonic()

    def _taken(self) -> list[int]:
        asked, self._asked = self._asked, []
        return asked

    def _obey(self, number: int) -> None:
        if number != signal.SIGHUP:
            self._stop(number)
        elif self._renew and self._deadline is None and not self._before:
            self._renew(Predecessor(self._life, tuple(self._pids())))

    def _pids(self) -> set[int]:
        return {worker.pid for worker in self._workers if worker.pid} | self._leaving

    def _see_off(self) -> None:
        """Let the workers of the start before go, once these can take over, and bury them."""
        if self._before and all(worker.ready for worker in self._workers):
            os.close(self._before.life)
            self._before = None
        for pid in tuple(self._leaving):
            with contextlib.suppress(ChildProcessError):
                if not os.waitpid(pid, os.WNOHANG)[0]:
                    continue
            self._leaving.discard(pid)

    def _stop(self, number: int) -> None:
        """Close the port and have every worker finish; asked again by SIGINT, do not wait."""
        if self._deadline is not None:
            self._tell(number)
            return
        self._deadline = time.monotonic() + _GRACE_SECONDS
        for each in self._sockets:
            each.close()
        self._tell(signal.SIGTERM)

    def _tell(self, number: int) -> None:
        for pid in self._pids():
            os.kill(pid, number)

    def _look_after(self, worker: _Worker) -> None:
        if worker.pid:
            pid, status = os.waitpid(worker.pid, os.WNOHANG)
            if pid:
                self._died(worker, os.waitstatus_to_exitcode(status))
        elif self._opened and self._deadline is None and time.monotonic() >= worker.due:
            self._start(worker)

    def _died(self, worker: _Worker, code: int) -> None:
        now = time.monotonic()
        pid, worker.pid = worker.pid, 0
        if worker.ready_pipe >= 0:
            self._hear(worker)
        if self._deadline is not None:
            return
        if not self._opened:
            # It has said why. The others would fail like it.
            self._code, self._deadline = code if code > 0 else 1, now
            return
        if now - worker.started > _STEADY_SECONDS:
            worker.deaths = 0
        pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**worker.deaths)
        worker.deaths += 1
        worker.due = now + pause
        _log.error("worker_died", pid=pid, code=code, again_in=pause)

    def _start(self, worker: _Worker) -> None:
        worker.ready_pipe, told = os.pipe()
        # Held back, so that the child does not take a signal with its parent's handlers.
        signal.pthread_sigmask(signal.SIG_BLOCK, self._caught)
        worker.pid = os.fork()
        if worker.pid == 0:
            self._become(told)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, self._caught)
        os.close(told)
        worker.ready = False
        worker.started = time.monotonic()

    def _become(self, told: int) -> None:
        """Be the worker; never returns, because what the parent unwinds is not the child's."""
        code = 1
        try:
            self._forget()
            code = _code_of(
                self._work,
                Seat(
                    first=not self._opened,
                    lifeline=self._lifeline,
                    ready=functools.partial(_tell_ready, told),
                ),
            )
        finally:
            with contextlib.suppress(OSError):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(code)

    def _forget(self) -> None:
        """Give up what is the parent's: its handlers, its pipes."""
        signal.set_wakeup_fd(-1)
        for number in (*_CAUGHT, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        # Workers are told by their parent; the whole group may have got it.
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, self._caught)
        pipes = [worker.ready_pipe for worker in self._workers if worker.ready_pipe >= 0]
        before = [self._before.life] if self._before else []
        for descriptor in (self._life, self._wake, self._wakeup, *pipes, *before):
            os.close(descriptor)


def _tell_ready(told: int) -> None:
    with contextlib.suppress(BrokenPipeError):  # nobody is left to hear: the lifeline says so
        os.write(told, b"r")
    os.close(told)


def _code_of(work: Callable[[Seat], None], seat: Seat) -> int:
    try:
        work(seat)
    except SystemExit as end:
        if isinstance(end.code, str):
            sys.stderr.write(f"{end.code}\n")
            return 1
        return end.code or 0
    except BaseException:  # noqa: BLE001 - the process ends with it; nobody else would say why
        traceback.print_exc()
        return 1
    return 0
