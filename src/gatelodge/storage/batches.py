"""One batch of the group commit: many callers' units in one transaction, an answer for each."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from gatelodge.storage import changes
from gatelodge.storage.changes import Change
from gatelodge.storage.errors import StoreUnavailable

Act = Callable[[Connection, Sequence[Any]], Sequence[Any]]


class Tracer(Protocol):
    """Watches batches; asked only where somebody traces."""

    def mark(self) -> object:
        """Return what says whose unit of work it is; called where it is submitted."""

    def batch(self, marks: Sequence[Any], seconds: float) -> None:
        """Take note of a batch that has just ended; called in the writer's thread."""


class Unit:
    """One caller's work and the place its answer goes; ``act`` units of a batch run together."""

    __slots__ = ("args", "error", "fn", "future", "mark", "result", "set_based")

    def __init__(
        self,
        fn: Callable[..., Any],
        args: tuple[Any, ...],
        future: asyncio.Future[Any],
        *,
        set_based: bool,
    ) -> None:
        self.fn = fn
        self.args = args
        self.future = future
        self.set_based = set_based
        self.mark: object = None
        self.result: Any = None
        self.error: BaseException | None = None

    def settle(self) -> None:
        """Hand the answer to the caller, unless the caller went away."""
        if self.future.done():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


def run(conn: Connection, batch: Sequence[Unit]) -> list[Change]:
    """Run a batch in one transaction and return what it logged; if it fails, replay each unit.

    Nobody pays for a neighbour's error: after a failure each unit gets a transaction of its own.
    A batch whose connection was lost is not run again: it may have been committed, and what counts
    once would count twice. The connection is closed then.
    """
    if conn.closed:
        _refuse(batch, None)
        return []
    try:
        _run_together(conn, batch)
    except Exception as error:  # noqa: BLE001 - it is handed to the unit's owner
        if not _discard(conn):
            _refuse(batch, error)
            return []
        if len(batch) == 1:
            batch[0].error = _translated(error)
            return []
        return [change for unit in batch for change in run(conn, [unit])]
    return changes.committed(conn)


def _refuse(batch: Sequence[Unit], cause: BaseException | None) -> None:
    for unit in batch:
        unit.error = StoreUnavailable("the connection to the database was lost")
        unit.error.__cause__ = cause


def _run_together(conn: Connection, batch: Sequence[Unit]) -> None:
    acts: dict[Act, list[Unit]] = {}
    with conn.begin():
        for unit in batch:
            if unit.future.cancelled():
                continue  # its caller gave up before it began
            if unit.set_based:
                acts.setdefault(unit.fn, []).append(unit)
            else:
                unit.result = unit.fn(conn, *unit.args)
        for act, units in acts.items():
            answers = act(conn, [unit.args[0] for unit in units])
            for unit, answer in zip(units, answers, strict=True):
                unit.result = answer


def _discard(conn: Connection) -> bool:
    """Undo what was begun; return false for a connection that is lost, which is closed."""
    with contextlib.suppress(DBAPIError):
        if conn.in_transaction():
            conn.rollback()
        if not conn.invalidated:
            changes.discarded(conn)
            return True
    # Nothing more is asked of it: it would try to connect again, which can fail here as well.
    conn.invalidate()
    conn.close()
    return False


def _translated(error: Exception) -> Exception:
    if isinstance(error, DBAPIError) and _is_operational(error):
        unavailable = StoreUnavailable("the database did not take the write")
        unavailable.__cause__ = error
        return unavailable
    return error


def _is_operational(error: DBAPIError) -> bool:
    return type(error).__name__ == "OperationalError"
