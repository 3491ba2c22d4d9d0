"""The clock of a server's machine is set forward and back while it works."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from gatelodge.storage import audit
from tests import serving
from tests.chaos.set_clock import WRONG_BY, Clock
from tests.chaos.steady import Steady, call
from tests.flows.signing_in import authorize, by_password, redeem, refresh
from tests.security.attacking import DEMO
from tests.security.surviving import signer
from tests.security.victims import Operator
from tests.serving import Server

CALLS = 100
"""So many give the jobs that forget the time to do it."""


@pytest.fixture
def clock(tmp_path: Path) -> Clock:
    """The clock of the server's machine."""
    return Clock.made(tmp_path / "clock")


@pytest.fixture
async def server(tmp_path: Path, clock: Clock) -> AsyncIterator[Server]:
    """The demo on a machine with that clock."""
    environment = {WRONG_BY: str(tmp_path / "clock")}
    async with serving.serving(
        tmp_path / "data", "--demo", environment=environment, module="tests.chaos.set_clock"
    ) as started:
        yield started
        assert not serving.faults(started.printed().splitlines())


async def test_the_clock_is_set(server: Server, clock: Clock) -> None:
    """Back by a little revives nothing; by much harms nothing; lines keep order."""
    async with (
        httpx2.AsyncClient(base_url=server.base_url, timeout=30) as http,
        contextlib.aclosing(Steady([server.base_url], await signer(server))) as client,
        Operator.of(server) as operator,
    ):
        await client.begin()
        issued = (await by_password(http)).json()
        revoked = (await by_password(http)).json()["access_token"]
        assert (await http.post("/revoke", data={"token": revoked}, auth=DEMO)).is_success
        code = (await authorize(http, client.redirect_uri))["code"]

        life = issued["expires_in"]
        clock.set(life + 5)
        assert await call(http, issued["access_token"]) == 401
        assert (await redeem(http, code, client.redirect_uri)).status_code == 400
        clock.set(life - 200)
        assert await call(http, issued["access_token"]) == 401
        assert (await redeem(http, code, client.redirect_uri)).status_code == 400

        clock.set(2 * life)
        # The refresh token outlives that; what it gives now is for a time that has not come.
        ahead = (await refresh(http, issued["refresh_token"])).json()
        assert await call(http, ahead["access_token"]) == 200
        for _ in range(CALLS):
            assert await call(http, revoked) == 401
        clock.set(0)
        assert await call(http, revoked) == 401
        assert (await refresh(http, ahead["refresh_token"])).status_code == 200
        async with client.working():
            await client.goes_well()
        await client.everything_holds()
        assert not client.broken
        assert not client.refused

        lines = await operator.store.read(audit.newest, 1_000)
        assert [line.id for line in lines] == sorted((line.id for line in lines), reverse=True)
