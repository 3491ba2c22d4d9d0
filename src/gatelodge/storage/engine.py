"""The store: reads where they are cheapest, writes through one thread that commits for everybody.

A unit of work is a plain function over a connection. Writes queue; the writer thread takes all
that is queued, runs it in one transaction, commits once and only then wakes the callers.
"""

import asyncio
import contextlib
import functools
import queue
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from gatelodge.storage import batches, changes, migrate, nodes, rings
from gatelodge.storage.connections import Lines, parse, reader_engine, writer_engine
from gatelodge.storage.errors import StoreBusy, StoreUnavailable
from gatelodge.storage.ids import Ids
from gatelodge.storage.listening import Announcements, Clock, Feed
from gatelodge.storage.patience import SECONDS, Patience

P = ParamSpec("P")
T = TypeVar("T")
I = TypeVar("I")  # noqa: E741 - the item of a set-based act
R = TypeVar("R")

Listener = Callable[[Sequence[changes.Change]], None]

_BATCH = 512
_QUEUE = 2_000
_READERS = 4
_READS = 500


class Written:
    """What the writer has done so far; ``seconds`` it spent in transactions."""

    __slots__ = ("batches", "seconds", "units")

    def __init__(self) -> None:
        self.batches = 0
        self.units = 0
        self.seconds = 0.0


