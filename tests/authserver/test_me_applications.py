"""The applications a user has allowed, and what withdrawing ends."""

import re

from gatelodge.operations import consents
from gatelodge.operations.actor import Act, Actor
from gatelodge.storage import audit
from tests.authserver.browsing import OTHER_USER, Tab, pages_of
from tests.authserver.conftest import USER, Server
from tests.oauth.records import NOW

_CONSENT = re.compile(r'name="consent" value="(\d+)"')
PAGE = "/me/applications"


async def agreed(server: Server, client_id: str) -> Tab:
    """Return a browser whose user has just allowed an application."""
    tab = await Tab(pages_of(server)).authorize(client_id, scope="openid email")
    await tab.sign_in()
    return await tab.decide()


async def test_the_list_says_what_was_agreed_to(server: Server) -> None:
    """Nothing at first; then the application, its owner and each scope in words."""
    tab = await (await Tab(pages_of(server)).open(PAGE)).sign_in()
    assert "No application has access" in tab.page.text
    owner = await server.client(environment="sandbox")
    await agreed(server, owner.client_id)
    await tab.open(PAGE)
    for words in (owner.application_name, "by Dev", "See your e-mail address", "Sandbox"):
        assert words in tab.page.text


async def test_withdrawing_ends_that_client_s_access(server: Server) -> None:
    """Its code, refresh and access tokens end; those of another client do not; it asks again."""
    owner, other = await server.client(), await server.client()
    tab = await agreed(server, owner.client_id)
    held, kept = await server.issued(owner), await server.issued(other)
    own = await server.post("/token", owner, grant_type="client_credentials")
    code = await server.code(owner)
    await tab.open(PAGE)
    (consent,) = _CONSENT.findall(tab.page.text)
    await tab.submit(PAGE, consent=consent)
    assert f"{owner.application_name} has no access any more." in tab.page.text
    assert "No application has access" in tab.page.text

    assert (await server.refresh(owner, held["refresh_token"])).status == 400
    assert (await server.redeem(owner, code)).status == 400
    assert (await server.userinfo(held["access_token"])).status == 401
    assert not await server.active(owner, held["access_token"])
    assert not await server.active(owner, held["refresh_token"])
    assert await server.active(owner, own.json()["access_token"])
    assert (await server.userinfo(kept["access_token"])).status == 200
    assert (await server.refresh(other, kept["refresh_token"])).status == 200

    await tab.submit(PAGE, consent=consent)
    assert "That application had no access any more." in tab.page.text
    events = await server.store.read(audit.of_object, "user", USER)
    assert [event.act for event in events] == [
        "consent.withdraw",
        "consent.agree",
        "session.start",
    ]
    await tab.authorize(owner.client_id)
    assert tab.at == "/consent"
    await tab.decide()
    fresh = await server.issued(owner)
    assert (await server.userinfo(fresh["access_token"])).status == 200


async def test_nobody_withdraws_for_somebody_else(server: Server) -> None:
    """Another user's consent cannot be named, and another site cannot press the button."""
    owner = await server.client()
    tab = await agreed(server, owner.client_id)
    (mine,) = await server.store.read(consents.of_user, USER)
    number = str(mine.consent.id)
    await tab.open(PAGE)
    await tab.send(PAGE, {"consent": number})
    assert tab.page.status_code == 403
    stranger = Actor(kind="user", id=OTHER_USER, name="ajones")
    act = Act(actor=stranger, now=NOW, ids=server.store.ids)
    assert await server.store.write(consents.withdraw, act, OTHER_USER, mine.consent.id) is None
    assert await server.store.read(consents.of_user, USER) == [mine]
