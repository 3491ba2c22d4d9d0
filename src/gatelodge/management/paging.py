"""Lists in pages: a cursor says after which row the next page begins."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as BadBase64
from collections.abc import Mapping, Sequence
from typing import Generic, TypeVar

import msgspec

from gatelodge.catalog.errors import Invalid
from gatelodge.web.rows import LARGEST

PARAMETERS = ("limit", "cursor")
DEFAULT, MOST = 50, 100
_BYTES = 8
_DIGITS = len(str(MOST))

T = TypeVar("T")


class Items(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """One page of a list; ``next_cursor`` is null on the last one."""

    items: Sequence[T]
    next_cursor: str | None = None


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Which page is asked for: so many rows beyond a row, from the start without one."""

    limit: int = DEFAULT
    row: int | None = None


def read(query: Mapping[str, str]) -> Page:
    """Return the page a query asks for. Raises ``Invalid``."""
    limit = query.get("limit", str(DEFAULT))
    number = int(limit) if limit.isascii() and limit.isdigit() and len(limit) <= _DIGITS else 0
    if not 1 <= number <= MOST:
        raise Invalid({"limit": f"Ask for 1 to {MOST}."})
    return Page(limit=number, row=_row(query["cursor"]) if "cursor" in query else None)


def cursor(row: int) -> str:
    """Return the cursor of the page beyond a row; callers take it as opaque."""
    return urlsafe_b64encode(row.to_bytes(_BYTES, "big")).rstrip(b"=").decode()


def following(rows: Sequence[int], page: Page) -> str | None:
    """Return the cursor after a page for which one row more than its limit was read."""
    return cursor(rows[page.limit - 1]) if len(rows) > page.limit else None


def _row(text: str) -> int:
    try:
        raw = urlsafe_b64decode(text.encode("ascii") + b"=")
    except (BadBase64, ValueError):
        raw = b""
    number = int.from_bytes(raw, "big")
    if len(raw) != _BYTES or number > LARGEST or cursor(number) != text:
        raise Invalid({"cursor": "Take the cursor from the page before."})
    return number
