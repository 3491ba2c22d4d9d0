"""Two nodes on one PostgreSQL and one Valkey, each of which a test may break and mend."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests import programs, serving
from tests.chaos.line import Line
from tests.chaos.steady import Steady
from tests.security.arena import Arena, arena
from tests.security.surviving import signer
from tests.serving import Server
from tests.valkey_server import ValkeyServer


class Scaled:
    """The installation: nodes, the line from them to the database, the database and Valkey."""

    def __init__(
        self, found: Arena, line: Line, cluster: programs.Cluster, valkey: ValkeyServer
    ) -> None:
        self.servers: list[Server] = list(found.servers)
        self.line = line
        self.cluster = cluster
        self.valkey = valkey
        self._arena = found
        self._lives = contextlib.AsyncExitStack()

    @contextlib.asynccontextmanager
    async def client(self) -> AsyncIterator[Steady]:
        """Return a client that is ready to begin."""
        url = self._arena.settings["environment"]["GATELODGE_DATABASE_URL"]
        key = await signer(self.servers[0], url)
        async with contextlib.aclosing(
            Steady([each.base_url for each in self.servers], key)
        ) as made:
            await made.begin()
            yield made

    async def start_again(self, node: int) -> None:
        """Start a node that was killed, as whatever watches over it does."""
        dead = self.servers[node]
        self.servers[node] = await self._lives.enter_async_context(
            serving.serving(dead.data_dir, "--demo", port=dead.port, **self._arena.settings)
        )

    async def end(self) -> None:
        """End what was started again; no server has told of a fault of ours in all its lives."""
        await self._lives.aclose()
        for server in self.servers:
            assert not serving.faults(server.printed().splitlines())


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scaled(tmp_path_factory: pytest.TempPathFactory, valkey: str) -> AsyncIterator[Scaled]:
    """One installation for all tests of a file: each of them leaves it whole."""
    folder: Path = tmp_path_factory.mktemp("scaled")
    cluster = await asyncio.to_thread(programs.Cluster.start)
    store = ValkeyServer(valkey, folder)
    try:
        await store.start()
        cluster.execute("CREATE DATABASE chaos")
        with Line.to(cluster.folder / ".s.PGSQL.5432") as line:
            url = f"postgresql://gatelodge@127.0.0.1:{line.port}/chaos"
            async with arena(folder, url, 2, GATELODGE_VALKEY_URL=store.url) as found:
                made = Scaled(found, line, cluster, store)
                yield made
                await made.end()
    finally:
        await store.kill()
        cluster.stop()