class Store:
    """One node's door to the database. Make it with ``open``, on the loop that will use it."""

    def __init__(self, writer: Engine, reader: Engine, node: nodes.Node, lines: Lines) -> None:
        self.ids = Ids(node.number)
        self._node = node
        self._lines = lines
        self._loop = asyncio.get_running_loop()
        self._writer = writer
        self._announces = writer.get_execution_options().get(changes.ANNOUNCED, False)
        self._reader = reader
        inline = reader.dialect.name == "sqlite"
        self._read_connection = reader.connect() if inline else None
        self._pool = None if inline else ThreadPoolExecutor(_READERS, "gatelodge-read")
        self._queue: queue.SimpleQueue[batches.Unit | None] = queue.SimpleQueue()
        self._reading = 0
        self._read_patience, self._write_patience = Patience(), Patience()
        self._listener: Listener | None = None
        self.written = Written()
        self.tracer: batches.Tracer | None = None
        self._closed = False
        self._thread = threading.Thread(target=self._write_forever, name="gatelodge-writer")

    @classmethod
    async def open(cls, url: str, *, guest: bool = False) -> Self:
        """Open, create or migrate the database at ``url`` and start the writer.

        A ``guest`` is a command that may work beside a server on the same SQLite file.

        Raises ``ValueError`` for an address that is none, ``StoreUnavailable`` when the database
        does not answer, ``SchemaMismatch`` when it is newer than this program.
        """
        # A thread that keeps the interpreter for the default 5 ms makes the event loop late.
        sys.setswitchinterval(0.0005)
        parsed = parse(url)
        writer, reader = writer_engine(parsed, guest=guest), reader_engine(parsed, _READERS)
        lines = Lines(writer, reader)
        try:
            migrate.upgrade(writer)
            with writer.begin() as conn:
                node = nodes.register(conn, int(time.time()))
                writer, reader = rings.divided(conn, writer, reader)
            writer = changes.announced(writer)
        except DBAPIError as error:
            writer.dispose()
            message = f"the database at {parsed.render_as_string(hide_password=True)} is away"
            raise StoreUnavailable(message) from error
        store = cls(writer, reader, node, lines)
        store._thread.start()
        return store

    async def close(self) -> None:
        """Finish what is queued, a server's store not for long, then close every connection."""
        if self._closed:
            return
        self._closed = True
        self._queue.put(None)
        await asyncio.to_thread(self._thread.join, self._write_patience.seconds)
        if self._write_patience.seconds is not None and (self._thread.is_alive() or self._reading):
            self._lines.cut()
            await asyncio.to_thread(self._thread.join)
        await asyncio.to_thread(self._release)
        if self._pool is not None:
            self._pool.shutdown()
        if self._read_connection is not None:
            self._read_connection.close()
        self._reader.dispose()
        self._writer.dispose()

    def _release(self) -> None:
        # A database that is away learns by the lease's end that this node is gone.
        with contextlib.suppress(DBAPIError), self._writer.begin() as conn:
            nodes.release(conn, self._node)

    async def renew(self, now: int) -> None:
        """Say in the database that this node runs, so that nobody else takes its number."""
        self._node = await self.write(nodes.renew, self._node, now)
        self.ids.move(self._node.number)

    def hurry(self) -> None:
        """Let nobody wait long from now on, as a server must; commands wait as long as it takes."""
        for patience in (self._read_patience, self._write_patience):
            patience.end_after(SECONDS)

    def feed(self, *, listen: bool) -> Feed:
        """Return what says when other nodes may have changed something; it runs until stopped."""
        if listen and not self.inline and self._announces:
            return Announcements(self._writer.url)
        return Clock()

    def listen(self, listener: Listener) -> None:
        """Have ``listener`` told of committed changes, on the loop, before their writers wake."""
        self._listener = listener

    @property
    def waiting(self) -> int:
        """How many units of work wait for the writer."""
        return self._queue.qsize()

    @property
    def reading(self) -> int:
        """How many reads are under way or wait for a reader; none where reads are ``inline``."""
        return self._reading

    @property
    def inline(self) -> bool:
        """Whether reads run on the loop itself (SQLite), where a thread would cost more."""
        return self._read_connection is not None

    def read_now(
        self, fn: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run a reading function at once; only for a store whose reads are ``inline``."""
        if self._read_connection is None:
            message = "this store reads through threads"
            raise RuntimeError(message)
        try:
            return fn(self._read_connection, *args, **kwargs)
        except DBAPIError as error:
            self._read_connection.rollback()
            raise _unavailable() from error

    @contextlib.contextmanager
    def moment(self) -> Iterator[Connection]:
        """Return a connection that sees the database as it is at one moment, for a long reading.

        Not for the loop of a server: what is read with it is read at once.
        """
        if self._read_connection is None:
            moment = self._reader.connect().execution_options(isolation_level="REPEATABLE READ")
            with moment as conn, conn.begin():
                yield conn
            return
        # Readers of SQLite commit by themselves: only a transaction of one's own is one moment.
        self._read_connection.exec_driver_sql("BEGIN")
        try:
            yield self._read_connection
        finally:
            self._read_connection.exec_driver_sql("ROLLBACK")

    async def read(
        self, fn: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run a reading function.

        Raises ``StoreUnavailable`` when the database is away and ``StoreBusy`` when too many wait.
        """
        if self._read_connection is not None:
            return self.read_now(fn, *args, **kwargs)
        if self._reading >= _READS:
            message = "too many reads wait for the database"
            raise StoreBusy(message)
        self._read_patience.check()

        def pooled() -> T:
            try:
                with self._reader.connect() as conn:
                    return fn(conn, *args, **kwargs)
            except DBAPIError as error:
                raise _unavailable() from error

        self._reading += 1
        future = self._loop.run_in_executor(self._pool, pooled)
        # Not at the end of this call: a caller that goes away leaves its read with the reader.
        future.add_done_callback(self._read)
        return await self._read_patience.of(asyncio.shield(future))

    def _read(self, future: asyncio.Future[Any]) -> None:
        self._reading -= 1
        if not future.cancelled():
            # Taken note of, so that the error of a caller that went away is not reported as lost.
            future.exception()

    async def write(
        self, fn: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run a unit of work and return its answer once it is durable.

        An exception of ``fn`` undoes this unit alone and is raised here. Raises ``StoreBusy`` when
        the queue is full and ``StoreUnavailable`` when the database is away.
        """
        unit = functools.partial(fn, **kwargs) if kwargs else fn
        answer: T = await self._submit(unit, args, set_based=False)
        return answer

    async def act(self, fn: Callable[[Connection, Sequence[I]], Sequence[R]], item: I) -> R:
        """Run a set-based act: ``fn`` gets every waiting caller's item in one call per batch."""
        answer: R = await self._submit(fn, (item,), set_based=True)
        return answer

    async def _submit(
        self, fn: Callable[..., Any], args: tuple[Any, ...], *, set_based: bool
    ) -> Any:
        if self._closed or self._queue.qsize() >= _QUEUE:
            message = "the write queue is full or closed"
            raise StoreBusy(message)
        self._write_patience.check()
        future: asyncio.Future[Any] = self._loop.create_future()
        unit = batches.Unit(fn, args, future, set_based=set_based)
        if self.tracer is not None:
            unit.mark = self.tracer.mark()
        self._queue.put(unit)
        return await self._write_patience.of(future)

    def _write_forever(self) -> None:
        open_for_work = True
        conn: Connection | None = None
        while open_for_work:
            batch, open_for_work = self._take()
            if not batch:
                break
            try:
                if conn is None or conn.closed or conn.invalidated:
                    conn = self._writer.connect()
            except DBAPIError as error:
                for unit in batch:
                    unit.error = _unavailable(error)
                self._answer(batch, ())
                continue
            started = time.perf_counter()
            logged = batches.run(conn, batch)
            self._count(batch, time.perf_counter() - started)
            self._answer(batch, logged)
        if conn is not None:
            conn.close()

    def _count(self, batch: Sequence[batches.Unit], seconds: float) -> None:
        self.written.batches += 1
        self.written.units += len(batch)
        self.written.seconds += seconds
        if self.tracer is not None:
            self.tracer.batch([unit.mark for unit in batch], seconds)

    def _take(self) -> tuple[list[batches.Unit], bool]:
        """Wait for work, then take all that is queued; false once the store closes."""
        first = self._queue.get()
        if first is None:
            return [], False
        batch = [first]
        while len(batch) < _BATCH:
            try:
                unit = self._queue.get_nowait()
            except queue.Empty:
                break
            if unit is None:
                return batch, False
            batch.append(unit)
        return batch, True

    def _answer(self, batch: list[batches.Unit], logged: Sequence[changes.Change]) -> None:
        try:
            self._loop.call_soon_threadsafe(self._wake, batch, logged)
        except RuntimeError:  # the loop is closed: nobody is left to be told
            return

    def _wake(self, batch: list[batches.Unit], logged: Sequence[changes.Change]) -> None:
        if logged and self._listener is not None:
            self._listener(logged)
        for unit in batch:
            unit.settle()


def _unavailable(cause: BaseException | None = None) -> StoreUnavailable:
    unavailable = StoreUnavailable("the database does not answer")
    unavailable.__cause__ = cause
    return unavailable
