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
    return _dialect(conn.dialect.name).insert(table)


@cache
def _dialect(name: str) -> Any:
    return import_module(f"sqlalchemy.dialects.{name}")
