"""What the directory's lists share: pages with their totals, and text without regard to case."""

from collections.abc import Sequence
from typing import Any, Generic, TypeVar

import msgspec
from sqlalchemy import ColumnElement, Connection, RowMapping, Select, func, select

from gatelodge.directory.extensions import Did
from gatelodge.directory.pages import Page

T = TypeVar("T")


class Listed(msgspec.Struct, Generic[T], frozen=True):
    """One page of a list, and how many records the whole list has."""

    total: int
    items: tuple[T, ...]


def same(column: ColumnElement[str], value: str) -> ColumnElement[bool]:
    """Return the term that a column holds ``value``, letters in either case."""
    # Both sides are folded by the database, so that they are folded alike and by its index.
    return func.lower(column) == func.lower(value)


def read_page(
    conn: Connection, wanted: Select[Any], page: Page
) -> tuple[int, Sequence[RowMapping]]:
    """Return how many rows there are, and those of one page; a short page saves the counting."""
    rows = conn.execute(wanted.limit(page.size).offset(page.offset)).mappings().all()
    if 0 < len(rows) < page.size or (not rows and page.offset == 0):
        return page.offset + len(rows), rows
    counted = select(func.count()).select_from(wanted.order_by(None).subquery())
    return conn.execute(counted).scalar_one(), rows


def dids(row: RowMapping) -> tuple[Did, ...]:
    """Return a row's outside numbers."""
    return msgspec.convert(row["dids"], tuple[Did, ...])
