"""Puts the demo's people into the store."""

from gatelodge.demo import credentials, people
from gatelodge.storage import changes, directory, directory_rows
from gatelodge.storage.connections import Connection
from gatelodge.storage.ids import Ids


def ensure(conn: Connection, ids: Ids) -> None:
    """Add both accounts with all they have, unless the first is there already."""
    if directory.find_account(conn, people.VONAGE) is not None:
        return
    columns = directory_rows.columns
    directory_rows.add(conn, "account", [columns(row) for row in people.accounts()])
    directory_rows.add(conn, "location", [columns(row) for row in people.locations()])
    users = people.users(credentials.USER_HASH)
    directory_rows.add(conn, "user", [columns(row) for row in users])
    extensions = [{"id": ids.next(), **columns(row)} for row in people.extensions()]
    directory_rows.add(conn, "extension", extensions)
    for account_id in (people.VONAGE, people.EXAMPLE):
        changes.append(conn, "directory", account_id)
