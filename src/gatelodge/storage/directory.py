"""Accounts and their locations, by key."""

import msgspec
from sqlalchemy import Connection, select

from gatelodge.directory.accounts import Account, Address
from gatelodge.directory.locations import Location, LocationAddress
from gatelodge.storage.schema import accounts, locations

_LOCATIONS = select(locations.c.id, locations.c.name, locations.c.address).order_by(locations.c.id)


def find_account(conn: Connection, account_id: int) -> Account | None:
    """Return the account with this id."""
    row = conn.execute(select(accounts).where(accounts.c.id == account_id)).mappings().one_or_none()
    if row is None:
        return None
    return Account(**{**row, "address": msgspec.convert(row["address"], Address)})


def locations_of(conn: Connection, account_id: int) -> tuple[Location, ...]:
    """Return every location of an account, by id."""
    rows = conn.execute(_LOCATIONS.where(locations.c.account_id == account_id))
    return tuple(
        Location(**{**row, "address": msgspec.convert(row["address"], LocationAddress)})
        for row in rows.mappings()
    )
