"""The directory's writes: what an import compares with, adds and changes, a batch at a time."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Table, bindparam, delete, func, insert, select, update

from gatelodge.directory.import_rows import (
    AccountRow,
    ExtensionRow,
    Kind,
    LocationRow,
    Row,
    UserRow,
)
from gatelodge.storage.schema import accounts, extension_numbers, extensions, locations, users

Columns = dict[str, Any]

_TABLES: dict[Kind, Table] = {
    "account": accounts,
    "location": locations,
    "user": users,
    "extension": extensions,
}
_LISTS: dict[type[Row], tuple[str, ...]] = {
    UserRow: ("contact_numbers",),
    ExtensionRow: ("dids", "handsets"),
}
_NEW_USER = {"role": "member", "state": "active", "password_hash": None}


def columns(row: Row) -> Columns:
    """Return what a row says of its stored columns; what it leaves open is not among them."""
    values: Columns = msgspec.to_builtins(row)
    del values["place"]
    if isinstance(row, AccountRow | LocationRow):
        inner: Columns = values.pop("account" if isinstance(row, AccountRow) else "location")
        return values | inner
    for name in _LISTS[type(row)]:
        # JSON has no tuples: what is read back later must compare equal.
        values[name] = list(values[name])
    if isinstance(row, UserRow):
        for name in _NEW_USER:
            if values[name] is None:
                del values[name]
    return values


def stored(conn: Connection, kind: Kind, ids: Sequence[int]) -> dict[int, Columns]:
    """Return the stored rows with these ids."""
    table = _TABLES[kind]
    rows = conn.execute(select(table).where(table.c.id.in_(ids))).mappings()
    return {row["id"]: dict(row) for row in rows}


def stored_extensions(
    conn: Connection, account_id: int, external_ids: Sequence[str]
) -> dict[str, Columns]:
    """Return an account's stored extensions with these external ids."""
    rows = conn.execute(
        select(extensions).where(
            extensions.c.account_id == account_id, extensions.c.external_id.in_(external_ids)
        )
    ).mappings()
    return {row["external_id"]: dict(row) for row in rows}


def owners(conn: Connection, kind: Kind, ids: Sequence[int]) -> dict[int, int]:
    """Return which of ``ids`` there are, each with its account; an account's is itself."""
    table = _TABLES[kind]
    owner = table.c.id if kind == "account" else table.c.account_id
    return {
        row[0]: row[1] for row in conn.execute(select(table.c.id, owner).where(table.c.id.in_(ids)))
    }


def login_holders(conn: Connection, login_names: Sequence[str]) -> dict[str, int]:
    """Return whose each login name is, by its lower-case form."""
    folded = func.lower(users.c.login_name)
    wanted = [name.lower() for name in login_names]
    return {
        row[0]: row[1] for row in conn.execute(select(folded, users.c.id).where(folded.in_(wanted)))
    }


def number_holders(conn: Connection, account_id: int, numbers: Sequence[str]) -> dict[str, str]:
    """Return the external id of the extension that has each of an account's numbers."""
    number = extensions.c.extension_number
    rows = conn.execute(
        select(number, extensions.c.external_id).where(
            extensions.c.account_id == account_id, number.in_(numbers)
        )
    )
    return {row[0]: row[1] for row in rows}


def add(conn: Connection, kind: Kind, rows: Sequence[Columns]) -> None:
    """Store new rows."""
    if not rows:
        return
    if kind == "user":
        rows = [{**_NEW_USER, **row} for row in rows]
    conn.execute(insert(_TABLES[kind]), rows)
    if kind == "extension":
        _add_numbers(conn, rows)


def replace(conn: Connection, kind: Kind, rows: Sequence[Columns]) -> None:
    """Store changed rows: whole ones, under their ids."""
    if not rows:
        return
    table = _TABLES[kind]
    values: Columns = {
        column.name: bindparam(column.name) for column in table.c if column.name != "id"
    }
    changed = update(table).where(table.c.id == bindparam("row_id")).values(values)
    conn.execute(changed, [{**row, "row_id": row["id"]} for row in rows])
    if kind == "extension":
        ids = [row["id"] for row in rows]
        conn.execute(delete(extension_numbers).where(extension_numbers.c.extension_id.in_(ids)))
        _add_numbers(conn, rows)


def _add_numbers(conn: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    numbers = [
        {"phone_number": did["phone_number"], "extension_id": row["id"]}
        for row in rows
        for did in row["dids"]
    ]
    if numbers:
        conn.execute(insert(extension_numbers), numbers)
