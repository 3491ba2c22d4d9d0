"""Failed sign-ins are counted by one at a time, whatever others do to the count meanwhile."""

import asyncio

import pytest
from sqlalchemy import Connection, event

from gatelodge.identity.sign_in import Failures
from gatelodge.storage import sign_in_failures
from gatelodge.storage.engine import Store

NAME = b"a name's digest"


@pytest.mark.postgres
async def test_a_count_that_is_cleared_between_two_statements(postgres_database: str) -> None:
    """Another node that signs the person in, at whatever moment, leaves a count to begin with."""
    one, two = await Store.open(postgres_database), await Store.open(postgres_database)
    loop = asyncio.get_running_loop()

    def clear(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("SELECT"):
            clearing = one.write(sign_in_failures.clear, NAME)
            asyncio.run_coroutine_threadsafe(clearing, loop).result(30)

    def disturbed(conn: Connection) -> Failures:
        event.listen(conn, "before_cursor_execute", clear)
        try:
            return sign_in_failures.lock(conn, NAME)
        finally:
            event.remove(conn, "before_cursor_execute", clear)

    try:
        await one.write(sign_in_failures.lock, NAME)
        await one.write(sign_in_failures.save, NAME, Failures(failures=3, last_at=5))
        assert await two.write(disturbed) in (Failures(), Failures(failures=3, last_at=5))
    finally:
        await one.close()
        await two.close()
