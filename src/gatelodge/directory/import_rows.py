"""What a directory import is made of: places in a file, mistakes, and the four kinds of row."""

from collections.abc import Sequence
from typing import Literal, Protocol

import msgspec

from gatelodge.directory.accounts import Account
from gatelodge.directory.errors import DirectoryError
from gatelodge.directory.extensions import Did, Handset
from gatelodge.directory.locations import Location
from gatelodge.directory.users import ContactNumber

Kind = Literal["account", "location", "user", "extension"]
KINDS: tuple[Kind, ...] = ("account", "location", "user", "extension")
"""In the order rows are stored: each kind only refers to those before it."""

Role = Literal["administrator", "member"]
State = Literal["active", "disabled"]
_LONGEST = 300

Path = tuple[str | int, ...]
"""Where in an object a value is: names and positions, ``()`` for the object itself."""


class Place(msgspec.Struct, frozen=True):
    """A place in a file; lines and columns count from 1, columns in characters."""

    line: int
    column: int


class Mistake(msgspec.Struct, frozen=True, kw_only=True):
    """One thing wrong with a file, in words for the person who wrote it."""

    line: int
    column: int
    message: str


def mistake(place: Place, message: str) -> Mistake:
    """Return a mistake at a place; what a file holds cannot play tricks on a terminal."""
    safe = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in message[:_LONGEST])
    return Mistake(line=place.line, column=place.column, message=safe)


class FileRefused(DirectoryError):
    """A file cannot be imported; ``more`` says that not all of its mistakes are listed."""

    def __init__(self, mistakes: Sequence[Mistake], *, more: bool = False) -> None:
        super().__init__(f"{len(mistakes)}{'+' if more else ''} mistakes")
        self.mistakes = tuple(mistakes)
        self.more = more


class Where(Protocol):
    """Finds the place of a part of an object."""

    def place(self, path: Path) -> Place:
        """Return where the value at ``path`` begins, or the nearest one around it."""


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """One object of a file before it is checked; ``account_id`` is that of the object around it."""

    kind: Kind
    account_id: int | None
    value: object
    where: Where


class AccountRow(msgspec.Struct, frozen=True, kw_only=True):
    """An account to store."""

    place: Place
    account: Account


class LocationRow(msgspec.Struct, frozen=True, kw_only=True):
    """A location to store."""

    place: Place
    account_id: int
    location: Location


class UserRow(msgspec.Struct, frozen=True, kw_only=True):
    """A user to store; ``None`` for role, state or password hash leaves what is stored."""

    place: Place
    account_id: int
    id: int
    login_name: str
    email: str
    first_name: str
    last_name: str
    contact_numbers: tuple[ContactNumber, ...]
    role: Role | None
    state: State | None
    password_hash: str | None


class ExtensionRow(msgspec.Struct, frozen=True, kw_only=True):
    """An extension to store; it is known by its account and ``external_id``."""

    place: Place
    account_id: int
    external_id: str
    extension_number: str
    location_id: int
    user_id: int | None
    caller_id: str | None
    block_caller_id: bool
    dnd_enabled: bool
    vtt_enabled: bool
    service_type_name: str
    dids: tuple[Did, ...]
    handsets: tuple[Handset, ...]


Row = AccountRow | LocationRow | UserRow | ExtensionRow
