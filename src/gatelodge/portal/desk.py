"""What every page of the portal needs: who visits, forms, rendering, what is shown once."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any
from urllib.parse import urlencode

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from gatelodge.catalog.errors import NoSuch
from gatelodge.identity.developers import Developer
from gatelodge.operations.actor import Act, Actor
from gatelodge.portal.flash import Flash, Flashes
from gatelodge.settings import Settings
from gatelodge.storage import developers
from gatelodge.storage.engine import Store
from gatelodge.two_step.parts import FactorParts
from gatelodge.web import rows, wording
from gatelodge.web.clock import Clock
from gatelodge.web.forms import Form, read_form
from gatelodge.web.toolbox import Toolbox


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """A signed-in developer's request."""

    request: Request
    developer: Developer
    session_id: int

    @property
    def actor(self) -> Actor:
        """The developer as operations see one."""
        client = self.request.client
        return Actor(
            kind="developer",
            id=self.developer.id,
            name=self.developer.email,
            address=client.host if client else "",
            roles=frozenset(self.developer.roles),
        )


PageEndpoint = Callable[[Request, Visit], Awaitable[Response]]
FormEndpoint = Callable[[Request, Visit, Form], Awaitable[Response]]


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """What a desk is made with."""

    settings: Settings
    store: Store
    tools: Toolbox
    flashes: Flashes
    factors: FactorParts
    clock: Clock


class Desk:
    """Shared by all pages: one desk of the portal."""

    def __init__(self, parts: Parts) -> None:
        self.settings = parts.settings
        self.store = parts.store
        self.sessions = parts.tools.sessions
        self.clock = parts.clock
        self.csrf = parts.tools.csrf
        self.factors = parts.factors
        self._pages = parts.tools.pages
        self._flashes = parts.flashes

    def page(self, path: str, endpoint: PageEndpoint) -> Route:
        """Return the route of a page for signed-in developers."""

        async def answer(request: Request) -> Response:
            _check_rows(request)
            visit = await self.visit(request)
            return self._to_sign_in(request) if visit is None else await endpoint(request, visit)

        return Route(path, answer, methods=["GET"], name=endpoint.__name__)

    def form(self, path: str, endpoint: FormEndpoint) -> Route:
        """Return the route of a form for signed-in developers; only our own pages may send it."""

        async def answer(request: Request) -> Response:
            _check_rows(request)
            visit = await self.visit(request)
            if visit is None:
                return self.go("/login")
            form = await read_form(request)
            self.csrf.check(request, form)
            return await endpoint(request, visit, form)

        return Route(path, answer, methods=["POST"], name=endpoint.__name__)

    async def visit(self, request: Request) -> Visit | None:
        """Return who visits; a developer who was disabled is nobody any more."""
        session = await self.sessions.current(request, "developer")
        if session is None:
            return None
        developer = await self.store.read(developers.find, session.subject_id)
        if developer is None or developer.state != "active":
            return None
        request.state.account = developer
        return Visit(request=request, developer=developer, session_id=session.id)

    def act(self, visit: Visit) -> Act:
        """Return the start of an act of the visitor, now."""
        return Act(actor=visit.actor, now=self.clock(), ids=self.store.ids)

    async def keep(self, visit: Visit, flash: Flash) -> None:
        """Keep what the visitor's next page shows once."""
        await self._flashes.keep(visit.session_id, flash)

    async def say(self, visit: Visit, notice: str) -> None:
        """Keep a sentence for the visitor's next page."""
        await self.keep(visit, Flash(notice=notice))

    async def take(self, visit: Visit) -> Flash:
        """Take what was kept; it is gone afterwards."""
        return await self._flashes.take(visit.session_id)

    async def render(
        self, visit: Visit, template: str, *, flash: Flash | None = None, **values: Any
    ) -> Response:
        """Render a page for a visitor, with what was kept for it.

        A page that shows more of ``flash`` than its notice takes it itself.
        """
        if flash is None:
            flash = await self.take(visit)
        return self.show(visit.request, template, notice=flash.notice, **values)

    def show(
        self, request: Request, template: str, *, status: int = 200, **values: Any
    ) -> Response:
        """Render a page for anybody."""
        when = partial(wording.time_element, now=self.clock())
        return self._pages.render(request, template, status=status, when=when, **values)

    def show_login(
        self,
        request: Request,
        return_to: str,
        *,
        email: str = "",
        refusal: str = "",
        status: int = 200,
    ) -> Response:
        """Render the sign-in page; ``refusal`` says why somebody who tried is here again."""
        return self.show(
            request,
            "portal/login.html",
            status=status,
            # Chromium would keep the browser from going on to a provider.
            form_action=not self.settings.providers,
            return_to=return_to,
            email=email,
            refusal=refusal,
            passkey=self.factors.second_steps.passkeys.for_anybody(request, "developer"),
            here="/login",
        )

    def go(self, path: str) -> Response:
        """Return a redirect to a page of this site, to be fetched with GET."""
        return RedirectResponse(path, 303)

    def _to_sign_in(self, request: Request) -> Response:
        query = request.url.query
        here = f"{request.url.path}?{query}" if query else request.url.path
        return self.go(f"/login?{urlencode({'return_to': here})}")


def _check_rows(request: Request) -> None:
    numbers = (value for value in request.path_params.values() if isinstance(value, int))
    if any(number > rows.LARGEST for number in numbers):
        raise NoSuch("page")
