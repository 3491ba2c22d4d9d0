"""What the authorization server's pages are made with, and the one way they are rendered."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gatelodge.identity.sessions import Session
from gatelodge.two_step.parts import FactorParts
from gatelodge.web.csrf import Csrf
from gatelodge.web.pages import Pages
from gatelodge.web.sessions import Sessions


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """The parts of the web toolbox that pages share."""

    pages: Pages
    csrf: Csrf
    sessions: Sessions
    factors: FactorParts

    async def session(self, request: Request) -> Session | None:
        """Return the user's session, to which this request's forms are bound from then on."""
        return await self.sessions.current(request, "user")

    def show(
        self, request: Request, template: str, *, status: int = 200, **values: object
    ) -> Response:
        """Render a page whose forms may end at an application's address.

        Such a page goes without ``form-action``, which Chromium applies to every hop after a POST.
        """
        return self.pages.render(
            request, f"auth/{template}", status=status, form_action=False, **values
        )
