"""The directory's users by key, by filter, by page, each with the extensions that are theirs."""

from collections.abc import Sequence
from functools import cache

import msgspec
from sqlalchemy import Connection, RowMapping, bindparam, select

from gatelodge.directory.filters import UserFilter
from gatelodge.directory.pages import Page
from gatelodge.directory.users import ContactNumber, DirectoryUser, UserExtension
from gatelodge.storage.directory_lists import Listed, PageQuery, dids, given, same
from gatelodge.storage.schema import extensions, users

_USERS = select(
    users.c.email,
    users.c.login_name,
    users.c.first_name,
    users.c.last_name,
    users.c.id,
    users.c.contact_numbers,
)


_OF_ACCOUNT = users.c.account_id == bindparam("account_id")
_ONE = _USERS.where(_OF_ACCOUNT, users.c.id == bindparam("id"))
_THEIRS = (
    select(extensions.c.user_id, extensions.c.extension_number, extensions.c.dids)
    .where(extensions.c.user_id.in_(bindparam("ids", expanding=True)))
    .order_by(extensions.c.extension_number)
)


def list_users(
    conn: Connection, account_id: int, chosen: UserFilter, page: Page
) -> Listed[DirectoryUser]:
    """Return one page of an account's users, by id."""
    values = given(chosen)
    query = _narrowed(frozenset(values))
    total, rows = query.read(conn, {**values, "account_id": account_id}, page)
    return Listed(total, _with_extensions(conn, rows))


def find_user(conn: Connection, account_id: int, user_id: int) -> DirectoryUser | None:
    """Return an account's user with this id."""
    rows = conn.execute(_ONE, {"account_id": account_id, "id": user_id})
    found = _with_extensions(conn, rows.mappings().all())
    return found[0] if found else None


@cache
def _narrowed(names: frozenset[str]) -> PageQuery:
    terms = [_OF_ACCOUNT, *(same(users.c[name], bindparam(name)) for name in sorted(names))]
    return PageQuery(_USERS, terms, users.c.id)


def _with_extensions(conn: Connection, rows: Sequence[RowMapping]) -> tuple[DirectoryUser, ...]:
    owned: dict[int, list[UserExtension]] = {row["id"]: [] for row in rows}
    if owned:
        for row in conn.execute(_THEIRS, {"ids": list(owned)}).mappings():
            owned[row["user_id"]].append(
                UserExtension(dids=dids(row), extension_number=row["extension_number"])
            )
    return tuple(
        DirectoryUser(
            **{
                **row,
                "contact_numbers": msgspec.convert(
                    row["contact_numbers"], tuple[ContactNumber, ...]
                ),
                "extensions": tuple(owned[row["id"]]),
            }
        )
        for row in rows
    )
