"""The user as the directory tells of a person; ``identity.users`` is about signing in."""

from typing import Literal

import msgspec

from gatelodge.directory.extensions import Did

ContactType = Literal["Mobile", "Home", "Fax"]
CONTACT_TYPES: tuple[ContactType, ...] = ("Mobile", "Home", "Fax")
"""The kinds of contact number, in the order they are listed."""


class ContactNumber(msgspec.Struct, frozen=True, kw_only=True):
    """A number outside the account; ``value`` is ``None`` where the person gave none."""

    type: ContactType
    value: str | None


class UserExtension(msgspec.Struct, frozen=True, kw_only=True):
    """An extension as far as its user tells."""

    dids: tuple[Did, ...]
    extension_number: str


class DirectoryUser(msgspec.Struct, frozen=True, kw_only=True):
    """A person; the fields go over the wire in this order."""

    email: str
    login_name: str
    first_name: str
    last_name: str
    id: int
    contact_numbers: tuple[ContactNumber, ...]
    extensions: tuple[UserExtension, ...]
