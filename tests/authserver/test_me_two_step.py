"""How long after a sign-in a user may still change their own second factors."""

from gatelodge.identity import totp
from gatelodge.identity.factors import FRESH, Person
from gatelodge.storage import factors
from tests.authserver.browsing import Tab, pages_of
from tests.authserver.conftest import USER, Server
from tests.flows.two_step import secret_of

PAGE = "/me/two-step"


async def has_app(server: Server) -> bool:
    """Say whether the user has an authenticator app."""
    return (await server.store.read(factors.of, Person("user", USER))).totp


async def with_app(server: Server, tab: Tab) -> Tab:
    """Sign in, set an app up in the last second in which that is possible; return the browser."""
    await (await tab.open(PAGE)).sign_in()
    server.now += FRESH - 1
    await tab.open(f"{PAGE}/app")
    code = totp.code(secret_of(tab.page.text), server.now // totp.STEP)
    await tab.submit(f"{PAGE}/app", code=code)
    assert tab.at == f"{PAGE}/codes"
    return tab


async def test_an_app_is_set_up_soon_after_signing_in_or_not_at_all(server: Server) -> None:
    """In the last second of ten minutes it is possible; from the next on one signs in again."""
    tab = await (await Tab(pages_of(server)).open(PAGE)).sign_in()
    await tab.open(f"{PAGE}/app")
    form = tab.fields()
    code = totp.code(secret_of(tab.page.text), (server.now + FRESH) // totp.STEP)
    server.now += FRESH
    assert (await tab.open(f"{PAGE}/app")).at == "/signin"
    assert (await tab.send(f"{PAGE}/app", form | {"code": code})).at == "/signin"
    assert not await has_app(server)
    await tab.sign_in()
    assert tab.at == PAGE
    await with_app(server, Tab(pages_of(server)))
    assert await has_app(server)


async def test_nothing_changes_long_after_signing_in(server: Server) -> None:
    """Every change is refused after ten minutes, whatever form is sent; the page says why."""
    tab = await with_app(server, Tab(pages_of(server)))
    before = await server.store.read(factors.of, Person("user", USER))
    await tab.open(PAGE)
    assert "Remove the app" in tab.page.text
    form = tab.fields()
    server.now += 1
    await tab.open(PAGE)
    assert "prove again that it is you" in tab.page.text
    assert "popovertarget" not in tab.page.text
    for path in ("/app/remove", "/codes", "/passkeys", "/passkeys/rename", "/passkeys/remove"):
        assert (await tab.send(PAGE + path, form)).at == "/signin", path
    assert await server.store.read(factors.of, Person("user", USER)) == before
