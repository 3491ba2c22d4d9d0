"""INSERT ... ON CONFLICT, which SQLAlchemy offers for each database apart.

The database's dialect is imported when it is first used: an installation on SQLite never loads
PostgreSQL's, which would cost every start a tenth of a second.
"""

from functools import cache
from importlib import import_module
from typing import Any

from sqlalchemy import Connection, Table


def insert(conn: Connection, table: Table) -> Any:
    """Return an insert that knows ``on_conflict_do_nothing`` and ``on_conflict_do_update``."""
    return insert_for(conn.dialect.name, table)


def insert_for(dialect: str, table: Table) -> Any:
    """Return such an insert for whoever keeps what is built of it, by the dialect's name."""
    return _dialect(dialect).insert(table)


@cache
def _dialect(name: str) -> Any:
    return import_module(f"sqlalchemy.dialects.{name}")
