"""Bringing a database to this version's schema, under a lock, with Alembic's history.

An empty database gets the whole schema at once and is stamped; a test holds both ways together.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, event, inspect, text
from sqlalchemy.exc import DBAPIError

from gatelodge.storage import (
    audit_schema,
    client_schema,
    device_schema,
    factor_schema,
    logout_schema,
    mail_schema,
    node_schema,
    personal_schema,
    schema,
    token_schema,
    upstream_schema,
)
from gatelodge.storage.connections import parse, writer_engine
from gatelodge.storage.errors import SchemaMismatch, StoreUnavailable

HEAD = "0019"
FILES = (
    schema,
    client_schema,
    factor_schema,
    logout_schema,
    mail_schema,
    upstream_schema,
    device_schema,
    personal_schema,
    node_schema,
    token_schema,
    audit_schema,
)
"""Every file of the schema: each adds its tables to ``schema.metadata`` when it is imported."""

MIGRATIONS = Path(__file__).with_name("migrations")
_NO_CHANGE = ("SELECT", "PRAGMA", "SET LOCAL", "BEGIN")
_LOCK = 0x6761_7465  # any number, the same on every node


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Where a database stands: ``found`` is ``None`` for an empty one."""

    found: str | None
    head: str

    @property
    def current(self) -> bool:
        """Whether there is nothing to do."""
        return self.found == self.head


@contextlib.contextmanager
def opened(url: str) -> Iterator[Engine]:
    """Connect to a database without migrating it. Raises ``StoreUnavailable``."""
    engine = writer_engine(parse(url), guest=True)
    try:
        yield engine
    except DBAPIError as error:
        message = f"the database at {engine.url.render_as_string(hide_password=True)} is away"
        raise StoreUnavailable(message) from error
    finally:
        engine.dispose()


def standing(engine: Engine) -> Standing:
    """Return where the database stands. Raises ``SchemaMismatch`` for one newer than ``HEAD``."""
    with engine.begin() as conn:
        found = Standing(found=_revision(conn), head=HEAD)
    if found.found and not any(MIGRATIONS.glob(f"versions/{found.found}_*.py")):
        raise _too_new(found.found)
    return found


def statements(engine: Engine) -> list[str]:
    """Return what ``upgrade`` would run, tried in a transaction that is undone.

    Other processes wait while it lasts where a table's change locks them out; it gives up rather
    than wait for them for long.
    """
    said: list[str] = []

    def note(*execution: Any) -> None:
        statement = " ".join(execution[2].split())
        if not statement.startswith(_NO_CHANGE):
            said.append(statement)

    with engine.connect() as conn:
        event.listen(conn, "before_cursor_execute", note)
        with conn.begin() as undone:
            if engine.dialect.name == "postgresql":
                conn.execute(text("SET LOCAL lock_timeout = '5s'"))
            _upgrade(conn)
            undone.rollback()
    return said


def upgrade(engine: Engine) -> None:
    """Create or migrate the schema. Raises ``SchemaMismatch`` for one newer than ``HEAD``."""
    with engine.begin() as conn:
        _upgrade(conn)


def _upgrade(conn: Connection) -> None:
    if conn.dialect.name == "postgresql":
        conn.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    revision = _revision(conn)
    if revision == HEAD:
        return
    if revision is None:
        schema.metadata.create_all(conn)
        _stamp(conn)
        return
    _run_alembic(conn, revision)


def _revision(conn: Connection) -> str | None:
    """Return the stamp, "" for a database at the very start of the history, ``None`` for none."""
    if not inspect(conn).has_table("alembic_version"):
        return None
    return conn.execute(text("SELECT version_num FROM alembic_version")).scalar() or ""


def _stamp(conn: Connection) -> None:
    conn.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) PRIMARY KEY)"))
    conn.execute(text(f"INSERT INTO alembic_version VALUES ('{HEAD}')"))  # noqa: S608 - a constant


def _run_alembic(conn: Connection, revision: str) -> None:
    # Alembic costs a tenth of a second to import: only a database that needs it pays.
    from alembic import command  # noqa: PLC0415 - see above
    from alembic.config import Config  # noqa: PLC0415 - see above
    from alembic.util import CommandError  # noqa: PLC0415 - see above

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = conn
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise _too_new(revision) from error


def _too_new(revision: str) -> SchemaMismatch:
    return SchemaMismatch(f"the database is at schema {revision}, which this version does not know")
