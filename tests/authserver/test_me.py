"""A user's own account: reached without any application, left by signing out."""

from tests.authserver.browsing import Tab, pages_of
from tests.authserver.conftest import Server


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
