"""A user's two-step sign-in: the shared pages inside the user's account."""

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import Response

from gatelodge.authserver.me.frame import Frame, Visit
from gatelodge.authserver.page import Page
from gatelodge.identity.factors import Person
from gatelodge.two_step import pages as two_step
from gatelodge.two_step.parts import FactorParts, Owner
from gatelodge.web.flashes import Notice
from gatelodge.web.forms import Form

_BASE = "/me/two-step"


class TwoStep:
    """Fits the shared pages into the user's account."""

    base = _BASE

    def __init__(self, frame: Frame, parts: FactorParts, tenant: str) -> None:
        self._frame = frame
        self._tenant = tenant
        self._pages = two_step.TwoStep(self, parts)

    def paths(self) -> Mapping[str, Page]:
        """Return what answers each path."""
        return {
            _BASE + path: self._page(page, form)
            for path, (page, form) in two_step.paths(self._pages).items()
        }

    async def show(self, owner: Owner, page: str, *, status: int = 200, **values: Any) -> Response:
        """Render one of the pages."""
        return await self._frame.show(
            _visit(owner),
            "me_two_step.html",
            status=status,
            tab="Two-step sign-in",
            page=page,
            base=_BASE,
            **values,
        )

    async def say(self, owner: Owner, text: str) -> None:
        """Keep a sentence for the next page."""
        await self._frame.say(_visit(owner), text)

    async def keep_codes(self, owner: Owner, codes: Sequence[str]) -> None:
        """Keep recovery codes for the next page."""
        await self._frame.keep(_visit(owner), Notice(recovery_codes=tuple(codes)))

    async def take_codes(self, owner: Owner) -> Sequence[str]:
        """Take what was kept."""
        return (await self._frame.take(_visit(owner))).recovery_codes

    def again(self) -> str:
        """Return where the user signs in again and comes back here."""
        return self._frame.again(_BASE)

    def go(self, path: str) -> Response:
        """Return a redirect to a page of this site."""
        return self._frame.go(path)

    def _page(self, page: two_step.PageOf | None, form: two_step.FormOf | None) -> Page:
        async def show(visit: Visit) -> Response:
            return await page(self._owner(visit)) if page else self.go(_BASE)

        async def send(visit: Visit, sent: Form) -> Response:
            return await form(self._owner(visit), sent) if form else self.go(_BASE)

        return self._frame.page(show if page else None, send if form else None)

    def _owner(self, visit: Visit) -> Owner:
        visit.request.state.visit = visit
        return Owner(
            request=visit.request,
            person=Person("user", visit.user.id),
            name=f"{visit.user.login_name}@{self._tenant}",
            session=visit.session,
            act=self._frame.act(visit),
        )


def _visit(owner: Owner) -> Visit:
    visit: Visit = owner.request.state.visit
    return visit
