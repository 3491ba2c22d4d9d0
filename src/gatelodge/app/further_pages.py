"""The pages for new passwords, of developers and of users, and the demo's own pages."""

from collections.abc import Mapping
from typing import Any

from starlette.routing import Route

from gatelodge.app.core import Core
from gatelodge.authserver.me import frame as me
from gatelodge.demo import callback
from gatelodge.identity import people
from gatelodge.identity.invites import email_of
from gatelodge.identity.people import Person
from gatelodge.identity.sign_in import login_of
from gatelodge.operations import resets
from gatelodge.portal import flash as portal
from gatelodge.recovery.change import Change, Place
from gatelodge.recovery.pages import Parts, Recovery
from gatelodge.storage import developers, users
from gatelodge.web import clock
from gatelodge.web.flashes import Flashes, Notice
from gatelodge.web.toolbox import Toolbox

Visitor = tuple[Person, Mapping[str, Any]]


def routes(core: Core, tools: Toolbox, *, demo: bool) -> list[Route]:
    """Return the routes of all of them."""
    parts = Parts(
        product_name=core.settings.product_name,
        store=core.store,
        pages=tools.pages,
        csrf=tools.csrf,
        pool=core.pool,
        key=core.secrets.derive(resets.DIGEST),
        clock=clock.now,
        secure=core.settings.secure,
        mail=core.post.on,
    )

    async def developer(typed: str) -> Person | None:
        found = await core.store.read(developers.find_by_email, email_of(typed))
        return None if found is None else people.of_developer(found)

    async def user(typed: str) -> Person | None:
        login = login_of(typed, core.settings.tenant)
        found = await core.store.read(users.find_by_login, login)
        return None if found is None else people.of_user(found)

    return [
        *Recovery(parts, "developer", developer).routes(),
        *Recovery(parts, "user", user).routes(),
        *Change(parts, tools.sessions, _developers(core)).routes(),
        *Change(parts, tools.sessions, _users(core)).routes(),
        *core.post.routes(tools.pages, core.settings.issuer),
        *(callback.routes(tools.pages, core.settings.issuer) if demo else ()),
    ]


def _developers(core: Core) -> Place:
    flashes = portal.Flashes(core.store, core.secrets, clock.now)

    async def keep(session_id: int, text: str) -> None:
        await flashes.keep(session_id, portal.Flash(notice=text))

    async def take(session_id: int) -> str:
        return (await flashes.take(session_id)).notice

    async def visitor(developer_id: int) -> Visitor | None:
        found = await core.store.read(developers.find, developer_id)
        if found is None or found.state != "active":
            return None
        return people.of_developer(found), {"account": found}

    return Place(
        kind="developer",
        path="/account/password",
        template="portal/account_password.html",
        sign_in="/login?return_to=%2Faccount%2Fpassword",
        visitor=visitor,
        prove=core.sign_in.developer,
        keep=keep,
        take=take,
    )


def _users(core: Core) -> Place:
    notices = Flashes(core.store, core.secrets, clock.now, empty=Notice(), purpose=me.NOTICES)

    async def keep(session_id: int, text: str) -> None:
        await notices.keep(session_id, Notice(text=text))

    async def take(session_id: int) -> str:
        return (await notices.take(session_id)).text

    async def visitor(user_id: int) -> Visitor | None:
        found = await core.store.read(users.find, user_id)
        if found is None or found.state != "active":
            return None
        return people.of_user(found), {"user": found, "tenant": core.settings.tenant}

    return Place(
        kind="user",
        path="/me/password",
        template="auth/me_password.html",
        sign_in="/me",
        visitor=visitor,
        prove=core.sign_in.user,
        keep=keep,
        take=take,
    )
