"""One server on one SQLite file: a second one is refused at start instead of being half right.

Each process has caches, call counters and a group commit of its own. Several processes share
them through PostgreSQL and Valkey, never through a file. Commands may still work beside a server:
they open the store as guests and hold nothing.

The lock belongs to the open file, so the kernel releases it however the process ends. It stands
beside the database, because SQLite has locks of its own on the database's file.
"""

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from gatelodge.storage.connections import parse
from gatelodge.storage.errors import AlreadyServed

if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


SUFFIX = ".server"
"""What the lock's file is called, after the database's name."""


@contextlib.contextmanager
def held(url: str) -> Iterator[None]:
    """Be the one server of the database at ``url`` for the length of the block.

    Does nothing for PostgreSQL, which any number may use. Raises ``AlreadyServed``.
    """
    parsed = parse(url)
    if parsed.get_backend_name() != "sqlite":
        yield
        return
    # Resolved: a link to the database is the same database.
    database = Path(parsed.database or "").resolve()
    database.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = database.with_name(database.name + SUFFIX)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            _lock(descriptor)
        except OSError as error:
            raise AlreadyServed(
                f"another server process works on {database}, and SQLite is for one; to run more "
                "than one, set database_url to a PostgreSQL database"
            ) from error
        yield
    finally:
        # The file stays: taking it away would let two processes lock two files of one name.
        os.close(descriptor)
