"""Below any httpx2 client: one refresh and one retry on 401, one refresh for everybody at once."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest

from gatelodge_client import (
    BearerAuth,
    ClientCredentials,
    Connecting,
    FileStore,
    MemoryStore,
    Session,
    Store,
)
from tests.sdk.scripted import BASE, Clock, Server, fault, settings, steady, tokens

MANY = 16
EXPIRED = fault(401, "900901", "Invalid Credentials")


@pytest.fixture(params=["memory", "file"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """Each kind of store that needs nothing of the machine."""
    return MemoryStore() if request.param == "memory" else FileStore(tmp_path)


@pytest.fixture
def server() -> Server:
    """An API that takes the first access token."""
    made = Server()
    made.answer("/api", httpx2.Response(200, text="welcome"))
    made.answer("/token", tokens(1), tokens(2), tokens(3))
    return made


def auth(server: Server, store: Store | None = None) -> BearerAuth:
    """Return the auth of an application that signs in by itself."""
    clock = Clock()
    session = Session(
        settings(),
        store or MemoryStore(),
        grant=ClientCredentials(),
        retrying=steady(),
        now=clock.now,
    )
    return BearerAuth(session, server.connecting())


def client(server: Server, store: Store | None = None) -> httpx2.Client:
    """Return somebody's own client."""
    return httpx2.Client(
        auth=auth(server, store), base_url=BASE, transport=httpx2.MockTransport(server)
    )


def sent(server: Server) -> list[str]:
    """Return the access tokens the API was sent."""
    return [r.headers["authorization"] for r in server.asked if r.url.path == "/api"]


def test_the_access_token_is_sent(server: Server) -> None:
    """It is fetched once and put on every request."""
    with client(server) as http:
        assert [http.get("/api").text for _ in range(2)] == ["welcome", "welcome"]
    assert sent(server) == ["Bearer access-secret-1"] * 2
    assert server.count("/token") == 1


def test_one_refresh_and_one_retry(server: Server) -> None:
    """A 401 is answered by a refresh and the same request again."""
    server.answer("/api", EXPIRED, httpx2.Response(200, text="again"))
    with client(server) as http:
        answer = http.post("/api", json={"kept": True})
    assert answer.text == "again"
    assert sent(server) == ["Bearer access-secret-1", "Bearer access-secret-2"]
    assert [r.content for r in server.asked if r.url.path == "/api"] == [b'{"kept":true}'] * 2
    assert server.forms()[1]["grant_type"] == "refresh_token"


def test_a_second_401_is_the_answer(server: Server) -> None:
    """There is no second retry, and the next call does not refresh in vain."""
    server.answer("/api", EXPIRED)
    with client(server) as http:
        for _ in range(3):
            assert http.get("/api").status_code == 401
    assert server.count("/token") == 2
    assert server.count("/api") == 4


@pytest.mark.parametrize("code", ["900905", "900907", "900909"])
def test_a_401_that_a_refresh_does_not_cure(server: Server, code: str) -> None:
    """A blocked subscription or the wrong kind of access token costs no refresh."""
    server.answer("/api", fault(401, code))
    with client(server) as http:
        assert http.get("/api").status_code == 401
    assert (server.count("/token"), server.count("/api")) == (1, 1)


def test_a_body_that_can_be_read_once(server: Server) -> None:
    """It cannot be sent again: the 401 is the answer."""

    def parts() -> Iterator[bytes]:
        yield b"once"

    server.answer("/api", EXPIRED)
    with client(server) as http:
        assert http.post("/api", content=parts()).status_code == 401
    assert server.count("/api") == 1


async def test_the_same_for_asyncio(server: Server) -> None:
    """The same steps below an AsyncClient."""
    server.answer("/api", EXPIRED, httpx2.Response(200, text="again"), fault(401, "900909"))

    async def parts() -> AsyncIterator[bytes]:
        yield b"once"

    async with httpx2.AsyncClient(
        auth=auth(server), base_url=BASE, transport=httpx2.MockTransport(server)
    ) as http:
        assert (await http.get("/api")).text == "again"
        assert (await http.get("/api")).status_code == 401
        server.answer("/api", EXPIRED)
        assert (await http.post("/api", content=parts())).status_code == 401
    assert server.count("/token") == 2


def test_threads_share_one_request(server: Server, store: Store) -> None:
    """Many threads, each with objects of its own, meet a missing access token: one asks."""
    gate = threading.Barrier(MANY)

    def call() -> str:
        gate.wait(30)
        with client(server, store) as http:
            return http.get("/api").text

    with ThreadPoolExecutor(MANY) as pool:
        answers = list(pool.map(lambda _: call(), range(MANY)))
    assert answers == ["welcome"] * MANY
    assert server.count("/token") == 1


async def test_tasks_share_one_request(server: Server, store: Store) -> None:
    """The same for tasks on one loop, which a lock of a thread would not hold apart."""

    async def call() -> str:
        transport = httpx2.MockTransport(server)
        async with httpx2.AsyncClient(
            auth=auth(server, store), base_url=BASE, transport=transport
        ) as http:
            return (await http.get("/api")).text

    assert await asyncio.gather(*(call() for _ in range(MANY))) == ["welcome"] * MANY
    assert server.count("/token") == 1


async def test_a_cancelled_task_lets_go(server: Server, store: Store) -> None:
    """A task that is cancelled while it refreshes does not keep others from it."""
    reached, never = asyncio.Event(), asyncio.Event()

    async def hang(request: httpx2.Request) -> httpx2.Response:
        reached.set()
        await never.wait()
        return server(request)

    slow = httpx2.MockTransport(hang)
    hanging = BearerAuth(auth(server, store)._session, Connecting(async_transport=slow))
    async with httpx2.AsyncClient(auth=hanging, base_url=BASE, transport=slow) as http:
        task = asyncio.create_task(http.get("/api"))
        await reached.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    with client(server, store) as http2:
        assert http2.get("/api").text == "welcome"
