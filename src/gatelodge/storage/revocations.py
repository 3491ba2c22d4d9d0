"""Revocations: facts in the change log that end refresh and access tokens without touching them.

Ending a family costs the same whatever its size, and a node that reads the log refuses at once.
"""

from collections.abc import Iterable

import msgspec
from sqlalchemy import Connection, and_, bindparam, func, or_, select

from gatelodge.storage import changes
from gatelodge.storage.changes import Change
from gatelodge.storage.schema import changes as table

FOREVER = (1 << 63) - 1


def revoke_family(conn: Connection, family_id: int, until: int) -> None:
    """End every refresh and access token that descends from one code or sign-in."""
    changes.append(conn, "family", family_id, FOREVER, until)


def revoke_access_token(conn: Connection, access_token_id: int, until: int) -> None:
    """End one access token; its family lives on."""
    changes.append(conn, "token", access_token_id, FOREVER, until)


def revoke_user(conn: Connection, user_id: int, stamp: int, until: int) -> None:
    """End every token issued for a user up to row id ``stamp``."""
    changes.append(conn, "revoke_user", user_id, stamp, until)


def revoke_client(conn: Connection, client_row: int, stamp: int, until: int) -> None:
    """End every token issued to a client up to row id ``stamp``."""
    changes.append(conn, "revoke_client", client_row, stamp, until)


def revoke_consent(conn: Connection, user_id: int, client_row: int, stamp: int, until: int) -> None:
    """End every token issued to one client for one user up to row id ``stamp``."""
    changes.append(conn, "revoke_consent", user_id, stamp, until, client_row=client_row)


def note_restore(conn: Connection, at: int, until: int) -> None:
    """Let every node know that until ``at`` something may have been used that is not remembered."""
    changes.append(conn, "restore", 0, at, until)


Ended = int | tuple[int, int]
"""What a revocation names: a row, or a user's and a client's."""


class Revocations(msgspec.Struct):
    """The revocations in force, as sets a request can be checked against in a microsecond."""

    families: dict[Ended, int] = {}
    access_tokens: dict[Ended, int] = {}
    users: dict[Ended, int] = {}
    clients: dict[Ended, int] = {}
    consents: dict[Ended, int] = {}
    restores: dict[Ended, int] = {}
    until: dict[tuple[str, Ended], int] = {}

    def add(self, change: Change) -> None:
        """Take in one row of the log; rows that are no revocation are left alone."""
        place = self._place(change.kind)
        if place is None:
            return
        ended: Ended = change.ref
        if change.client_row:
            ended = change.ref, change.client_row
        place[ended] = max(change.stamp, place.get(ended, 0))
        key = (change.kind, ended)
        self.until[key] = max(change.until, self.until.get(key, 0))

    def forget(self, now: int) -> None:
        """Drop what can no longer meet a living token."""
        for key in [key for key, until in self.until.items() if until <= now]:
            del self.until[key]
            place = self._place(key[0])
            if place is not None:
                place.pop(key[1], None)

    def cover(
        self, *, token_id: int, family_id: int | None, client_row: int, user_id: int | None
    ) -> bool:
        """Say whether a token with these facts is revoked.

        What a family issues is as old as the yes it began with: a node that had not heard of the
        end yet may have issued it a moment afterwards, and it is not to outlive the end for that.
        """
        if token_id in self.access_tokens or family_id in self.families:
            return True
        begun = token_id if family_id is None else min(token_id, family_id)
        if self.clients.get(client_row, -1) >= begun:
            return True
        if user_id is None:
            return False
        if self.users.get(user_id, -1) >= begun:
            return True
        return self.consents.get((user_id, client_row), -1) >= begun

    def _place(self, kind: str) -> dict[Ended, int] | None:
        return {
            "family": self.families,
            "token": self.access_tokens,
            "revoke_user": self.users,
            "revoke_client": self.clients,
            "revoke_consent": self.consents,
            "restore": self.restores,
        }.get(kind)


_CONCERNING = (
    select(
        table.c.kind,
        table.c.ref,
        table.c.client_row,
        func.max(table.c.stamp),
        func.max(table.c.until),
    )
    .where(
        or_(
            and_(table.c.kind == "family", table.c.ref.in_(bindparam("families", expanding=True))),
            and_(
                table.c.kind == "revoke_user", table.c.ref.in_(bindparam("users", expanding=True))
            ),
            and_(
                table.c.kind == "revoke_client",
                table.c.ref.in_(bindparam("clients", expanding=True)),
            ),
            and_(
                table.c.kind == "revoke_consent",
                table.c.ref.in_(bindparam("users", expanding=True)),
                table.c.client_row.in_(bindparam("clients", expanding=True)),
            ),
        )
    )
    .group_by(table.c.kind, table.c.ref, table.c.client_row)
)


def concerning(
    conn: Connection, families: Iterable[int], users: Iterable[int], clients: Iterable[int]
) -> Revocations:
    """Read, inside the caller's transaction, the revocations of these families, users, clients."""
    found = conn.execute(
        _CONCERNING,
        {"families": list(set(families)), "users": list(set(users)), "clients": list(set(clients))},
    )
    standing = Revocations()
    for kind, ref, client_row, stamp, until in found:
        change = Change(id=0, kind=kind, ref=ref, client_row=client_row, stamp=stamp, until=until)
        standing.add(change)
    return standing
