"""An attacker's view: the demo tenant in a process of its own, and a client of it."""

from collections.abc import AsyncIterator

import httpx2
import pytest
import pytest_asyncio

from tests import serving
from tests.security.victims import Operator
from tests.serving import Server


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def demo(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """One demo server for all tests of a file; they leave its people and applications alone."""
    async with serving.demo(tmp_path_factory.mktemp("attacked") / "data") as server:
        yield server


@pytest.fixture
async def http(demo: Server) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of the demo server that follows no redirect and keeps cookies."""
    limits = httpx2.Limits(max_connections=128, max_keepalive_connections=128)
    async with httpx2.AsyncClient(base_url=demo.base_url, limits=limits, timeout=30) as client:
        yield client


@pytest.fixture
async def operator(demo: Server) -> AsyncIterator[Operator]:
    """The operator of the demo server."""
    async with Operator.of(demo) as found:
        yield found
