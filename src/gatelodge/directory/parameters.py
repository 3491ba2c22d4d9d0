"""The query of a list, read once into frozen values; every bad parameter is named.

Unknown parameters are ignored, a known one given twice is refused.
"""

import re
from urllib.parse import parse_qsl

import msgspec

from gatelodge.directory.errors import InvalidParameter, InvalidParameters
from gatelodge.directory.filters import ExtensionFilter, UserFilter, digits
from gatelodge.directory.pages import DEFAULT_PAGE_SIZE, MAX_PAGE, MAX_PAGE_SIZE, Page

MAX_ID = 2**63 - 1
"""The largest identifier a record may have: what a signed 64-bit column holds."""

_MAX_FIELDS = 100
_EXTENSION_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")


class ExtensionQuery(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked of an account's extensions."""

    page: Page = Page()
    chosen: ExtensionFilter = ExtensionFilter()


class UserQuery(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked of an account's users."""

    page: Page = Page()
    chosen: UserFilter = UserFilter()


_ALL_EXTENSIONS = ExtensionQuery()
_ALL_USERS = UserQuery()


def read_extension_query(query: bytes) -> ExtensionQuery:
    """Read the query of the extensions list. Raises ``InvalidParameters``."""
    if not query:
        return _ALL_EXTENSIONS
    fields = _Fields(query)
    asked = ExtensionQuery(
        page=fields.page(),
        chosen=ExtensionFilter(
            location_id=fields.number("location_id", None, MAX_ID),
            phone_number=fields.phone("phone_number"),
            login_name=fields.text("login_name"),
            email=fields.text("email"),
        ),
    )
    fields.refuse()
    return asked


def read_user_query(query: bytes) -> UserQuery:
    """Read the query of the users list. Raises ``InvalidParameters``."""
    if not query:
        return _ALL_USERS
    fields = _Fields(query)
    asked = UserQuery(
        page=fields.page(),
        chosen=UserFilter(
            first_name=fields.text("first_name"),
            last_name=fields.text("last_name"),
            login_name=fields.text("login_name"),
            email=fields.text("email"),
        ),
    )
    fields.refuse()
    return asked


def read_id(written: str) -> int | None:
    """Return the identifier written in a path or query, ``None`` when it cannot be one."""
    if not (written.isascii() and written.isdigit() and len(written) <= len(str(MAX_ID))):
        return None
    value = int(written)
    return value if value <= MAX_ID else None


def read_extension_name(written: str) -> str | None:
    """Return a path's ``external_id`` or extension number, ``None`` when it can be neither."""
    return written if _EXTENSION_NAME.fullmatch(written) else None


class _Fields:
    """The parameters of one query, and what is wrong with those that were looked at."""

    def __init__(self, query: bytes) -> None:
        self._values: dict[str, list[str]] = {}
        self._problems: list[InvalidParameter] = []
        try:
            pairs = parse_qsl(
                query.decode(),
                keep_blank_values=True,
                errors="strict",
                max_num_fields=_MAX_FIELDS,
            )
        except ValueError:  # a UnicodeDecodeError is one too
            reason = f"must be percent-encoded UTF-8 with at most {_MAX_FIELDS} fields"
            raise InvalidParameters([InvalidParameter(name="query", reason=reason)]) from None
        for name, value in pairs:
            self._values.setdefault(name, []).append(value)

    def page(self) -> Page:
        size = self.number("page_size", DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE)
        number = self.number("page", 1, MAX_PAGE)
        return Page(size=size or DEFAULT_PAGE_SIZE, number=number or 1)

    def number(self, name: str, default: int | None, most: int) -> int | None:
        written = self._one(name)
        if written is None:
            return default
        value = read_id(written)
        if value is None or not 1 <= value <= most:
            self._refuse(name, f"must be a whole number from 1 to {most}")
            return default
        return value

    def phone(self, name: str) -> str | None:
        written = self._one(name)
        if written is None:
            return None
        value = digits(written)
        if value is None:
            self._refuse(name, "must be a phone number")
        return value

    def text(self, name: str) -> str | None:
        written = self._one(name)
        if written is None:
            return None
        if not written.strip() or not written.isprintable():
            self._refuse(name, "must be text, not empty and without control characters")
            return None
        return written

    def refuse(self) -> None:
        if self._problems:
            raise InvalidParameters(self._problems)

    def _one(self, name: str) -> str | None:
        values = self._values.get(name)
        if values is None:
            return None
        if len(values) > 1:
            self._refuse(name, "must be given once")
            return None
        return values[0]

    def _refuse(self, name: str, reason: str) -> None:
        self._problems.append(InvalidParameter(name=name, reason=reason))
