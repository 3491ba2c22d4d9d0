"""The conformance suite's store: every test here runs on SQLite and on PostgreSQL."""

from collections.abc import AsyncIterator

import pytest

from gatelodge.storage.engine import Store


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    """An open store on an empty database."""
    opened = await Store.open(database_url)
    yield opened
    await opened.close()
