"""The program that hashes passwords: a process that a ``Hasher`` starts and asks.

It reads a line of JSON for each password, ``[password]`` or ``[password, hash]``, and answers with
the hash or with whether it is right. It ends with its input, and so with whoever started it.
Nothing of ours is imported: it has to start soon and stay small.
"""

import json
import signal
import sys

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_MEMORY_KIB = 19 * 1024


def hasher() -> PasswordHasher:
    """Return what hashes with the parameters we promise."""
    return PasswordHasher(time_cost=2, memory_cost=_MEMORY_KIB, parallelism=1)


def _answer(argon2: PasswordHasher, password: str, *hashed: str) -> str | bool:
    if not hashed:
        return argon2.hash(password)
    try:
        return argon2.verify(hashed[0], password)
    except (VerificationError, InvalidHashError):
        return False


def main() -> None:
    """Answer until the input ends."""
    # Who started us finishes what is in flight first; Ctrl-C and systemd tell both of us to stop.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    argon2 = hasher()
    for line in sys.stdin.buffer:
        answer = _answer(argon2, *json.loads(line))
        sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
