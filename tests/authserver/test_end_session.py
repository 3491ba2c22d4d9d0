"""Signing out because an application asks for it (RP-Initiated Logout 1.0)."""

from urllib.parse import urlencode

import pytest

from gatelodge.oauth.clients import Client
from gatelodge.storage import audit, changes, clients
from gatelodge.storage.connections import Connection
from tests.authserver.browsing import Tab, pages_of
from tests.authserver.conftest import USER, Server

HOME = "https://app.example/bye"


async def owner_of(server: Server) -> Client:
    """Register a client that wants its users back."""
    return await server.client(
        post_logout_redirect_uris=(HOME,), backchannel_logout_uri="https://app.example/bc"
    )


async def signed_in(server: Server, owner: Client) -> tuple[Tab, str]:
    """Return a browser somebody is signed in with, and the id_token the application got."""
    tab = await Tab(pages_of(server)).authorize(owner.client_id)
    await tab.sign_in()
    if tab.at == "/consent":
        await tab.decide()
    answer = tab.back
    issued = await server.redeem(owner, answer["code"])
    return tab, issued.json()["id_token"]


def ending(**parameters: str) -> str:
    """Return the address an application sends a browser to."""
    return f"/endsession?{urlencode(parameters)}"


async def test_an_application_signs_its_user_out(server: Server) -> None:
    """With the id_token of the session it goes without a question, long after that expired."""
    owner = await owner_of(server)
    tab, id_token = await signed_in(server, owner)
    server.now += 4 * 3_600
    await tab.open(ending(id_token_hint=id_token, post_logout_redirect_uri=HOME, state="a b"))
    assert tab.page.headers["location"] == f"{HOME}?state=a+b"
    assert (await tab.open("/me")).at == "/signin"
    events = await server.store.read(audit.of_object, "user", USER)
    assert events[0].act == "session.end"
    # Again, now that nobody is signed in: the same answer.
    await tab.open(ending(id_token_hint=id_token, post_logout_redirect_uri=HOME))
    assert tab.page.headers["location"] == HOME
    await tab.open(ending(id_token_hint=id_token))
    assert "You are signed out" in tab.page.text


async def test_without_an_id_token_a_person_answers(server: Server) -> None:
    """The page names the application; afterwards the browser returns to it."""
    owner = await owner_of(server)
    tab, _ = await signed_in(server, owner)
    await tab.open(ending(client_id=owner.client_id, post_logout_redirect_uri=HOME))
    assert tab.at == "/signout"
    assert owner.application_name in tab.page.text
    await tab.submit("/signout")
    assert tab.page.headers["location"] == HOME
    assert (await tab.open("/me")).at == "/signin"
    await tab.open(ending(client_id=owner.client_id, post_logout_redirect_uri=HOME))
    assert f'href="{HOME}"' in tab.page.text
    await tab.open(ending())
    assert "You are signed out" in tab.page.text


async def test_an_id_token_of_another_session_only_asks(server: Server) -> None:
    """Who holds an old id_token cannot sign out whoever uses the browser now."""
    owner = await owner_of(server)
    _, id_token = await signed_in(server, owner)
    tab, _ = await signed_in(server, owner)
    await tab.open(ending(id_token_hint=id_token, post_logout_redirect_uri=HOME))
    assert tab.at == "/signout"
    assert (await tab.open("/me")).at == "/me"


async def test_a_posted_request_is_answered_alike(server: Server) -> None:
    """The browser keeps the cookie back from the POST, so that the answer waits for the next."""
    owner = await owner_of(server)
    tab, id_token = await signed_in(server, owner)
    await tab.send("/endsession", {"id_token_hint": id_token, "post_logout_redirect_uri": HOME})
    assert tab.page.headers["location"] == HOME
    assert (await tab.open("/me")).at == "/signin"


async def test_an_address_taken_back_is_not_returned_to(server: Server) -> None:
    """Between the question and the answer the developer has removed it."""
    owner = await owner_of(server)
    tab, _ = await signed_in(server, owner)
    await tab.open(ending(client_id=owner.client_id, post_logout_redirect_uri=HOME))

    def remove(conn: Connection) -> None:
        clients.remove(conn, owner.id)
        changes.append(conn, "application", owner.application_id)

    await server.store.write(remove)
    await tab.submit("/signout")
    assert "location" not in tab.page.headers
    assert "You are signed out" in tab.page.text


@pytest.mark.parametrize(
    "parameters",
    [
        {"post_logout_redirect_uri": f"{HOME}?x=1"},
        {"post_logout_redirect_uri": "https://evil.example"},
        {"id_token_hint": "forged"},
        {"client_id": "unknown"},
    ],
)
async def test_a_bad_request_leads_nowhere(server: Server, parameters: dict[str, str]) -> None:
    """A page, no redirect, and the session lives on."""
    owner = await owner_of(server)
    tab, _ = await signed_in(server, owner)
    await tab.open(ending(**{"client_id": owner.client_id} | parameters))
    assert tab.page.status_code == 400
    assert "location" not in tab.page.headers
    assert (await tab.open("/me")).at == "/me"


async def test_a_refreshed_id_token_names_the_same_session(server: Server) -> None:
    """The id_token that comes with a refresh signs its user out as well as the first one."""
    owner = await owner_of(server)
    tab = await Tab(pages_of(server)).authorize(owner.client_id)
    answer = (await (await tab.sign_in()).decide()).back
    issued = (await server.redeem(owner, answer["code"])).json()
    later = (await server.refresh(owner, issued["refresh_token"])).json()
    await tab.open(ending(id_token_hint=later["id_token"], post_logout_redirect_uri=HOME))
    assert tab.page.headers["location"] == HOME
