"""Whole stories against the real program: a demo server on each database, and an HTTP client."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from tests import serving
from tests.serving import Server


@pytest.fixture
async def demo(database_url: str, tmp_path: Path) -> AsyncIterator[Server]:
    """The demo tenant in a process of its own, once on SQLite and once on PostgreSQL."""
    async with serving.demo(tmp_path / "data", database_url) as server:
        yield server


@pytest.fixture
async def http(demo: Server) -> AsyncIterator[httpx2.AsyncClient]:
    """A client for the demo server that follows no redirect and keeps cookies."""
    limits = httpx2.Limits(max_connections=128, max_keepalive_connections=128)
    async with httpx2.AsyncClient(base_url=demo.base_url, limits=limits, timeout=30) as client:
        yield client
