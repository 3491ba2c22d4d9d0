"""Requests of devices (RFC 8628): decided once, spent once."""

from typing import Any

from sqlalchemy import Connection, Select, delete, select, update

from gatelodge.oauth.device import Allowance, DeviceCode
from gatelodge.storage import upserts
from gatelodge.storage.device_schema import device_codes as table


def add(conn: Connection, row: DeviceCode) -> bool:
    """Store a new request; false when its user code is taken by another one."""
    values = {name: getattr(row, name) for name in DeviceCode.__struct_fields__}
    adding = upserts.insert(conn, table).values(values).on_conflict_do_nothing()
    return conn.execute(adding.returning(table.c.id)).scalar() is not None


def lock(conn: Connection, id_: int) -> DeviceCode | None:
    """Return the request in row ``id_``, held until the commit; the caller compares its digest."""
    return _one(conn, select(table).where(table.c.id == id_).with_for_update())


def find(conn: Connection, id_: int) -> DeviceCode | None:
    """Return the request in row ``id_``."""
    return _one(conn, select(table).where(table.c.id == id_))


def find_by_user_code(conn: Connection, digest: bytes) -> DeviceCode | None:
    """Return the request with this digest of its user code."""
    return _one(conn, select(table).where(table.c.user_code_digest == digest))


def note_poll(conn: Connection, id_: int, polled_at: int | None, interval: int) -> None:
    """Remember the last poll in time and how long the device has to wait from now on."""
    values = {"polled_at": polled_at, "interval": interval}
    conn.execute(update(table).where(table.c.id == id_).values(values))


def allow(conn: Connection, id_: int, allowance: Allowance, now: int) -> bool:
    """Let the device have its tokens; false if somebody decided before, or too late."""
    values = {name: getattr(allowance, name) for name in Allowance.__struct_fields__}
    return _decide(conn, id_, now, {"decision": "allowed", **values})


def deny(conn: Connection, id_: int, now: int) -> bool:
    """Refuse the device; false if somebody decided before, or too late."""
    return _decide(conn, id_, now, {"decision": "denied"})


def spend(conn: Connection, id_: int, now: int) -> bool:
    """Spend an allowed request: exactly one caller ever gets true."""
    spending = (
        update(table)
        .where(table.c.id == id_, table.c.decision == "allowed", table.c.spent_at.is_(None))
        .values(spent_at=now)
        .returning(table.c.id)
    )
    return conn.execute(spending).scalar() is not None


def forget(conn: Connection, before: int) -> int:
    """Remove the requests that expired before ``before``."""
    return conn.execute(delete(table).where(table.c.expires_at < before)).rowcount


def _decide(conn: Connection, id_: int, now: int, values: dict[str, object]) -> bool:
    deciding = (
        update(table)
        .where(table.c.id == id_, table.c.decision.is_(None), table.c.expires_at > now)
        .values(values)
        .returning(table.c.id)
    )
    return conn.execute(deciding).scalar() is not None


def _one(conn: Connection, statement: Select[Any]) -> DeviceCode | None:
    row = conn.execute(statement).mappings().first()
    return None if row is None else DeviceCode(**row)
