"""Waiting for the change log to grow: woken by PostgreSQL's NOTIFY, or by the clock alone.

Whoever writes to the log notifies in the same transaction, so that listeners wake when it commits.
A listener proves all the time that it hears, by notifying a channel of its own: a connection
pooler or a database that takes LISTEN and stays silent (YugabyteDB) is found out like this, and so
is a connection that has died. One that does not hear looks at the log as often as on SQLite.
"""

import asyncio
import contextlib
import secrets
from typing import Any, Protocol

import structlog
from sqlalchemy import Connection, text
from sqlalchemy.engine import URL

POLL = 0.1
"""Seconds between two looks at the log by who is told nothing."""

SAFETY_NET = 1.0
"""Seconds between two looks by who is woken: whatever may go wrong, this bounds it."""

_HEARTBEAT = 5.0
_FIRST_PAUSE = 0.2
_LONGEST_PAUSE = 5.0
CHANNEL = "gatelodge_changes"
_NOTIFY = text("SELECT pg_notify(:channel, '')").bindparams(channel=CHANNEL)
_log = structlog.get_logger(__name__)


def notify(conn: Connection) -> None:
    """Wake every listener once the transaction commits."""
    conn.execute(_NOTIFY)


class Feed(Protocol):
    """Says when to look at the log again."""

    async def wait(self) -> None:
        """Wait until the log may have grown."""

    async def stop(self) -> None:
        """Let go of what it holds."""


class Clock:
    """Looks again and again."""

    async def wait(self) -> None:
        """Wait for the next look."""
        await asyncio.sleep(POLL)

    async def stop(self) -> None:
        """Hold nothing."""


class _Deaf(Exception):
    """What was sent to this listener did not arrive."""


class Announcements:
    """Is woken by NOTIFY; a connection that is lost is made again without being asked."""

    def __init__(self, url: URL) -> None:
        self._address = url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._own = f"gatelodge_{secrets.token_hex(8)}"
        self._woken = asyncio.Event()
        self.hearing = asyncio.Event()
        self._task = asyncio.create_task(self._listen(), name="gatelodge-listener")

    async def wait(self) -> None:
        """Wait to be woken, and not for long."""
        longest = SAFETY_NET if self.hearing.is_set() else POLL
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(longest):
                await self._woken.wait()
        self._woken.clear()

    async def stop(self) -> None:
        """Close the connection."""
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    async def _listen(self) -> None:
        import psycopg  # noqa: PLC0415 - a tenth of a second that a start on SQLite does not pay

        pause = _FIRST_PAUSE
        while True:
            try:
                connecting = psycopg.AsyncConnection.connect(self._address, autocommit=True)
                async with await connecting as conn:
                    await self._hear(conn)
            except (psycopg.Error, OSError, TimeoutError, _Deaf) as error:
                if self.hearing.is_set() or pause == _FIRST_PAUSE:
                    # The address may be part of an error's text, but never its password.
                    _log.warning("changes_not_announced", cause=str(error) or "nothing is heard")
                pause = _FIRST_PAUSE if self.hearing.is_set() else min(2 * pause, _LONGEST_PAUSE)
            self.hearing.clear()
            self._woken.set()
            await asyncio.sleep(pause)

    async def _hear(self, conn: Any) -> None:
        for channel in (CHANNEL, self._own):
            await conn.execute(f"LISTEN {channel}")
        while True:
            async with asyncio.timeout(_HEARTBEAT):
                await conn.execute("SELECT pg_notify(%s, '')", (self._own,))
            proven = False
            async for heard in conn.notifies(timeout=_HEARTBEAT):
                if heard.channel == self._own:
                    proven = True
                    self.hearing.set()
                self._woken.set()
            if not proven:
                raise _Deaf
