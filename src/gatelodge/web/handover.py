"""A server that replaces itself: its sockets stay open while the program is started again.

They go on as systemd hands sockets over (sd_listen_fds(3)): descriptors from 3 on, their number in
``LISTEN_FDS``, for the process in ``LISTEN_PID``. What connects in the meantime waits in the
sockets' queue. So a socket unit can hand them over, too.
"""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from typing import Final, NoReturn

import msgspec
import structlog

if sys.platform != "win32":
    import fcntl

_log = structlog.get_logger(__name__)

_FIRST: Final = 3
_OUT_OF_THE_WAY: Final = 64
_FOR: Final = "GATELODGE_LISTENS_ON"
_BEFORE: Final = "GATELODGE_PREDECESSOR"
_CHECK_SECONDS: Final = 60


class Predecessor(msgspec.Struct, frozen=True):
    """Workers of the start before, which serve until the descriptor ``life`` is closed."""

    life: int
    pids: tuple[int, ...]

    def let_go(self) -> None:
        """Have them finish and end, and bury them beside what this process does."""
        os.close(self.life)
        threading.Thread(target=self._bury, name="gatelodge-burial", daemon=True).start()

    def _bury(self) -> None:
        for pid in self.pids:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)


def asked_by_hangup() -> bool:
    """Say whether SIGHUP asks for a fresh start; in a terminal it means that the terminal went."""
    if sys.platform == "win32":
        return False
    with contextlib.suppress(OSError, ValueError, AttributeError):
        return not os.isatty(sys.stdin.fileno())
    return True


def taken(host: str, port: int) -> list[socket.socket]:
    """Return the listening sockets this process was started with, once; none is a fresh start.

    Those of an earlier start that listened elsewhere are closed.
    """
    count, pid = os.environ.pop("LISTEN_FDS", ""), os.environ.pop("LISTEN_PID", "")
    os.environ.pop("LISTEN_FDNAMES", None)
    before = os.environ.pop(_FOR, "")
    if pid != str(os.getpid()) or not count.isdigit():
        return []
    found = [socket.socket(fileno=_FIRST + number) for number in range(int(count))]
    for each in found:
        each.set_inheritable(False)
        each.setblocking(False)
    if before in {"", _place(host, port)}:
        return found
    for each in found:
        each.close()
    return []


def predecessor() -> Predecessor | None:
    """Return the workers whose place this process takes, once."""
    life, _, pids = os.environ.pop(_BEFORE, "").partition(":")
    if not life:
        return None
    os.set_inheritable(int(life), False)
    return Predecessor(int(life), tuple(map(int, pids.split(","))))


class Renewal:
    """Ends one process on SIGHUP once a fresh start may take its place; ``kept`` listen then."""

    def __init__(self, sockets: Sequence[socket.socket], may: Callable[[], bool]) -> None:
        self._sockets = sockets
        self._may = may
        self._asking: asyncio.Task[None] | None = None
        self.kept: list[socket.socket] = []

    def until(self, stop: Callable[[], None]) -> None:
        """Have the running loop call ``stop`` then."""
        loop = asyncio.get_running_loop()

        async def ask() -> None:
            if await asyncio.to_thread(self._may) and not self.kept:
                self.kept = [each.dup() for each in self._sockets]
                stop()

        def heard() -> None:
            if self._asking is None or self._asking.done():
                self._asking = loop.create_task(ask())

        loop.add_signal_handler(signal.SIGHUP, heard)


def can_start() -> bool:
    """Say whether a fresh start would read its configuration; the log has what is wrong with it.

    The program that is installed now looks, which may be a newer one.
    """
    try:
        done = subprocess.run(
            [*_command(), "--check"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_CHECK_SECONDS,
            check=False,
        )
        said = "" if done.returncode == 0 else done.stdout.decode(errors="replace").strip()
    except (OSError, subprocess.TimeoutExpired) as error:
        said = str(error)
    if said:
        _log.error("reload_refused", cause=said)
        return False
    _log.info("reloading")
    return True


def start_again(
    sockets: Sequence[socket.socket], host: str, port: int, workers: Predecessor | None = None
) -> NoReturn:
    """Become a fresh start of the same command that listens on these sockets; the pid stays."""
    moved = [fcntl.fcntl(each.fileno(), fcntl.F_DUPFD, _OUT_OF_THE_WAY) for each in sockets]
    environment = os.environ | {
        "LISTEN_FDS": str(len(moved)),
        "LISTEN_PID": str(os.getpid()),
        _FOR: _place(host, port),
    }
    if workers is not None:
        life = fcntl.fcntl(workers.life, fcntl.F_DUPFD, _OUT_OF_THE_WAY)
        environment[_BEFORE] = f"{life}:{','.join(map(str, workers.pids))}"
    for number, descriptor in enumerate(moved):
        os.dup2(descriptor, _FIRST + number)
        os.close(descriptor)
    # Stays ignored until the new start listens to it: a second one in between would end it.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    command = _command()
    os.execve(command[0], command, environment)  # noqa: S606 - our own command, without a shell


def _command() -> list[str]:
    return [sys.executable, *sys.orig_argv[1:]]


def _place(host: str, port: int) -> str:
    return f"{host} {port}"
