"""What was used stays used when the database fails over to its standby (line 135)."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx2
import pytest
import pytest_asyncio

from tests import programs
from tests.flows.signing_in import by_password
from tests.programs import Cluster
from tests.security.arena import Arena, arena
from tests.security.attacking import API, DEMO, bearer
from tests.security.single_use import THINGS

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.postgres]

PARALLEL = 8
Use = Callable[[str], Awaitable[httpx2.Response]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def where(
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[tuple[Arena, Cluster, Cluster]]:
    """Two nodes, a database that commits on its standby as well, and that standby."""
    primary = await asyncio.to_thread(programs.Cluster.start)
    primary.execute("CREATE DATABASE failing")
    standby = await asyncio.to_thread(primary.standby)
    try:
        url = primary.either(standby, "failing")
        async with arena(tmp_path_factory.mktemp("failover"), url, nodes=2) as found:
            yield found, primary, standby
    finally:
        standby.stop()


async def answers_again(found: Arena) -> None:
    """Wait until every node serves from the standby; nobody tells it to."""
    async with asyncio.timeout(60), httpx2.AsyncClient(timeout=30) as http:
        for server in found.servers:
            while True:
                form = {"grant_type": "client_credentials"}
                answer = await http.post(
                    f"{server.base_url}/device_authorization", auth=DEMO, data=form
                )
                if answer.status_code == httpx2.codes.OK:
                    break
                assert answer.status_code == httpx2.codes.SERVICE_UNAVAILABLE, answer.text
                assert answer.headers["retry-after"]
                await asyncio.sleep(0.1)


async def test_line_135_a_fail_over_in_the_middle(where: tuple[Arena, Cluster, Cluster]) -> None:
    """135. Of all uses before and after one counts; what was revoked is, what was issued works."""
    found, primary, standby = where
    things: list[tuple[str, Use]] = [(one.name, await one.get(found)) for one in THINGS]
    async with httpx2.AsyncClient(base_url=found.issuer, timeout=60) as http:
        living = (await by_password(http)).json()["access_token"]
        revoked = (await by_password(http)).json()["access_token"]
        assert (await http.post("/revoke", data={"token": revoked}, auth=DEMO)).status_code == 200
        before = [await _all(found, use) for _, use in things]

        await asyncio.to_thread(primary.stop)
        standby.run("pg_ctl", "-w", "promote")
        await answers_again(found)

        after = [await _all(found, use) for _, use in things]
        for thing, early, late in zip(THINGS, before, after, strict=True):
            prizes = [thing.prize(answer) for answer in early + late]
            won = {prize for prize in prizes if prize is not None}
            assert len(won) == 1, thing.name
            assert any(thing.prize(answer) in won for answer in early), thing.name
            assert all(answer.status_code < 500 for answer in early + late), thing.name
        for server in found.servers:
            codes = [
                (await http.get(server.base_url + API, headers=bearer(each))).status_code
                for each in (living, revoked)
            ]
            assert codes == [200, 401]


async def _all(found: Arena, use: Use) -> list[httpx2.Response]:
    return await asyncio.gather(*(use(node) for node in found.turns(PARALLEL)))
