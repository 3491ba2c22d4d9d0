"""The page behind an invitation's link."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import msgspec
import pytest
from starlette.routing import Route, Router

from gatelodge.identity.developers import Role
from gatelodge.operations import invites
from gatelodge.operations.actor import Act, command_line
from gatelodge.operations.passwords import PasswordPool
from gatelodge.portal.desk import Desk, Parts
from gatelodge.portal.flash import Flashes
from gatelodge.portal.invite import Invitation
from gatelodge.settings import Secrets, Settings
from gatelodge.storage import developers, plans
from gatelodge.storage.engine import Store
from gatelodge.two_step import building
from gatelodge.web.csrf import Csrf
from gatelodge.web.errors import ErrorPages
from gatelodge.web.pages import Pages
from gatelodge.web.sessions import Sessions
from gatelodge.web.toolbox import Toolbox
from tests.portal.browsing import submit, text_of

NOW = 1_800_000_000
KEY = b"i" * 32
SECRETS = Secrets(bytes(32))
SETTINGS = Settings(base_url="http://localhost:1")
PASSWORD = "three plain words"
GOOD = (("name", "Ada"), ("password", PASSWORD), ("repeated", PASSWORD))


class CountingPool(PasswordPool):
    """Counts what it hashes."""

    hashed = 0

    async def hash(self, password: str) -> str:
        """Hash a password."""
        self.hashed += 1
        return await super().hash(password)


class Site(msgspec.Struct):
    """The page on a store, and a browser in front of it."""

    store: Store
    http: httpx2.AsyncClient
    pool: CountingPool

    def act(self) -> Act:
        """Return an act of the operator."""
        return Act(actor=command_line("root"), now=NOW, ids=self.store.ids)

    async def invited(self) -> str:
        """Invite somebody and return the link's path."""
        roles: frozenset[Role] = frozenset({"developer"})
        made = await self.store.write(invites.invite, self.act(), KEY, "ada@example.com", roles)
        return f"/invite/{made.text}"

    async def first(self) -> str:
        """Return the path of the first administrator's link."""
        made = await self.store.write(invites.first_administrator, self.act(), KEY)
        assert made is not None
        return f"/invite/{made.text}"

    async def accept(self, path: str, *fields: tuple[str, str]) -> httpx2.Response:
        """Send the page's form."""
        return await submit(self.http, path, path, fields or GOOD)


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    """The page alone."""
    store = await Store.open(f"sqlite:///{tmp_path / 'portal.db'}")
    await store.write(plans.ensure_standard)
    pool = CountingPool()
    csrf = Csrf(b"c" * 32, origin=SETTINGS.issuer, secure=False)
    pages = Pages(SETTINGS, csrf)
    sessions = Sessions(store, b"k" * 32, lambda: NOW, secure=False)
    tools = Toolbox(pages=pages, csrf=csrf, sessions=sessions)
    desk = Desk(
        Parts(
            settings=SETTINGS,
            store=store,
            tools=tools,
            factors=building.build(store, SECRETS, SETTINGS, tools, lambda: NOW),
            flashes=Flashes(store, SECRETS, lambda: NOW),
            clock=lambda: NOW,
        )
    )
    routes: list[Route] = Invitation(desk, pool, KEY).routes()
    app = ErrorPages(Router(routes), pages.render, SETTINGS.issuer)
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url=SETTINGS.issuer) as http:
        yield Site(store, http, pool)
    pool.close()
    await store.close()


async def test_the_invited_person_starts_signed_in(site: Site) -> None:
    """Name and password make the developer active, with a session; the link is spent."""
    path = await site.invited()
    assert "ada@example.com" in text_of(await site.http.get(path))

    answer = await site.accept(path)

    assert (answer.status_code, answer.headers["location"]) == (303, "/applications")
    assert "gatelodge-developer" in site.http.cookies
    made = await site.store.read(developers.find_by_email, "ada@example.com")
    assert made is not None
    assert (made.name, made.state) == ("Ada", "active")
    assert made.password_hash is not None
    assert made.password_hash.startswith("$argon2id$")
    assert (await site.http.get(path)).status_code == 410


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"name": " "}, "Enter a name."),
        ({"name": "a\nb"}, "no line breaks"),
        ({"password": "short", "repeated": "short"}, "at least 15 characters"),
        ({"repeated": "something else"}, "The two passwords differ."),
        ({"password": "ADA@example.com"}, "little more than a name"),
        ({"password": "Gatelodge Gatelodge"}, "little more than a name"),
        ({"password": "password123456789"}, "a common password"),
    ],
)
async def test_what_is_wrong_is_said_beside_its_field(
    site: Site, changed: dict[str, str], problem: str
) -> None:
    """422, the sentence, what was typed stays but for passwords, and the link lives on."""
    path = await site.invited()
    answer = await site.accept(path, *(dict(GOOD) | changed).items())
    assert answer.status_code == 422
    assert problem in text_of(answer)
    assert 'aria-invalid="true"' in answer.text
    assert PASSWORD not in answer.text
    assert (await site.accept(path)).status_code == 303


async def test_the_first_administrator_gives_an_address(site: Site) -> None:
    """A missing or taken address is refused beside its field, a good one is taken."""
    await site.accept(await site.invited())
    path = await site.first()
    assert "first administrator" in text_of(await site.http.get(path))
    for email, problem in (
        ("", "Enter an e-mail address."),
        ("ADA@example.com", "There is a developer with the address ada@example.com already."),
    ):
        answer = await site.accept(path, *GOOD, ("email", email))
        assert answer.status_code == 422
        assert problem in text_of(answer)
    answer = await site.accept(path, *GOOD, ("email", "Boss@Example.com"))
    assert answer.status_code == 303
    made = await site.store.read(developers.find_by_email, "boss@example.com")
    assert made is not None
    assert "administrator" in made.roles


async def test_a_link_sent_many_times_at_once_costs_one_hash(site: Site) -> None:
    """Those who come second wait for the first and then cost nothing: others can sign in."""
    path = await site.invited()
    site.pool.hashed = 0

    answers = await asyncio.gather(*(site.accept(path) for _ in range(8)))

    assert sorted(answer.status_code for answer in answers) == [303] + [410] * 7
    assert site.pool.hashed == 1


async def test_an_invented_link_is_a_page(site: Site) -> None:
    """Gone, on GET and on POST, before any password is hashed."""
    path = await site.invited()
    for invented in ("/invite/x", path[:-1] + "_", "/invite/glin_" + "A" * 59):
        assert (await site.http.get(invented)).status_code == 410
        answer = await submit(site.http, path, invented, GOOD)
        assert answer.status_code == 410


async def test_only_our_own_form_is_taken(site: Site) -> None:
    """Without its token nothing is accepted, and the link lives on."""
    path = await site.invited()
    answer = await site.http.post(path, data=dict(GOOD))
    assert answer.status_code == 403
    assert (await site.accept(path)).status_code == 303
