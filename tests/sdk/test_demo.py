"""The client against our own server in a process of its own: operations, grants, refusals."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import httpx2
import pytest
import pytest_asyncio

from gatelodge_client import (
    AsyncClient,
    Browser,
    Client,
    ClientCredentials,
    Connecting,
    Device,
    FileStore,
    Password,
    Prompt,
    Retrying,
    Settings,
    discovered,
)
from gatelodge_client.client import Options
from gatelodge_client.errors import (
    AccessTokenRefused,
    ClientRefused,
    InvalidParameters,
    NotFound,
    NotSubscribed,
    PasswordRefused,
    SignInRequired,
    Throttled,
)
from tests import serving
from tests.flows.signing_in import PASSWORD, USER, visit
from tests.interop.peers import walk
from tests.portal.browsing import KEY_FIELDS, add_application, sign_in, submit, text_of
from tests.serving import DEMO_KEY, DEMO_SECRET, Server

_VALUE = re.compile(r'id="consumer-(?:key|secret)"[^>]*>([^<]+)<')
GRANTS = ("authorization_code", "refresh_token", "password", "client_credentials")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def demo(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """The demo tenant on SQLite."""
    async with serving.demo(tmp_path_factory.mktemp("sdk") / "data") as server:
        yield server


@pytest.fixture(scope="module")
def known(demo: Server) -> Settings:
    """The demo application."""
    return Settings(base_url=demo.base_url, client_id=DEMO_KEY, client_secret=DEMO_SECRET)


@pytest.fixture(scope="module")
def client(known: Settings) -> Iterator[Client]:
    """A client that signs jsmith in by password."""
    with Client(known, grant=Password("jsmith", PASSWORD)) as made:
        yield made


def application(demo: Server, name: str, *, is_subscribed: bool) -> Settings:
    """Make an application of the test's own in the portal, with ten calls a minute."""
    key, secret = asyncio.run(_made(demo.base_url, name, is_subscribed=is_subscribed))
    return Settings(base_url=demo.base_url, client_id=key, client_secret=secret)


async def _made(base_url: str, name: str, *, is_subscribed: bool) -> tuple[str, str]:
    async with httpx2.AsyncClient(base_url=base_url, timeout=30) as http:
        await sign_in(http, "dev@example.com", "demo-developer-password")
        place = await add_application(http, name)
        kept = [f for f in KEY_FIELDS if f[0] not in {"grant_types", "redirect_uris"}]
        chosen = [("grant_types", grant) for grant in GRANTS]
        address = [("redirect_uris", "http://127.0.0.1/callback")]
        keys = f"{place}/keys/production"
        answer = await submit(http, keys, keys, [*kept, *chosen, *address])
        assert answer.status_code == 303, text_of(answer)
        shown = await http.get(answer.headers["location"])
        if is_subscribed:
            page = await http.get(f"{place}/subscriptions")
            choice = re.search(r'value="(\d+:Unlimited)"', page.text)
            assert choice is not None, text_of(page)
            fields = [("choice", choice[1])]
            done = await submit(http, f"{place}/subscriptions", f"{place}/subscriptions", fields)
            assert done.status_code == 303, text_of(done)
        key, secret = _VALUE.findall(shown.text)
        return key, secret


def test_every_operation(client: Client) -> None:
    """The seven operations of the Provisioning API, as records."""
    account = client.accounts.get("self")
    assert (account.id, account.name) == (571700, "Vonage")
    assert client.accounts.get(571700) == account
    places = list(client.locations.list())
    assert len(places) == 3
    assert client.locations.get(places[0].id) == places[0]
    extensions = list(client.extensions.list(page_size=70))
    assert len({one.extension_number for one in extensions}) == len(extensions) == 300
    single = client.extensions.get(extensions[0].external_id or "")
    assert single.extension_number == extensions[0].extension_number
    assert single.service_type_name
    users = list(client.users.list(account=571700))
    assert len({user.id for user in users}) == len(users) == 250
    assert client.users.get(str(users[7].id)) == users[7]
    assert not any(record.extra for record in (account, *places, *extensions, *users))


def test_filters_and_pages(client: Client) -> None:
    """Filters reach the server; pages say how many there are."""
    (found,) = client.users.list(login_name="jsmith")
    assert found.login_name == "jsmith"
    page = next(client.extensions.list(page_size=70).pages())
    assert (page.total_items, page.total_pages, len(page.items)) == (300, 5, 70)
    place = next(iter(client.locations.list()))
    here = list(client.extensions.list(location_id=place.id))
    assert here
    assert {one.location_id for one in here} == {place.id}


async def test_the_same_for_asyncio(known: Settings) -> None:
    """Everything again, awaited."""
    async with AsyncClient(known, grant=Password("jsmith", PASSWORD)) as api:
        assert (await api.accounts.get()).id == 571700
        assert len([one async for one in api.extensions.list(page_size=200)]) == 300
        assert len([user async for user in api.users.list()]) == 250
        with pytest.raises(NotFound):
            await api.users.get(1)


def test_refusals(client: Client, known: Settings) -> None:
    """What the API refuses comes with its reason, and the request id to quote."""
    with pytest.raises(InvalidParameters) as invalid:
        list(client.users.list(page_size=5000))
    assert [one.name for one in invalid.value.parameters] == ["page_size"]
    with pytest.raises(NotFound) as missing:
        client.accounts.get(571701)
    assert missing.value.request_id
    wrong = Settings(base_url=known.base_url, client_id=DEMO_KEY, client_secret="wrong")
    with Client(wrong, grant=ClientCredentials()) as other, pytest.raises(ClientRefused):
        other.access_token()


