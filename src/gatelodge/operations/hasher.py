"""A process that hashes passwords, started when the first one comes.

Not a thread: at a low priority one may have to wait for a core while it holds the interpreter,
and everything else in the process waits with it, for as long as other processes are busy.

Where the process can keep out of everybody's way altogether it does, while a core has time to
spare. One that does not come to it is replaced by one that takes its share.
"""

import contextlib
import select
import subprocess
import sys
import time
from typing import Final

import msgspec

from gatelodge.identity.errors import PoolFull
from gatelodge.operations import hashing, priority

_PROGRAM = (sys.executable, "-P", hashing.__file__)
_QUICK_SECONDS: Final = 0.1
"""An answer that took no longer had a core nearly to itself."""

_STARVED_SECONDS: Final = 0.3
_RANKED_SECONDS: Final = 60.0
"""How long the successor of one that starved keeps its rank: starting one costs a core, too."""


class Hasher:
    """Asks its process; for one thread at a time. ``close`` it at the end."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._aside = False
        self._ranked_until = 0.0
        self._ending: list[subprocess.Popen[bytes]] = []

    @property
    def pid(self) -> int | None:
        """The process's number, ``None`` while there is none."""
        return None if self._process is None else self._process.pid

    def hash(self, password: str) -> str:
        """Return the Argon2 string of a password. Raises ``PoolFull``."""
        return msgspec.json.decode(self._ask(password), type=str)

    def verify(self, password_hash: str, password: str) -> bool:
        """Say whether the password is the hashed one. Raises ``PoolFull``."""
        return msgspec.json.decode(self._ask(password, password_hash), type=bool)

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        for each in (*self._ending, *([process] if process else [])):
            with contextlib.suppress(OSError), each:
                pass
        self._ending.clear()

    def _ask(self, *words: str) -> bytes:
        question = msgspec.json.encode(words) + b"\n"
        # One that starves is replaced, and so is one that was killed, by a system without memory
        # for instance: once each.
        for _ in range(3):
            if answer := self._exchange(question):
                return answer
        raise PoolFull

    def _exchange(self, question: bytes) -> bytes:
        process = self._started()
        if process.stdin is None or process.stdout is None:
            return b""
        asked = time.monotonic()
        try:
            process.stdin.write(question)
            process.stdin.flush()
            if self._aside and not _answers(process, _STARVED_SECONDS):
                self._ranked_until = time.monotonic() + _RANKED_SECONDS
                answer = b""
            else:
                answer = process.stdout.readline()
        except OSError:
            answer = b""
        if not answer:
            self._drop(process)
        elif not self._aside and self._may_step_aside(asked, time.monotonic()):
            self._aside = priority.step_aside(process.pid)
        return answer

    def _may_step_aside(self, asked: float, now: float) -> bool:
        return now - asked < _QUICK_SECONDS and now >= self._ranked_until

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            self._aside = False
            self._ending = [each for each in self._ending if each.poll() is None]
            self._process = subprocess.Popen(
                _PROGRAM, stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
            # One that has ended by now is found out when it is asked; and where a sandbox forbids
            # it, hashing at the priority of all others is better than none.
            with contextlib.suppress(OSError):
                priority.step_back(self._process.pid)
        return self._process

    def _drop(self, process: subprocess.Popen[bytes]) -> None:
        """End a process without waiting for it: that takes a core, too."""
        self._process = None
        process.kill()
        for pipe in (process.stdin, process.stdout):
            with contextlib.suppress(OSError):
                if pipe is not None:
                    pipe.close()
        self._ending.append(process)


def _answers(process: subprocess.Popen[bytes], seconds: float) -> bool:
    poll = select.poll()
    if process.stdout is not None:
        poll.register(process.stdout, select.POLLIN)
    return bool(poll.poll(seconds * 1_000))
