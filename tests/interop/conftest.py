"""A demo server in a process of its own, one for each library that is tried."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests import serving
from tests.serving import Server


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def demo(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """The demo tenant on SQLite."""
    async with serving.demo(tmp_path_factory.mktemp("interop") / "data") as server:
        yield server
