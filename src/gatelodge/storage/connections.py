"""How each database is opened: SQLite pragmas with their reasons, PostgreSQL's driver and pools."""

import contextlib
import os
import socket
import weakref
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.pool import StaticPool

# Connection is offered to operations, which carry one around and know SQLAlchemy by no other name.
__all__ = ["Connection", "Lines", "parse", "reader_engine", "writer_engine"]

# WAL lets readers go on beside the writer. FULL makes an acknowledged commit survive power loss.
# secure_delete = FAST overwrites what is deleted only in pages that are written anyway: to empty a
# table of millions of rows takes a sixth of the time and a thousandth of the log (decision 035).
_PRAGMAS = (
    "PRAGMA busy_timeout = 10000",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA cache_size = -8000",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA secure_delete = FAST",
)


# SQLite before 3.51.3 can corrupt a file when two connections write and checkpoint at once: a
# command that works beside a server leaves checkpoints to it.
_NO_CHECKPOINTS = "PRAGMA wal_autocheckpoint = 0"


# A line that died without a word (libpq would wait for two hours) is found dead in half a minute.
_LINE = {
    "connect_timeout": "5",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "25000",
}


def _to_json(value: object) -> str:
    return msgspec.json.encode(value).decode()


_JSON: dict[str, Any] = {
    "json_serializer": _to_json,
    "json_deserializer": msgspec.json.decode,
}


def parse(url: str) -> URL:
    """Return the SQLAlchemy URL of a configured ``sqlite:///`` or ``postgresql://`` address.

    Raises ``ValueError`` naming what is wrong.
    """
    parsed = make_url(url)
    if parsed.drivername == "sqlite":
        if not parsed.database:
            message = "sqlite:/// needs the path of a file"
            raise ValueError(message)
        return parsed
    if parsed.drivername in {"postgresql", "postgres"}:
        return parsed.set(drivername="postgresql+psycopg")
    message = f"{parsed.drivername}: only sqlite and postgresql are supported"
    raise ValueError(message)


def writer_engine(url: URL, *, guest: bool = False) -> Engine:
    """Return the engine of the one writing connection; each transaction takes the lock at once.

    A ``guest`` may stand beside a server on the same file.
    """
    if url.get_backend_name() != "sqlite":
        return create_engine(
            _watched(url), pool_size=1, max_overflow=0, pool_pre_ping=True, **_JSON
        )
    engine = _sqlite(url, *((_NO_CHECKPOINTS,) if guest else ()))

    @event.listens_for(engine, "begin")
    def immediate(conn: Connection) -> None:
        conn.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


class Lines:
    """The connections of PostgreSQL engines, for who has to end while one of them is silent."""

    def __init__(self, *engines: Engine) -> None:
        self._open: weakref.WeakSet[Any] = weakref.WeakSet()
        for engine in engines:
            if engine.dialect.name == "postgresql":
                event.listen(engine, "connect", lambda connection, _: self._open.add(connection))

    def cut(self) -> None:
        """Break every connection: whoever waits for its answer gets an error instead."""
        for connection in list(self._open):
            # One may close while it is looked at.
            with contextlib.suppress(OSError, connection.Error):
                _cut(connection.fileno())


def _cut(number: int) -> None:
    # A copy of the number: the driver closes its own when it sees the end.
    with socket.socket(fileno=os.dup(number)) as line:
        line.shutdown(socket.SHUT_RDWR)


def reader_engine(url: URL, readers: int) -> Engine:
    """Return the engine reads go through: one connection on SQLite, a pool on PostgreSQL."""
    if url.get_backend_name() != "sqlite":
        return create_engine(
            _watched(url),
            pool_size=readers,
            max_overflow=0,
            pool_pre_ping=True,
            isolation_level="AUTOCOMMIT",
            **_JSON,
        )
    return _sqlite(url).execution_options(isolation_level="AUTOCOMMIT")


def _watched(url: URL) -> URL:
    """Return the address with what finds a dead line; what the operator says of it counts."""
    return url.set(query={**_LINE, **url.query})


def _sqlite(url: URL, *more: str) -> Engine:
    Path(url.database or "").parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    engine = create_engine(
        url,
        poolclass=StaticPool,
        connect_args={"check_same_thread": False, "timeout": 10},
        **_JSON,
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        for pragma in (*_PRAGMAS, *more):
            connection.execute(pragma)

    return engine
