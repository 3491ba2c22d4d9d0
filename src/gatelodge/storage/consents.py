"""Stored consents: one row for each user and client."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, RowMapping, delete, insert, select, update

from gatelodge.identity.consents import Consent
from gatelodge.storage.schema import consents


def find(conn: Connection, user_id: int, client_row: int) -> Consent | None:
    """Return what a user has agreed to for a client."""
    wanted = select(consents).where(
        consents.c.user_id == user_id, consents.c.client_row == client_row
    )
    row = conn.execute(wanted).mappings().one_or_none()
    return None if row is None else _record(row)


def of_user(conn: Connection, user_id: int) -> Sequence[Consent]:
    """Return everything a user has agreed to, the newest first."""
    wanted = select(consents).where(consents.c.user_id == user_id)
    rows = conn.execute(wanted.order_by(consents.c.updated_at.desc())).mappings()
    return [_record(row) for row in rows]


def add(conn: Connection, consent: Consent) -> None:
    """Store a user's first consent for a client."""
    conn.execute(insert(consents), _row(consent))


def replace(conn: Connection, consent: Consent) -> None:
    """Store a consent's changed scopes under its id."""
    conn.execute(update(consents).where(consents.c.id == consent.id).values(_row(consent)))


def remove(conn: Connection, consent_id: int) -> None:
    """Take a consent back."""
    conn.execute(delete(consents).where(consents.c.id == consent_id))


def _row(consent: Consent) -> dict[str, Any]:
    return msgspec.structs.asdict(consent) | {"scopes": sorted(consent.scopes)}


def _record(row: RowMapping) -> Consent:
    return Consent(**{**row, "scopes": frozenset(row["scopes"])})
