"""Signing keys: private parts are stored sealed only; opening them is the caller's business.

Whatever changes them is logged as ``signing_key``; a key that is gone is named by the change.
"""

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, delete, insert, select, update

from gatelodge.oauth.signing_keys import Standing, State
from gatelodge.storage import changes
from gatelodge.storage.schema import signing_keys


class StoredSigningKey(Standing, frozen=True, kw_only=True):
    """A signing key at rest: its standing, its name in headers, and its sealed private part."""

    kid: str
    sealed: bytes
    created_at: int

    def __repr__(self) -> str:
        """Show nothing of the private part."""
        return f"StoredSigningKey({self.kid}, {self.algorithm}, {self.state})"


def all_of(conn: Connection) -> Sequence[StoredSigningKey]:
    """Return every signing key, the newest first."""
    rows = conn.execute(select(signing_keys).order_by(signing_keys.c.id.desc()))
    return [StoredSigningKey(**row) for row in rows.mappings()]


def add(conn: Connection, key: StoredSigningKey) -> None:
    """Store a key."""
    conn.execute(insert(signing_keys), msgspec.structs.asdict(key))
    changes.append(conn, "signing_key", 0)


def change_state(conn: Connection, id_: int, state: State, since: int) -> None:
    """Put a key into another state."""
    wanted = update(signing_keys).where(signing_keys.c.id == id_)
    conn.execute(wanted.values(state=state, since=since))
    changes.append(conn, "signing_key", 0)


def remove(conn: Connection, id_: int) -> None:
    """Remove a key: nothing it signed is accepted any more."""
    conn.execute(delete(signing_keys).where(signing_keys.c.id == id_))
    changes.append(conn, "signing_key", id_)
