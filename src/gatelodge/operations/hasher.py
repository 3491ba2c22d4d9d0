"""A process that hashes passwords, started when the first one comes.

Not a thread: at a low priority one may have to wait for a core while it holds the interpreter,
and everything else in the process waits with it, for as long as other processes are busy.
"""

import contextlib
import subprocess
import sys

import msgspec

from gatelodge.identity.errors import PoolFull
from gatelodge.operations import hashing

_PROGRAM = (sys.executable, "-P", hashing.__file__)


class Hasher:
    """Asks its process; for one thread at a time. ``close`` it at the end."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

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
        if process is None:
            return
        with contextlib.suppress(OSError), process:
            pass

    def _ask(self, *words: str) -> bytes:
        question = msgspec.json.encode(words) + b"\n"
        # One that was killed, by a system without memory for instance, is replaced once.
        for _ in range(2):
            if answer := self._exchange(question):
                return answer
            self.close()
        raise PoolFull

    def _exchange(self, question: bytes) -> bytes:
        process = self._started()
        if process.stdin is None or process.stdout is None:
            return b""
        try:
            process.stdin.write(question)
            process.stdin.flush()
            return process.stdout.readline()
        except OSError:
            return b""

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            self._process = subprocess.Popen(
                _PROGRAM, stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
        return self._process
