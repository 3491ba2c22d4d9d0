"""What every page of a user's own account needs: who visits, forms, rendering, notices."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gatelodge.authserver.flow import Flow, see_other
from gatelodge.authserver.page import Page
from gatelodge.authserver.pending import Home
from gatelodge.authserver.site import Site
from gatelodge.identity.sessions import Session
from gatelodge.identity.users import User
from gatelodge.operations.actor import Act, Actor
from gatelodge.settings import Secrets
from gatelodge.web import wording
from gatelodge.web.flashes import Flashes, Notice
from gatelodge.web.forms import Form, read_form

PLACE = "/me"
NOTICES = "me-notice"
"""The purpose of what a user's next page says once."""


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """A signed-in user's request."""

    request: Request
    user: User
    session: Session

    @property
    def actor(self) -> Actor:
        """The user as operations see one."""
        client = self.request.client
        address = client.host if client else ""
        return Actor(kind="user", id=self.user.id, name=self.user.login_name, address=address)


PageEndpoint = Callable[[Visit], Awaitable[Response]]
FormEndpoint = Callable[[Visit, Form], Awaitable[Response]]


class Frame:
    """Shared by all pages of a user's account."""

    def __init__(self, flow: Flow, site: Site, secrets: Secrets) -> None:
        context = flow.context
        self.store = context.store
        self.live = context.live
        self._context = context
        self._site = site
        self._flow = flow
        self._notices = Flashes(
            context.store, secrets, context.clock, empty=Notice(), purpose=NOTICES
        )

    def page(self, get: PageEndpoint | None = None, post: FormEndpoint | None = None) -> Page:
        """Return what answers one path: a page, a form, or both, for who is signed in.

        Anybody else signs in first and comes back to the page; what a form said is lost then.
        Only our own pages may send a form.
        """

        async def show(request: Request) -> Response:
            visit = await self._visit(request)
            if visit is None or get is None:
                return self._to_sign_in(request.url.path if get else PLACE)
            return await get(visit)

        async def send(request: Request) -> Response:
            visit = await self._visit(request)
            if visit is None or post is None:
                return self._to_sign_in(request.url.path if get else PLACE)
            form = await read_form(request)
            self._site.csrf.check(request, form)
            return await post(visit, form)

        return Page(show if get else None, send if post else None)

    def act(self, visit: Visit) -> Act:
        """Return the start of an act of the visitor, now."""
        return Act(actor=visit.actor, now=self._context.clock(), ids=self.store.ids)

    async def say(self, visit: Visit, text: str) -> None:
        """Keep a sentence for the visitor's next page."""
        await self._notices.keep(visit.session.id, Notice(text=text))

    async def keep(self, visit: Visit, notice: Notice) -> None:
        """Keep what the visitor's next page shows once."""
        await self._notices.keep(visit.session.id, notice)

    async def take(self, visit: Visit) -> Notice:
        """Take what was kept; it is gone afterwards."""
        return await self._notices.take(visit.session.id)

    async def show(
        self, visit: Visit, template: str, *, status: int = 200, **values: Any
    ) -> Response:
        """Render a page, with what was kept for it."""
        notice = await self._notices.take(visit.session.id)
        return self._site.pages.render(
            visit.request,
            f"auth/{template}",
            status=status,
            user=visit.user,
            tenant=self._context.tenant,
            notice=notice.text,
            when=partial(wording.time_element, now=self._context.clock()),
            **values,
        )

    def go(self, path: str) -> Response:
        """Return a redirect to a page of this site, to be fetched with GET."""
        return see_other(path)

    def sealed(self, home: Home) -> str:
        """Return a page of the account as what waits, for the way back to it."""
        return self._flow.envelopes.seal(home)

    def browser(self, visit: Visit) -> str:
        """Return the browser's own random cookie."""
        return self._site.csrf.presented(visit.request)

    def sign_in_again(self, place: str) -> Response:
        """Return a redirect to the sign-in page and back, for what needs a fresh sign-in."""
        return see_other(self.again(place))

    def again(self, place: str) -> str:
        """Return where the visitor proves anew who they are, to come back to ``place``."""
        return self._flow.envelopes.sign_in_address(Home(place=place, switch=True))

    async def _visit(self, request: Request) -> Visit | None:
        session = await self._site.session(request)
        user = await self._flow.user(session)
        if session is None or user is None:
            return None
        return Visit(request=request, user=user, session=session)

    def _to_sign_in(self, place: str) -> Response:
        return see_other(self._flow.envelopes.sign_in_address(Home(place=place)))
