"""Watches units of work in tests: what an act changes, it writes down in the same unit."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, event

from gatelodge.operations import second_step, signing_out
from gatelodge.operations.actor import Act, Occasion
from gatelodge.storage.audit_schema import audit
from gatelodge.storage.engine import Store

_CHANGE = re.compile(r'\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+"?(\w+)')
BESIDE = {
    "locks": "whose turn it is",
    "nodes": "which number a node has",
    "sign_in_failures": "counted attempts, in the log",
    "reset_links": "made when the letter is sent that was asked for in a line",
}
"""What may change without a line, and why."""

LINES = {str(table.name) for table in audit.tables}

PARTS = {second_step._spend, signing_out.user_everywhere}
"""Parts of acts: the sign-in, or what ends everything, writes the line."""


class Silent(AssertionError):
    """An act has changed something and left no line."""


def watch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail the unit of an act that changes a table and writes no line."""
    write = Store.write

    async def watched(self: Store, fn: Any, *args: Any, **more: Any) -> Any:
        if any(isinstance(value, Act | Occasion) for value in args):
            return await write(self, _watching, fn, args, more)
        return await write(self, fn, *args, **more)

    monkeypatch.setattr(Store, "write", watched)


def _watching(
    conn: Connection, fn: Callable[..., Any], args: tuple[Any, ...], more: dict[str, Any]
) -> Any:
    changed = set[str]()

    def note(_: Any, cursor: Any, statement: str, *___: Any) -> None:
        # What changed no row, such as a guess at a code, was no act.
        if cursor.rowcount and (found := _CHANGE.match(statement)):
            changed.add(found[1])

    event.listen(conn, "after_cursor_execute", note)
    try:
        answer = fn(conn, *args, **more)
    finally:
        event.remove(conn, "after_cursor_execute", note)
    silent = changed - BESIDE.keys()
    if silent and changed.isdisjoint(LINES) and fn not in PARTS:
        raise Silent(f"{fn.__module__}.{fn.__qualname__} changed {sorted(silent)} without a line")
    return answer
