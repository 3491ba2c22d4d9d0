"""The location: a place of an account where extensions are."""

import msgspec

from gatelodge.directory.accounts import Address


class LocationAddress(Address, frozen=True, kw_only=True):
    """A postal address with its time zone, written like ``America/New York``."""

    time_zone: str


class Location(msgspec.Struct, frozen=True, kw_only=True):
    """A place of an account; its fields go over the wire in this order."""

    id: int
    name: str
    address: LocationAddress
