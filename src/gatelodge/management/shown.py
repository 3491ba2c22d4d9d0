"""Times and identifiers as this API writes them."""

from datetime import UTC, datetime


def moment(seconds: int) -> datetime:
    """Return a time as RFC 3339 writes it, in UTC."""
    return datetime.fromtimestamp(seconds, UTC)


def maybe(seconds: int | None) -> datetime | None:
    """Return a time that may be missing."""
    return None if seconds is None else moment(seconds)


def row(number: int) -> str:
    """Return a row's identifier as text: JSON's readers round numbers of 63 bits."""
    return str(number)
