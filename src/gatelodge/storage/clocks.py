"""The database's own clock."""

from sqlalchemy import Connection, text


def now(conn: Connection) -> float | None:
    """Return its time in seconds since the epoch; ``None`` where it is this machine's (SQLite)."""
    if conn.dialect.name == "sqlite":
        return None
    return float(conn.execute(text("SELECT extract(epoch FROM clock_timestamp())")).scalar_one())
