"""Bringing a database to this version's schema, under a lock, with Alembic's history.

An empty database gets the whole schema at once and is stamped; a test holds both ways together.
"""

from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from gatelodge.storage import (
    client_schema,
    device_schema,
    factor_schema,
    logout_schema,
    node_schema,
    personal_schema,
    schema,
    upstream_schema,
)
from gatelodge.storage.errors import SchemaMismatch

HEAD = "0014"
FILES = (
    schema,
    client_schema,
    factor_schema,
    logout_schema,
    upstream_schema,
    device_schema,
    personal_schema,
    node_schema,
)
"""Every file of the schema: each adds its tables to ``schema.metadata`` when it is imported."""

MIGRATIONS = Path(__file__).with_name("migrations")
_LOCK = 0x6761_7465  # any number, the same on every node


def upgrade(engine: Engine) -> None:
    """Create or migrate the schema. Raises ``SchemaMismatch`` for one newer than ``HEAD``."""
    with engine.begin() as conn:
        if engine.dialect.name == "postgresql":
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
    conn.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": HEAD})


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
        message = f"the database is at schema {revision}, which this version does not know"
        raise SchemaMismatch(message) from error
