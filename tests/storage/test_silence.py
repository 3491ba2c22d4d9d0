"""A database that takes what is sent and says nothing, while a node wants to end."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import make_url

from gatelodge.storage import changes
from gatelodge.storage.engine import Store
from gatelodge.storage.errors import StoreUnavailable
from tests import programs
from tests.chaos.line import Line


@pytest.mark.postgres
async def test_a_server_s_store_closes_while_the_database_is_silent(
    postgres_database: str, postgres_cluster: programs.Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever waits for an answer is cut off: the process can end."""
    monkeypatch.setattr("gatelodge.storage.engine.SECONDS", 0.1)
    name = make_url(postgres_database).database
    with Line.to(Path(postgres_cluster.folder) / ".s.PGSQL.5432") as line:
        url = f"postgresql://gatelodge@127.0.0.1:{line.port}/{name}?connect_timeout=2"
        store = await Store.open(url)
        await store.read(changes.newest)
        store.hurry()
        with line.dead():
            asking = (store.write(changes.newest), store.read(changes.newest))
            answers = await asyncio.gather(*asking, return_exceptions=True)
            await store.close()
    assert [type(answer) for answer in answers] == [StoreUnavailable] * 2
