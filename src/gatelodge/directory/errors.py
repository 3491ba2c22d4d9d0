"""What the directory refuses, as one tree of exceptions."""

from collections.abc import Sequence

import msgspec


class DirectoryError(Exception):
    """Something was asked of the directory that it does not give."""


class NotInDirectory(DirectoryError):
    """There is no such record, or none the caller may see: the two look the same."""


class InvalidParameter(msgspec.Struct, frozen=True, kw_only=True):
    """One query parameter that cannot be used, and why, in words for the caller."""

    name: str
    reason: str


class InvalidParameters(DirectoryError):
    """Query parameters cannot be used; ``problems`` names every one of them."""

    def __init__(self, problems: Sequence[InvalidParameter]) -> None:
        super().__init__(", ".join(f"{p.name}: {p.reason}" for p in problems))
        self.problems = tuple(problems)
