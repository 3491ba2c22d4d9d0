"""The directory's users by key, by filter, by page, each with the extensions that are theirs."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, RowMapping, select

from gatelodge.directory.filters import UserFilter
from gatelodge.directory.pages import Page
from gatelodge.directory.users import ContactNumber, DirectoryUser, UserExtension
from gatelodge.storage.directory_lists import Listed, dids, read_page, same
from gatelodge.storage.schema import extensions, users

_USERS = select(
    users.c.email,
    users.c.login_name,
    users.c.first_name,
    users.c.last_name,
    users.c.id,
    users.c.contact_numbers,
)


def list_users(
    conn: Connection, account_id: int, chosen: UserFilter, page: Page
) -> Listed[DirectoryUser]:
    """Return one page of an account's users, by id."""
    terms = [
        same(users.c[name], value)
        for name, value in msgspec.structs.asdict(chosen).items()
        if value is not None
    ]
    wanted = _USERS.where(users.c.account_id == account_id, *terms)
    total, rows = read_page(conn, wanted.order_by(users.c.id), page)
    return Listed(total, _with_extensions(conn, rows))


def find_user(conn: Connection, account_id: int, user_id: int) -> DirectoryUser | None:
    """Return an account's user with this id."""
    wanted = _USERS.where(users.c.account_id == account_id, users.c.id == user_id)
    found = _with_extensions(conn, conn.execute(wanted).mappings().all())
    return found[0] if found else None


def _with_extensions(conn: Connection, rows: Sequence[RowMapping]) -> tuple[DirectoryUser, ...]:
    owned: dict[int, list[UserExtension]] = {row["id"]: [] for row in rows}
    if owned:
        wanted = select(
            extensions.c.user_id, extensions.c.extension_number, extensions.c.dids
        ).where(extensions.c.user_id.in_(list(owned)))
        for row in conn.execute(wanted.order_by(extensions.c.extension_number)).mappings():
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
