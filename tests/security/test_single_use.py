"""What may be used once is used once, whoever races for it (lines 30, 31, 54, 73, 121, 135)."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests import programs
from tests.security import leaks
from tests.security.arena import PUBLIC, Arena, arena
from tests.security.single_use import THINGS, Thing

pytestmark = pytest.mark.asyncio(loop_scope="module")

PARALLEL = 64


@pytest_asyncio.fixture(
    scope="module",
    loop_scope="module",
    params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)],
)
async def where(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Arena]:
    """One process on SQLite; then two processes, started at once, on one PostgreSQL."""
    folder = tmp_path_factory.mktemp("raced")
    if request.param == "sqlite":
        async with arena(folder) as found:
            yield found
            await nothing_leaked(found)
        return
    cluster: programs.Cluster = request.getfixturevalue("postgres_cluster")
    cluster.execute("CREATE DATABASE raced")
    async with arena(folder, cluster.url("raced"), nodes=2) as found:
        yield found
        await nothing_leaked(found)
    cluster.execute("DROP DATABASE raced WITH (FORCE)")


async def nothing_leaked(where: Arena) -> None:
    """Lines 36, 37 and 75: of all that was raced for only digests and sealed values are left."""
    assert where.secrets
    leaked = leaks.leaks(await where.written(), where.secrets - PUBLIC)
    assert not leaked, leaked[:5]


@pytest.mark.parametrize("thing", THINGS, ids=lambda thing: thing.name)
async def test_of_64_parallel_uses_one_counts(where: Arena, thing: Thing) -> None:
    """One gets it, the others are told so in the specified way, and nobody sees a fault."""
    use = await thing.get(where)

    answers = await asyncio.gather(*(use(node) for node in where.turns(PARALLEL)))

    prizes = [prize for prize in map(thing.prize, answers) if prize is not None]
    strange = [
        (answer.status_code, answer.text[:300])
        for answer in answers
        if thing.prize(answer) is None and not thing.is_loser(answer)
    ]
    assert not strange, strange[:3]
    assert len(set(prizes)) == 1
    assert len(prizes) == (PARALLEL if thing.shared else 1)
