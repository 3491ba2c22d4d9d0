"""Our Python client against authorization servers that others wrote.

npm's oidc-provider and PyPI's oidc-provider-mock do it right; npm's oauth2-mock-server checks
nothing and answers another scope than was asked for.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest

from gatelodge_client import (
    BearerAuth,
    Browser,
    Client,
    ClientCredentials,
    Device,
    MemoryStore,
    Prompt,
    Session,
    Settings,
    discovered,
)
from gatelodge_client.connecting import Connecting
from gatelodge_client.errors import SignInFailed, SignInRequired
from gatelodge_client.store.places import Store
from tests.interop.peers import MARK, Peer, node_peer, provider_mock, walk

DAY = 90_000
THREADS = 8
SECONDS = 60.0


@pytest.fixture(scope="module")
def provider() -> Iterator[Peer]:
    """Npm's oidc-provider."""
    with node_peer("sdk_oidc_provider.mjs", "oidc-provider") as peer:
        yield peer


@pytest.fixture(scope="module")
def mock() -> Iterator[Peer]:
    """PyPI's oidc-provider-mock."""
    with provider_mock() as peer:
        yield peer


@pytest.fixture(scope="module")
def careless() -> Iterator[Peer]:
    """Npm's oauth2-mock-server."""
    with node_peer("oauth2_mock_server.mjs", "oauth2-mock-server") as peer:
        yield peer


def known(peer: Peer, issuer: str = "") -> Settings:
    """Return settings with the addresses the server publishes."""
    first = Settings(base_url=peer.origin, client_id="sdk", client_secret="consumer-secret")
    return Connecting().run(discovered(first, issuer or peer.origin))


class Person:
    """Walks through a server's pages on a thread of their own, as a browser would."""

    def __init__(self, **fields: str) -> None:
        self.fields = fields
        self._threads: list[threading.Thread] = []

    def __call__(self, shown: str | Prompt) -> None:
        """Open an address, or enter a device's code."""
        fields = dict(self.fields)
        if isinstance(shown, Prompt):
            fields["user_code"] = shown.user_code
            shown = shown.verification_uri
        thread = threading.Thread(target=walk, args=(shown,), kwargs=fields)
        thread.start()
        self._threads.append(thread)

    def join(self) -> None:
        """Wait until they are through."""
        for thread in self._threads:
            thread.join(SECONDS)


def browsed(client: Client, **fields: str) -> None:
    """Sign in with a browser at whatever pages the server has."""
    person = Person(**fields)
    client.sign_in(Browser(show=person, seconds=SECONDS))
    person.join()


def later(seconds: float) -> Callable[[], float]:
    """Return a clock that is ahead."""
    return lambda: time.time() + seconds


def user_info(settings: Settings, client: Client, path: str) -> httpx2.Response:
    """Call the server's own API with the client's access token."""
    address = f"{settings.base_url}{path}"
    return httpx2.get(address, headers={"Authorization": f"Bearer {client.access_token()}"})


def test_a_browser_at_oidc_provider(provider: Peer) -> None:
    """Discovery, code with PKCE and iss on a free port, refresh, UserInfo, revocation."""
    settings, store = known(provider), MemoryStore()
    assert settings.require_iss
    with Client(settings, store=store) as first:
        browsed(first, login="jsmith", password="any")
        before = first.access_token()
        assert user_info(settings, first, "/me").json() == {"sub": "jsmith"}
    with Client(settings, store=store, now=later(DAY)) as second:
        assert second.access_token() != before
        assert user_info(settings, second, "/me").json() == {"sub": "jsmith"}
        ended = second.access_token()
        second.sign_out()
        with pytest.raises(SignInRequired):
            second.access_token()
    headers = {"Authorization": f"Bearer {ended}"}
    assert httpx2.get(f"{provider.origin}/me", headers=headers).status_code == 401


def test_a_refusal_at_oidc_provider(provider: Peer) -> None:
    """The user cancels: the reason comes back with our state, and nothing is exchanged."""
    before = provider.token_answers()
    person = Person(cancel="/abort")
    with Client(known(provider)) as client, pytest.raises(SignInFailed) as refused:
        client.sign_in(Browser(show=person, seconds=SECONDS))
    person.join()
    assert refused.value.code == "access_denied"
    assert provider.token_answers()[len(before) :] == [MARK]


def test_a_device_at_oidc_provider(provider: Peer) -> None:
    """The user enters the code, signs in and agrees on the server's own pages (RFC 8628)."""
    settings, person = known(provider), Person(login="adevice", password="any")
    waits: list[float] = []

    def soon(seconds: float) -> None:
        waits.append(seconds)
        time.sleep(0.1)

    with Client(settings, connecting=Connecting(sleep=soon)) as client:
        client.sign_in(Device(show=person))
        person.join()
        assert user_info(settings, client, "/me").json() == {"sub": "adevice"}
    assert set(waits) == {5.0}


def test_an_application_at_oidc_provider(provider: Peer) -> None:
    """Client credentials with a scope the server does not have for it: told, not raised."""
    settings = Settings(
        base_url=provider.origin,
        client_id="sdk",
        client_secret="consumer-secret",
        token_url=f"{provider.origin}/token",
        scope="",
    )
    with Client(settings, grant=ClientCredentials()) as client:
        assert client.access_token()


def refreshed_by_many(settings: Settings, store: Store) -> list[str]:
    """Refresh in many threads, each with a session of its own, and return the access tokens."""
    gate = threading.Barrier(THREADS)

    def one(_: int) -> str:
        session = Session(settings, store, now=later(DAY))
        gate.wait(SECONDS)
        return Connecting().run(session.fresh()).access_token

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(one, range(THREADS)))


def test_one_refresh_at_oidc_provider(provider: Peer) -> None:
    """Its refresh tokens are used once, and a second use ends the sign-in: there is none."""
    settings, store = known(provider), MemoryStore()
    with Client(settings, store=store) as client:
        browsed(client, login="many", password="any")
    before = provider.token_answers()
    assert len(set(refreshed_by_many(settings, store))) == 1
    assert provider.token_answers()[len(before) :] == ["200", MARK]


def test_a_browser_at_oidc_provider_mock(mock: Peer) -> None:
    """Code with PKCE, UserInfo through BearerAuth, and a refresh."""
    settings, store = known(mock), MemoryStore()
    with Client(settings, store=store) as client:
        browsed(client, sub="jsmith")
        session = Session(settings, store)
        with httpx2.Client(auth=BearerAuth(session)) as http:
            assert http.get(f"{mock.origin}/userinfo").json()["sub"] == "jsmith"
        before = client.access_token()
    with Client(settings, store=store, now=later(DAY)) as client:
        assert client.access_token() != before


def test_another_scope_at_oauth2_mock_server(
    careless: Peer, caplog: pytest.LogCaptureFixture
) -> None:
    """The scope "dummy" is told in the tokens and the log, and is no error."""
    caplog.set_level(logging.INFO, "gatelodge_client")
    port = careless.origin.rsplit(":", 1)[1]
    settings, store = known(careless, f"http://localhost:{port}"), MemoryStore()
    with Client(settings, store=store) as client:
        browsed(client)
        held = Connecting().run(client.session.record()).held
        assert held is not None
        assert held.scope == "dummy"
    assert "asked for scope 'openid', granted 'dummy'" in caplog.text
    with Client(settings, store=store, now=later(DAY)) as client:
        assert client.access_token()
