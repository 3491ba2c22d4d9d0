"""What the directory's lists share: pages with their totals, and text without regard to case."""

from collections.abc import Mapping, Sequence
from typing import Any, Generic, TypeVar

import msgspec
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    bindparam,
    func,
    select,
)

from gatelodge.directory.extensions import Did
from gatelodge.directory.filters import ExtensionFilter, UserFilter
from gatelodge.directory.pages import Page

T = TypeVar("T")


class Listed(msgspec.Struct, Generic[T], frozen=True):
    """One page of a list, and how many records the whole list has."""

    total: int
    items: tuple[T, ...]


class PageQuery:
    """A list's two statements, for one page and for its length; both are built once.

    Building a statement costs more than running it, so values are parameters by name.
    """

    def __init__(
        self, whole: Select[Any], terms: Sequence[ColumnElement[bool]], order: Column[Any]
    ) -> None:
        key = order.table.c.id
        # The rows before the page are passed over in an index; only the page's own are read.
        keys = select(key).where(*terms).order_by(order)
        there = keys.limit(bindparam("size")).offset(bindparam("offset"))
        self._page = whole.where(key.in_(there)).order_by(order)
        # Over the table of the terms alone: a join would look up a row for each that is counted.
        self._count = select(func.count()).where(*terms)

    def read(
        self, conn: Connection, values: Mapping[str, object], page: Page
    ) -> tuple[int, Sequence[RowMapping]]:
        """Return how many rows there are, and those of one page; a short page saves counting."""
        where = {**values, "size": page.size, "offset": page.offset}
        rows = conn.execute(self._page, where).mappings().all()
        if 0 < len(rows) < page.size or (not rows and page.offset == 0):
            return page.offset + len(rows), rows
        return conn.execute(self._count, dict(values)).scalar_one(), rows


def given(chosen: ExtensionFilter | UserFilter) -> dict[str, object]:
    """Return a filter's values by name, those that are asked for."""
    named = msgspec.structs.asdict(chosen)
    return {name: value for name, value in named.items() if value is not None}


def same(column: ColumnElement[str], value: object) -> ColumnElement[bool]:
    """Return the term that a column holds ``value``, letters in either case."""
    # Both sides are folded by the database, so that they are folded alike and by its index.
    return func.lower(column) == func.lower(value)


def dids(row: RowMapping) -> tuple[Did, ...]:
    """Return a row's outside numbers."""
    return msgspec.convert(row["dids"], tuple[Did, ...])