def test_an_application_alone(known: Settings) -> None:
    """Client credentials give an access token that stands for no user: said, not refreshed."""
    with Client(known, grant=ClientCredentials()) as api:
        assert api.access_token()
        with pytest.raises(AccessTokenRefused) as refused:
            api.accounts.get()
    assert refused.value.code == "900905"


def test_a_wrong_password(known: Settings) -> None:
    """One attempt reaches the server, for a login of nobody."""
    with Client(known, grant=Password("nobody-of-the-sdk", "wrong")) as api:
        for _ in range(3):
            with pytest.raises(PasswordRefused, match="Authentication failed"):
                api.accounts.get()


def test_addresses_are_discovered(known: Settings) -> None:
    """Our metadata leads to the addresses that are the defaults, and promises iss."""
    with Client(known) as api:
        found = api._connecting.run(discovered(known, known.base_url))
    assert (found.token_url, found.revoke_url) == (known.token_url, known.revoke_url)
    assert (found.issuer, found.require_iss) == (known.base_url, True)


def test_a_refresh_is_spent_and_kept(known: Settings, tmp_path: Path) -> None:
    """A day later the refresh token renews; a third program finds what the second stored."""

    def at(offset: float) -> Callable[[], float]:
        return lambda: time.time() + offset

    store = FileStore(tmp_path)
    with Client(known, store=store) as first:
        first.sign_in(Password("jsmith", PASSWORD))
        before = first.access_token()
    with Client(known, store=store, now=at(90_000)) as second:
        renewed = second.access_token()
        assert second.accounts.get().id == 571700
    with Client(known, store=store) as third:
        assert third.access_token() == renewed != before


def test_a_browser_signs_in(demo: Server, tmp_path: Path) -> None:
    """The real pages and the real loopback: code, PKCE, state and iss; then the API."""
    own = application(demo, "Sdk Browser", is_subscribed=True)
    returned: list[str] = []

    def show(address: str) -> None:
        returned.append(asyncio.run(visit(address, "http://127.0.0.1:")))

    with Client(own, store=FileStore(tmp_path)) as api:
        api.sign_in(Browser(show=show, pasted=lambda: returned[0], seconds=60))
        assert api.accounts.get().id == 571700
    assert "iss=" in returned[0]


def test_a_device_signs_in(known: Settings) -> None:
    """The real pages: the code, the user, the question; then the first poll has the tokens."""
    waits: list[float] = []
    pages: list[str] = []

    def show(prompt: Prompt) -> None:
        fields = {"user_code": prompt.user_code, "username": USER, "password": PASSWORD}
        pages.append(walk(prompt.verification_uri, decision="allow", **fields))

    with Client(known, connecting=Connecting(sleep=waits.append)) as api:
        api.sign_in(Device(show=show))
        assert api.accounts.get().id == 571700
    assert "Go back to your device" in pages[0]
    assert waits == [5.0]


def test_signing_out_ends_it_at_the_server(known: Settings) -> None:
    """The access token is refused at once, by whoever still has it."""
    with Client(known) as api:
        held = api.sign_in(Password("jsmith", PASSWORD))
        assert api.accounts.get().id == 571700
        api.sign_out()
        with pytest.raises(SignInRequired):
            api.accounts.get()
    bearer = {"Authorization": f"Bearer {held.access_token}"}
    path = "/t/vbc.prod/provisioning/v1/api/accounts/self"
    assert httpx2.get(known.base_url + path, headers=bearer).status_code == 401


def test_a_revoked_access_token_is_replaced(known: Settings) -> None:
    """Somebody revoked the sign-in: with a grant the call goes through, without one it says why."""
    for grant in (Password("jsmith", PASSWORD), None):
        with Client(known, grant=grant) as api:
            held = api.sign_in(Password("jsmith", PASSWORD))
            form = {"token": held.access_token, "token_type_hint": "access_token"}
            httpx2.post(known.revoke_url, data=form, auth=(DEMO_KEY, DEMO_SECRET))
            if grant is None:
                with pytest.raises(SignInRequired):
                    api.accounts.get()
            else:
                assert api.accounts.get().id == 571700
                assert api.access_token() != held.access_token


def test_too_many_calls(demo: Server) -> None:
    """Ten calls a minute: the next is refused with the time to wait, and not counted on."""
    own = application(demo, "Sdk Throttled", is_subscribed=True)
    options: Options = {"grant": Password("jsmith", PASSWORD), "retrying": Retrying(attempts=1)}
    with Client(own, **options) as api, pytest.raises(Throttled) as throttled:
        # Twice as many: the minute may turn in between.
        _ = [api.accounts.get() for _ in range(21)]
    assert throttled.value.code == "900803"
    assert throttled.value.retry_after is not None
    assert 0 <= throttled.value.retry_after <= 60


def test_without_a_subscription(demo: Server) -> None:
    """The gateway's 403 says that the application is to be subscribed."""
    own = application(demo, "Sdk Unsubscribed", is_subscribed=False)
    with (
        Client(own, grant=Password("jsmith", PASSWORD)) as api,
        pytest.raises(NotSubscribed, match="Subscribe the application") as refused,
    ):
        api.accounts.get()
    assert (refused.value.status, refused.value.code) == (403, "900908")
