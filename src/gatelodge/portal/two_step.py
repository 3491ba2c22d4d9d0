"""A developer's two-step sign-in: the shared pages inside the portal's account."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gatelodge.identity.factors import Person
from gatelodge.portal.desk import Desk, Visit
from gatelodge.portal.flash import Flash
from gatelodge.two_step import pages as two_step
from gatelodge.two_step.parts import Owner
from gatelodge.web.forms import Form

_BASE = "/account/two-step"


class TwoStep:
    """Fits the shared pages into the developer's account."""

    base = _BASE

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._pages = two_step.TwoStep(self, desk.factors)

    def routes(self) -> list[Route]:
        """Return the pages' routes."""
        routes = []
        for path, (page, form) in two_step.paths(self._pages).items():
            if page is not None:
                routes.append(self._desk.page(_BASE + path, _page(self._desk, page)))
            if form is not None:
                routes.append(self._desk.form(_BASE + path, _form(self._desk, form)))
        return routes

    async def show(self, owner: Owner, page: str, *, status: int = 200, **values: Any) -> Response:
        """Render one of the pages."""
        return await self._desk.render(
            _visit(owner),
            "portal/account_two_step.html",
            status=status,
            section="account",
            tab="Two-step sign-in",
            page=page,
            base=_BASE,
            **values,
        )

    async def say(self, owner: Owner, text: str) -> None:
        """Keep a sentence for the next page."""
        await self._desk.say(_visit(owner), text)

    async def keep_codes(self, owner: Owner, codes: Sequence[str]) -> None:
        """Keep recovery codes for the next page."""
        await self._desk.keep(_visit(owner), Flash(recovery_codes=tuple(codes)))

    async def take_codes(self, owner: Owner) -> Sequence[str]:
        """Take what was kept."""
        return (await self._desk.take(_visit(owner))).recovery_codes

    def again(self) -> str:
        """Return where the developer signs in again and comes back here."""
        return f"/login?{urlencode({'return_to': _BASE, 'again': '1'})}"

    def go(self, path: str) -> Response:
        """Return a redirect to a page of this site."""
        return self._desk.go(path)


def _page(desk: Desk, page: two_step.PageOf) -> Callable[..., Awaitable[Response]]:
    async def answer(_: Request, visit: Visit) -> Response:
        return await page(_owner(desk, visit))

    return _named(answer, page)


def _form(desk: Desk, form: two_step.FormOf) -> Callable[..., Awaitable[Response]]:
    async def answer(_: Request, visit: Visit, sent: Form) -> Response:
        return await form(_owner(desk, visit), sent)

    return _named(answer, form)


def _named(
    answer: Callable[..., Awaitable[Response]], like: Callable[..., object]
) -> Callable[..., Awaitable[Response]]:
    answer.__name__, answer.__doc__ = like.__name__, like.__doc__
    return answer


def _owner(desk: Desk, visit: Visit) -> Owner:
    visit.request.state.visit = visit
    return Owner(
        request=visit.request,
        person=Person("developer", visit.developer.id),
        name=visit.developer.email,
        session=visit.request.state.session,
        act=desk.act(visit),
    )


def _visit(owner: Owner) -> Visit:
    visit: Visit = owner.request.state.visit
    return visit
