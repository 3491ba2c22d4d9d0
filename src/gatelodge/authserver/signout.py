"""The sign-out page for users: a question first, so that no other site can sign anybody out."""

from starlette.requests import Request
from starlette.responses import Response

from gatelodge.authserver.flow import Flow
from gatelodge.authserver.site import Site
from gatelodge.web.forms import read_form


class SignOutPage:
    """Ends the user's session; codes issued in it that were not redeemed yet end with it."""

    def __init__(self, site: Site, flow: Flow) -> None:
        self._site = site
        self._flow = flow

    async def get(self, request: Request) -> Response:
        """Ask whether to sign out, or say that nobody is signed in."""
        user = await self._flow.user(await self._site.session(request))
        return self._site.show(request, "signout.html", user=user)

    async def post(self, request: Request) -> Response:
        """Sign out."""
        form = await read_form(request)
        await self._site.session(request)
        self._site.csrf.check(request, form)
        response = self._site.show(request, "signout.html", user=None, done=True)
        await self._site.sessions.end(response, request, "user")
        return response
