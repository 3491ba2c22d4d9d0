"""Extensions by name, by filter, by page."""

import msgspec
from sqlalchemy import ColumnElement, Connection, RowMapping, select

from gatelodge.directory.extensions import Extension, ExtensionUser, Handset
from gatelodge.directory.filters import ExtensionFilter
from gatelodge.directory.pages import Page
from gatelodge.storage.directory_lists import Listed, dids, read_page, same
from gatelodge.storage.schema import extension_numbers, extensions, users

_EXTENSIONS = select(
    extensions,
    users.c.email,
    users.c.login_name,
    users.c.first_name,
    users.c.last_name,
).select_from(extensions.outerjoin(users, users.c.id == extensions.c.user_id))


def list_extensions(
    conn: Connection, account_id: int, chosen: ExtensionFilter, page: Page
) -> Listed[Extension]:
    """Return one page of an account's extensions, by number, without ``service_type_name``."""
    wanted = _EXTENSIONS.where(extensions.c.account_id == account_id, *_extension_terms(chosen))
    total, rows = read_page(conn, wanted.order_by(extensions.c.extension_number), page)
    return Listed(total, tuple(_extension(row) for row in rows))


def find_extension(conn: Connection, account_id: int, name: str) -> Extension | None:
    """Return an account's extension by ``external_id``, else by ``extension_number``."""
    of_account = _EXTENSIONS.where(extensions.c.account_id == account_id)
    for column in (extensions.c.external_id, extensions.c.extension_number):
        row = conn.execute(of_account.where(column == name)).mappings().one_or_none()
        if row is not None:
            found = _extension(row)
            return msgspec.structs.replace(found, service_type_name=row["service_type_name"])
    return None


def _extension_terms(chosen: ExtensionFilter) -> list[ColumnElement[bool]]:
    terms: list[ColumnElement[bool]] = []
    if chosen.location_id is not None:
        terms.append(extensions.c.location_id == chosen.location_id)
    if chosen.phone_number is not None:
        reached = select(extension_numbers.c.extension_id).where(
            extension_numbers.c.phone_number == chosen.phone_number
        )
        terms.append(extensions.c.id.in_(reached))
    if chosen.login_name is not None:
        terms.append(same(users.c.login_name, chosen.login_name))
    if chosen.email is not None:
        terms.append(same(users.c.email, chosen.email))
    return terms


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
