"""Failed sign-ins are counted by one at a time, whatever others do to the count meanwhile."""

import asyncio
import threading

import pytest
from sqlalchemy import Connection, text

from gatelodge.identity.sign_in import Failures
from gatelodge.storage import sign_in_failures
from gatelodge.storage.engine import Store

NAME = b"a name's digest"
_WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")


@pytest.mark.postgres
async def test_a_count_that_is_cleared_while_somebody_waits_for_it(postgres_database: str) -> None:
    """Who waits for a name's count gets an empty one when another node signs that person in."""
    one, two = await Store.open(postgres_database), await Store.open(postgres_database)
    release = threading.Event()

    def cleared(conn: Connection) -> None:
        sign_in_failures.clear(conn, NAME)
        release.wait(30)

    try:
        await one.write(sign_in_failures.lock, NAME)
        await one.write(sign_in_failures.save, NAME, Failures(failures=3, last_at=5))
        clearing = asyncio.ensure_future(one.write(cleared))
        locking = asyncio.ensure_future(two.write(sign_in_failures.lock, NAME))
        async with asyncio.timeout(30):
            while not await one.read(lambda conn: conn.execute(_WAITING).scalar()):
                pass
        release.set()
        await clearing
        assert await locking == Failures()
    finally:
        release.set()
        await one.close()
        await two.close()
