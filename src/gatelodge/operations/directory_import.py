"""Filling the directory from a file: all of it or nothing, and a second time nothing changes.

Never removes what the file does not name. A user's role, state and password hash stay as they are
where the file does not give them; a user who is disabled or gets another password is signed out.
"""

from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter

import msgspec

from gatelodge.directory.import_rows import (
    KINDS,
    AccountRow,
    ExtensionRow,
    FileRefused,
    Kind,
    LocationRow,
    Mistake,
    Row,
    UserRow,
    mistake,
)
from gatelodge.operations import signing_out
from gatelodge.operations.actor import Act
from gatelodge.operations.directory_file import MAX_MISTAKES, Progress
from gatelodge.operations.row_spool import RowSpool
from gatelodge.storage import changes, directory_rows
from gatelodge.storage.connections import Connection
from gatelodge.storage.directory_rows import Columns

EVERY_ACCOUNT = 0
"""What a ``directory`` change refers to when it is about more than a hundred accounts."""

_MANY_ACCOUNTS = 100


class Tally(msgspec.Struct, kw_only=True):
    """How many rows of one kind were added, changed, and found as they were."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0


Outcome = dict[Kind, Tally]


def import_rows(conn: Connection, act: Act, spool: RowSpool, progress: Progress) -> Outcome:
    """Store every row of ``spool``; ``progress`` is told rows.

    Raises ``FileRefused`` when rows contradict what is stored; the caller's unit of work is undone.
    """
    work = _Import(conn, act)
    total = sum(spool.counts.values())
    done = 0
    for kind in KINDS:
        for batch in spool.batches(kind):
            work.take(kind, batch)
            done += len(batch)
            progress(done, total)
    return work.finish()


class _Import:
    """One import while it is stored: mistakes found, rows counted, accounts touched."""

    def __init__(self, conn: Connection, act: Act) -> None:
        self._conn = conn
        self._act = act
        self._mistakes: list[Mistake] = []
        self._outcome: Outcome = {kind: Tally() for kind in KINDS}
        self._accounts: set[int] = set()

    def take(self, kind: Kind, rows: Sequence[Row]) -> None:
        """Store what is new or different among rows of one kind; remember what cannot be stored."""
        before = self._stored(kind, rows)
        wrong = self._wrong(kind, rows, before)
        self._mistakes += wrong
        if len(self._mistakes) > MAX_MISTAKES:
            self._refuse()
        bad = {(m.line, m.column) for m in wrong}
        good = [row for row in rows if (row.place.line, row.place.column) not in bad]
        self._store(kind, good, before)

    def finish(self) -> Outcome:
        """Write down what happened. Raises ``FileRefused`` if anything was wrong."""
        if self._mistakes:
            self._refuse()
        touched = sorted(self._accounts)
        for account_id in touched if len(touched) <= _MANY_ACCOUNTS else [EVERY_ACCOUNT]:
            changes.append(self._conn, "directory", account_id)
        if touched:
            detail = {str(kind): msgspec.to_builtins(self._outcome[kind]) for kind in KINDS}
            self._act.record(self._conn, "directory.import", "directory", None, detail)
        return self._outcome

    def _refuse(self) -> None:
        more = len(self._mistakes) > MAX_MISTAKES
        found = sorted(self._mistakes, key=attrgetter("line", "column"))
        raise FileRefused(found[:MAX_MISTAKES], more=more)

    def _stored(self, kind: Kind, rows: Sequence[Row]) -> dict[object, Columns]:
        if kind != "extension":
            found = directory_rows.stored(self._conn, kind, [_row_id(row) for row in rows])
            return {id_: values for id_, values in found.items()}  # noqa: C416 - widens the key
        extensions: dict[object, Columns] = {}
        for account_id, group in _by_account(rows):
            ids = [row.external_id for row in group]
            found_here = directory_rows.stored_extensions(self._conn, account_id, ids)
            extensions |= {(account_id, name): values for name, values in found_here.items()}
        return extensions

    def _store(self, kind: Kind, rows: Sequence[Row], before: dict[object, Columns]) -> None:
        tally = self._outcome[kind]
        added: list[Columns] = []
        changed: list[Columns] = []
        for row in rows:
            values = directory_rows.columns(row)
            old = before.get(_key(row))
            if old is None:
                added.append(values if "id" in values else {"id": self._act.ids.next(), **values})
            elif (new := {**old, **values}) != old:
                changed.append(new)
                self._sign_out(kind, old, new)
            else:
                tally.unchanged += 1
        tally.added += len(added)
        tally.changed += len(changed)
        owner = "id" if kind == "account" else "account_id"
        self._accounts.update(values[owner] for values in added + changed)
        directory_rows.replace(self._conn, kind, changed)
        directory_rows.add(self._conn, kind, added)

    def _sign_out(self, kind: Kind, old: Columns, new: Columns) -> None:
        if kind != "user":
            return
        disabled = new["state"] == "disabled" != old["state"]
        if disabled or new["password_hash"] != old["password_hash"]:
            signing_out.user_everywhere(self._conn, self._act, new["id"])

    def _wrong(
        self, kind: Kind, rows: Sequence[Row], before: dict[object, Columns]
    ) -> list[Mistake]:
        mistakes = []
        owned = [row for row in rows if not isinstance(row, AccountRow)]
        known = directory_rows.owners(self._conn, "account", list({r.account_id for r in owned}))
        for row in owned:
            if row.account_id not in known:
                mistakes.append(mistake(row.place, f"there is no account {row.account_id}"))
            old = before.get(_key(row))
            if old is not None and old["account_id"] != row.account_id:
                words = f"{kind} {old['id']} belongs to account {old['account_id']}"
                mistakes.append(mistake(row.place, words))
        users = [row for row in owned if isinstance(row, UserRow)]
        extensions = [row for row in owned if isinstance(row, ExtensionRow)]
        return [
            *mistakes,
            *self._taken_logins(users),
            *self._strangers(extensions),
            *self._taken_numbers(extensions),
        ]

    def _taken_logins(self, rows: Sequence[UserRow]) -> list[Mistake]:
        holders = directory_rows.login_holders(self._conn, [row.login_name for row in rows])
        return [
            mistake(row.place, f"login name {row.login_name} belongs to user {holder}")
            for row in rows
            if (holder := holders.get(row.login_name.lower(), row.id)) != row.id
        ]

    def _taken_numbers(self, rows: Sequence[ExtensionRow]) -> list[Mistake]:
        mistakes = []
        for account_id, group in _by_account(rows):
            numbers = [row.extension_number for row in group]
            holders = directory_rows.number_holders(self._conn, account_id, numbers)
            mistakes += [
                mistake(
                    row.place,
                    f"extension number {row.extension_number} belongs to extension {holder}",
                )
                for row in group
                if (holder := holders.get(row.extension_number, row.external_id)) != row.external_id
            ]
        return mistakes

    def _strangers(self, rows: Sequence[ExtensionRow]) -> list[Mistake]:
        locations = {row.location_id for row in rows}
        users = {row.user_id for row in rows if row.user_id is not None}
        of_locations = directory_rows.owners(self._conn, "location", list(locations))
        of_users = directory_rows.owners(self._conn, "user", list(users))
        mistakes = []
        for row in rows:
            if of_locations.get(row.location_id) != row.account_id:
                words = f"account {row.account_id} has no location {row.location_id}"
                mistakes.append(mistake(row.place, words))
            if row.user_id is not None and of_users.get(row.user_id) != row.account_id:
                words = f"account {row.account_id} has no user {row.user_id}"
                mistakes.append(mistake(row.place, words))
        return mistakes


def _row_id(row: Row) -> int:
    match row:
        case AccountRow(account=account):
            return account.id
        case LocationRow(location=location):
            return location.id
        case UserRow():
            return row.id
        case ExtensionRow():
            raise TypeError("an extension is known by its external id")


def _key(row: Row) -> object:
    return (row.account_id, row.external_id) if isinstance(row, ExtensionRow) else _row_id(row)


def _by_account(rows: Sequence[Row]) -> list[tuple[int, list[ExtensionRow]]]:
    extensions = [row for row in rows if isinstance(row, ExtensionRow)]
    extensions.sort(key=attrgetter("account_id"))
    return [(id_, list(group)) for id_, group in groupby(extensions, attrgetter("account_id"))]
