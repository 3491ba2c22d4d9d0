"""One server on SQLite: its disk is full, and callers hang up while they are still sending."""

import contextlib
import resource
from collections.abc import AsyncIterator, Iterator

import httpx2
import pytest
import pytest_asyncio

from tests import serving
from tests.chaos.hanging_up import HALF, Upstream, in_the_middle_of_a_call, in_the_middle_of_a_form
from tests.chaos.steady import Steady
from tests.flows.signing_in import authorize
from tests.security.surviving import signer
from tests.security.victims import Key, Operator
from tests.serving import DEMO_KEY, DEMO_SECRET, Server

pytestmark = pytest.mark.asyncio(loop_scope="module")

HANG_UPS = 30
ROOM = 400_000
"""Bytes that a file may have on the full disk: more than a log needs, less than a database."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """One server for all tests of the file."""
    async with serving.demo(tmp_path_factory.mktemp("alone") / "data") as started:
        yield started
        assert not serving.faults(started.printed().splitlines())


@contextlib.asynccontextmanager
async def client_of(server: Server) -> AsyncIterator[Steady]:
    """Return a client that is ready to begin."""
    made = Steady([server.base_url], await signer(server))
    async with contextlib.aclosing(made):
        await made.begin()
        yield made


@contextlib.contextmanager
def full_disk(server: Server) -> Iterator[None]:
    """Let the server's files grow no further for the length of the block."""
    process = server.process.pid
    _, most = resource.prlimit(process, resource.RLIMIT_FSIZE)
    resource.prlimit(process, resource.RLIMIT_FSIZE, (ROOM, most))
    try:
        yield
    finally:
        resource.prlimit(process, resource.RLIMIT_FSIZE, (most, most))


async def redemption(server: Server, client: Steady) -> dict[str, str]:
    """Return the form that redeems a code nobody else has."""
    async with httpx2.AsyncClient(base_url=server.base_url) as http:
        code = (await authorize(http, client.redirect_uri))["code"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": client.redirect_uri}
    return form | {"client_id": DEMO_KEY, "client_secret": DEMO_SECRET}


async def issued(server: Server, key: Key) -> str:
    """Return an access token of an application."""
    form = key.form(grant_type="client_credentials")
    async with httpx2.AsyncClient(base_url=server.base_url) as http:
        access_token: str = (await http.post("/token", data=form)).json()["access_token"]
        return access_token


async def test_the_disk_is_full(server: Server) -> None:
    """Writes are refused until there is room again; known callers notice nothing."""
    async with client_of(server) as client:
        async with client.working():
            with full_disk(server):
                await client.is_refused()
                await client.is_refused()
                await client.goes_well(kinds=["call"])
            await client.goes_well()
        await client.everything_holds()
    assert not client.broken
    assert not client.refused["call"]


async def test_callers_hang_up_while_they_send(server: Server) -> None:
    """What was not said to the end does nothing, here or upstream, and disturbs nobody."""
    async with client_of(server) as client, Operator.of(server) as operator:
        async with Upstream().running() as upstream:
            key = await upstream.offered(operator)
            access_token = await issued(server, key)
            form = await redemption(server, client)
            async with client.working():
                for _ in range(HANG_UPS):
                    await in_the_middle_of_a_form(server.base_url, form)
                    came = await in_the_middle_of_a_call(server.base_url, access_token, upstream)
                    assert came == len(HALF)
                await client.goes_well()
            async with httpx2.AsyncClient(base_url=server.base_url) as http:
                assert (await http.post("/token", data=form)).status_code == httpx2.codes.OK
        await client.everything_holds()
    assert not client.broken
    assert not client.refused
