"""The sign-out page for users: a question first, so that no other site can sign anybody out."""

from starlette.requests import Request
from starlette.responses import Response

from gatelodge.authserver.flow import Flow, see_other
from gatelodge.authserver.site import Site
from gatelodge.identity.users import User
from gatelodge.oauth.logout import Leaving
from gatelodge.web.forms import read_form


class SignOutPage:
    """Ends the user's session; codes issued in it that were not redeemed yet end with it.

    An application may have sent the user here: they return to it afterwards.
    """

    def __init__(self, site: Site, flow: Flow) -> None:
        self._site = site
        self._flow = flow

    async def get(self, request: Request) -> Response:
        """Ask whether to sign out, or say that nobody is signed in."""
        text = request.query_params.get("request", "")
        leaving = self._flow.envelopes.leaving(text) if text else None
        user = await self._flow.user(await self._site.session(request))
        return await self._show(request, user, leaving, text)

    async def post(self, request: Request) -> Response:
        """Sign out, and return to the application that asked."""
        form = await read_form(request)
        text = form.one("request")
        leaving = self._flow.envelopes.leaving(text) if text else None
        user = await self._flow.user(await self._site.session(request))
        self._site.csrf.check(request, form)
        location = await self._location(leaving)
        response = see_other(location) if location else await self._show(request, None, None, "")
        name = "" if user is None else user.login_name
        await self._site.sessions.end(response, request, "user", name)
        return response

    async def _location(self, leaving: Leaving | None) -> str | None:
        """Return where one returns if that is registered still: pages may be half an hour old."""
        if leaving is None or leaving.client_id is None:
            return None
        client = await self._flow.context.live.client(leaving.client_id)
        registered = () if client is None else client.post_logout_redirect_uris
        return leaving.location if leaving.redirect_uri in registered else None

    async def _show(
        self, request: Request, user: User | None, leaving: Leaving | None, text: str
    ) -> Response:
        client = None
        if leaving is not None and leaving.client_id is not None:
            client = await self._flow.context.live.client(leaving.client_id)
        return self._site.show(
            request,
            "signout.html",
            user=user,
            tenant=self._flow.context.tenant,
            application_name=None if client is None else client.application_name,
            location=await self._location(leaving),
            request_text=text,
            done=request.method == "POST",
        )
