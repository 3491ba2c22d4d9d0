"""Accounts, locations, extensions and users as the Provisioning API tells them.

Frozen, typed, and tolerant: what an answer has beyond these fields is kept in ``extra``, what it
lacks is None or empty. Ids are numbers or text, whichever the server sends.
"""

from typing import Any

import msgspec

Id = int | str


class Model(msgspec.Struct, frozen=True, kw_only=True):
    """What all records share: ``extra`` holds the fields this version does not know."""

    extra: dict[str, Any] = {}


class Address(Model, frozen=True):
    """A postal address; ``time_zone`` is told for locations only."""

    address_1: str | None = None
    address_2: str | None = None
    city: str | None = None
    state: str | None = None
    postal_code: str | None = None
    country: str | None = None
    time_zone: str | None = None


class Account(Model, frozen=True):
    """A customer."""

    id: Id
    name: str = ""
    status: str | None = None
    address: Address | None = None


class Location(Model, frozen=True):
    """A place of an account."""

    id: Id
    name: str = ""
    address: Address | None = None


class Did(Model, frozen=True):
    """A number that leads to an extension from outside; older answers have the number alone."""

    phone_number: str
    custom_tag: str | None = None


class Handset(Model, frozen=True):
    """A telephone."""

    handset_name: str | None = None
    sip_id: str | None = None


class ExtensionUser(Model, frozen=True):
    """The user of an extension, in short."""

    id: Id | None = None
    login_name: str | None = None
    email: str | None = None
    first_name: str | None = None
    last_name: str | None = None


class Extension(Model, frozen=True):
    """A line; ``service_type_name`` is told by ``get`` only, and some have no user."""

    extension_number: str
    external_id: str | None = None
    user: ExtensionUser | None = None
    location_id: Id | None = None
    caller_id: str | None = None
    block_caller_id: bool | None = None
    dnd_enabled: bool | None = None
    vtt_enabled: bool | None = None
    service_type_name: str | None = None
    dids: tuple[Did, ...] = ()
    extension_handsets: tuple[Handset, ...] = ()


class ContactNumber(Model, frozen=True):
    """A number to reach a user at: Mobile, Home or Fax."""

    type: str | None = None
    value: str | None = None


class UserExtension(Model, frozen=True):
    """An extension of a user, in short."""

    extension_number: str
    dids: tuple[Did, ...] = ()


class User(Model, frozen=True):
    """A person of an account."""

    id: Id
    login_name: str | None = None
    email: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    contact_numbers: tuple[ContactNumber, ...] = ()
    extensions: tuple[UserExtension, ...] = ()
