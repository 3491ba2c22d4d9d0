"""A user's own account: reached without any application, left by signing out."""

import re

from gatelodge.storage import audit
from tests.authserver.browsing import Tab, pages_of
from tests.authserver.conftest import USER, Server


async def test_a_user_signs_in_without_an_application(server: Server) -> None:
    """Who opens a page of the account signs in and is there; signing out closes it again."""
    tab = Tab(pages_of(server))
    await tab.open("/me")
    assert tab.at == "/signin"
    assert "to continue to" not in tab.page.text
    await tab.sign_in(password="wrong")
    assert tab.page.status_code == 422
    await tab.sign_in()
    assert tab.at == "/me"
    assert "jsmith@vbc.prod" in tab.page.text
    await tab.open("/signin?request=" + "x")
    assert tab.page.status_code == 400
    await tab.open("/me")
    await tab.submit("/signout")
    assert "You are signed out" in tab.page.text
    assert (await tab.open("/me")).at == "/signin"


async def test_who_is_signed_in_already_goes_on(server: Server) -> None:
    """A second tab's waiting sign-in form leads to the page once somebody is signed in."""
    tab = await Tab(pages_of(server)).open("/me")
    waiting = str(tab.page.url)
    await tab.sign_in()
    assert (await tab.another().open(waiting)).at == "/me"


async def test_a_disabled_user_has_no_account_any_more(server: Server) -> None:
    """The page asks a user who was disabled to sign in."""
    tab = await (await Tab(pages_of(server)).open("/me")).sign_in()
    await server.disable_user()
    assert (await tab.open("/me")).at == "/signin"


_SESSION = re.compile(r'name="session" value="(\d+)"')


async def signed_in(server: Server) -> Tab:
    """Return a browser that looks at the user's account."""
    return await (await Tab(pages_of(server)).open("/me")).sign_in()


async def test_a_user_signs_out_of_another_browser(server: Server) -> None:
    """The list shows both browsers and marks this one; a press of the button ends the other."""
    here, there = await signed_in(server), await signed_in(server)
    await here.open("/me/sessions")
    assert here.page.text.count("This browser") == 1
    # The fixture has a session of its own; the newest is the other browser.
    others = _SESSION.findall(here.page.text)
    assert len(others) == 2
    await here.submit("/me/sessions", session=max(others, key=int))
    assert "That browser is signed out." in here.page.text
    assert (await there.open("/me")).at == "/signin"
    assert (await here.open("/me/sessions")).at == "/me/sessions"
    assert "That browser is signed out." not in here.page.text
    events = await server.store.read(audit.of_object, "user", USER)
    assert [(event.act, event.actor_name) for event in events] == [
        ("session.end", "jsmith"),
        ("session.start", "jsmith"),
        ("session.start", "jsmith"),
    ]
    for wrong in ("44x", "9" * 40, ""):
        await here.submit("/me/sessions", session=wrong)
        assert "That browser was signed out already." in here.page.text


async def test_a_user_signs_out_everywhere_else(server: Server) -> None:
    """All other browsers and every token end; this browser stays."""
    here, there = await signed_in(server), await signed_in(server)
    owner = await server.client()
    tokens = await server.issued(owner)
    await here.open("/me/sessions")
    await here.submit("/me/sessions", session="others")
    assert "You are signed out everywhere else." in here.page.text
    assert (await there.open("/me")).at == "/signin"
    assert (await server.refresh(owner, tokens["refresh_token"])).status == 400
    assert (await server.userinfo(tokens["access_token"])).status == 401


async def test_another_site_signs_nobody_out(server: Server) -> None:
    """A form without the page's own value, or sent from elsewhere, ends nothing."""
    here, there = await signed_in(server), await signed_in(server)
    await here.open("/me/sessions")
    fields = here.fields()
    await here.send("/me/sessions", {"session": "others"})
    assert here.page.status_code == 403
    await here.send("/me/sessions", {**fields, "session": "others"}, origin="https://evil.example")
    assert here.page.status_code == 403
    assert (await there.open("/me")).at == "/me"
