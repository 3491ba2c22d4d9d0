"""The account: the organisation whose users, locations and extensions the directory holds."""

import msgspec

STATUSES = ("ACTIVE", "SUSPENDED", "CLOSED")
"""What an account's ``status`` may be."""


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """A postal address; ``address_2`` and ``state`` are ``None`` where there is none."""

    address_1: str
    address_2: str | None
    country: str
    state: str | None
    city: str
    postal_code: str


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """An organisation; its fields go over the wire in this order."""

    id: int
    name: str
    status: str
    address: Address
