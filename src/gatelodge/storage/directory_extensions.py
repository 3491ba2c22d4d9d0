"""Extensions by name, by filter, by page."""

from collections.abc import Mapping
from functools import cache

import msgspec
from sqlalchemy import ColumnElement, Connection, RowMapping, bindparam, select

from gatelodge.directory.extensions import Extension, ExtensionUser, Handset
from gatelodge.directory.filters import ExtensionFilter
from gatelodge.directory.pages import Page
from gatelodge.storage.directory_lists import Listed, PageQuery, dids, given, same
from gatelodge.storage.schema import extension_numbers, extensions, users

_EXTENSIONS = select(
    extensions,
    users.c.email,
    users.c.login_name,
    users.c.first_name,
    users.c.last_name,
).select_from(extensions.outerjoin(users, users.c.id == extensions.c.user_id))


_NAMED = tuple(
    _EXTENSIONS.where(
        extensions.c.account_id == bindparam("account_id"), column == bindparam("name")
    )
    for column in (extensions.c.external_id, extensions.c.extension_number)
)
_REACHED = select(extension_numbers.c.extension_id).where(
    extension_numbers.c.phone_number == bindparam("phone_number")
)
_TERMS: Mapping[str, ColumnElement[bool]] = {
    "location_id": extensions.c.location_id == bindparam("location_id"),
    "phone_number": extensions.c.id.in_(_REACHED),
    **{
        name: extensions.c.user_id.in_(
            select(users.c.id).where(same(users.c[name], bindparam(name)))
        )
        for name in ("login_name", "email")
    },
}
_RARE = frozenset({"phone_number", "login_name", "email"})


def list_extensions(
    conn: Connection, account_id: int, chosen: ExtensionFilter, page: Page
) -> Listed[Extension]:
    """Return one page of an account's extensions, by number, without ``service_type_name``."""
    values = given(chosen)
    query = _narrowed(frozenset(values))
    total, rows = query.read(conn, {**values, "account_id": account_id}, page)
    return Listed(total, tuple(_extension(row) for row in rows))


def find_extension(conn: Connection, account_id: int, name: str) -> Extension | None:
    """Return an account's extension by ``external_id``, else by ``extension_number``."""
    for statement in _NAMED:
        rows = conn.execute(statement, {"account_id": account_id, "name": name})
        row = rows.mappings().one_or_none()
        if row is not None:
            found = _extension(row)
            return msgspec.structs.replace(found, service_type_name=row["service_type_name"])
    return None


@cache
def _narrowed(names: frozenset[str]) -> PageQuery:
    account = extensions.c.account_id
    # Without statistics SQLite would walk the whole account rather than look up the few rows that
    # a number or a user leads to: the sum keeps the account's index out of its choice.
    owned = account + 0 if names & _RARE else account
    terms = [owned == bindparam("account_id"), *(_TERMS[name] for name in sorted(names))]
    return PageQuery(_EXTENSIONS, terms, extensions.c.extension_number)


def _extension(row: RowMapping) -> Extension:
    user_id = row["user_id"]
    return Extension(
        extension_number=row["extension_number"],
        user=msgspec.UNSET
        if user_id is None
        else ExtensionUser(
            id=user_id,
            email=row["email"],
            login_name=row["login_name"],
            first_name=row["first_name"],
            last_name=row["last_name"],
        ),
        location_id=row["location_id"],
        vtt_enabled=row["vtt_enabled"],
        dnd_enabled=row["dnd_enabled"],
        caller_id=row["caller_id"],
        external_id=row["external_id"],
        block_caller_id=row["block_caller_id"],
        dids=dids(row),
        extension_handsets=msgspec.convert(row["handsets"], tuple[Handset, ...]),
    )
