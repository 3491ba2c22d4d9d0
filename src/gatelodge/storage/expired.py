"""Removing rows that say themselves when they expire; tokens go by the age of their ids."""

from sqlalchemy import Connection

from gatelodge.storage import (
    device_codes,
    flashes,
    idempotent_answers,
    sessions,
    sign_in_failures,
    spent,
    upstream_attempts,
)

_DAY = 86_400


def forget(conn: Connection, now: int) -> None:
    """Remove what expired before ``now``, failed sign-ins a day after the last.

    Devices' requests stay a day more, so that a late poll is told why it gets nothing.
    """
    sessions.forget(conn, now)
    flashes.forget(conn, now)
    idempotent_answers.forget(conn, now)
    upstream_attempts.forget(conn, now)
    spent.forget(conn, now)
    device_codes.forget(conn, now - _DAY)
    sign_in_failures.forget(conn, now - _DAY)
