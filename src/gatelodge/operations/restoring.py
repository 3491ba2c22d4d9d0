"""Putting a backup into an empty installation: all of it, and no right that was in it."""

from collections.abc import Iterator

from gatelodge.identity import totp
from gatelodge.oauth import client_assertion
from gatelodge.operations.actor import Act
from gatelodge.storage import changes, copies, revocations
from gatelodge.storage.connections import Connection
from gatelodge.storage.copies import Part


def put_back(conn: Connection, act: Act, made_at: int, parts: Iterator[Part]) -> int:
    """Put in what was kept at ``made_at``; return how many rows that were (the operator).

    Raises ``InstallationInUse``. Codes of authenticator apps that were good until now are used, and
    clients have to sign new assertions.
    """
    act.actor.require("administrator")
    rows = sum(copies.write(conn, parts, act.now // totp.STEP + totp.DRIFT).values())
    # A server that waits on the empty installation forgets what it knows of it.
    for kind in ("api", "developer", "directory"):
        changes.append(conn, kind, 0)
    revocations.note_restore(conn, act.now, act.now + client_assertion.FORGOTTEN_FOR)
    act.record(conn, "installation.restore", "installation", None, {"made_at": made_at})
    return rows
