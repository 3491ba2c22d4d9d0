"""The whole program in several processes, as its operator starts it."""

import asyncio
from pathlib import Path

import httpx2
import psycopg
import pytest

from tests.serving import serving


@pytest.mark.postgres
async def test_workers_are_one_installation(tmp_path: Path, postgres_database: str) -> None:
    """Every worker is a node of its own, and what is told once is told once."""
    environment = {"GATELODGE_DATABASE_URL": postgres_database}
    async with serving(tmp_path / "data", "--workers", "2", environment=environment) as server:
        async with httpx2.AsyncClient(base_url=server.base_url, timeout=30) as http:
            assert (await http.get("/health/ready")).status_code == 200
        await two_nodes(postgres_database)
        assert await server.stop() == 0
    assert server.printed().count("is ready at") == 1
    assert server.printed().count("/invite/") == 1


async def two_nodes(database_url: str) -> None:
    """Wait until two processes have taken a node number."""
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as conn:
        while True:
            answer = await conn.execute("SELECT count(*) FROM nodes")
            if await answer.fetchone() == (2,):
                return
            await asyncio.sleep(0.05)
