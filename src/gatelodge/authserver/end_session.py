"""The end session endpoint (OpenID Connect RP-Initiated Logout 1.0).

An id_token of the very session that is signed in lets the application sign its user out without a
question. Whatever else asks, a person answers: no other site can sign anybody out.
"""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from gatelodge.authserver.flow import Flow, see_other
from gatelodge.authserver.page import Page
from gatelodge.authserver.signout import SignOutPage
from gatelodge.authserver.site import Site
from gatelodge.identity.sessions import Session
from gatelodge.identity.users import User
from gatelodge.oauth import authorization, id_token, logout
from gatelodge.oauth.authorization import Parameters
from gatelodge.oauth.logout import Leaving
from gatelodge.web.forms import read_body

PATH = "/endsession"
ASKING = "/signout"


class EndSessionEndpoint:
    """Checks the request; signs out at once, or leaves it to the page that asks."""

    def __init__(self, site: Site, flow: Flow) -> None:
        self._site = site
        self._flow = flow

    async def get(self, request: Request) -> Response:
        """Answer a request whose parameters are in the query, or one ``post`` has checked."""
        sealed = request.query_params.get("request")
        if sealed is None:
            query: bytes = request.scope.get("query_string", b"")
            leaving = await self._check(authorization.read(query))
        else:
            leaving = self._flow.envelopes.leaving(sealed)
        session = await self._site.session(request)
        user = await self._flow.user(session)
        location = leaving.location
        if session is None or user is None:
            if leaving.sub is not None and location is not None:
                return see_other(location)
        elif await self._is_of(leaving, session, user):
            response = see_other(location or ASKING)
            await self._site.sessions.end(response, request, "user", user.login_name)
            return response
        return see_other(self._flow.envelopes.leaving_address(ASKING, leaving))

    async def post(self, request: Request) -> Response:
        """Answer a request whose parameters are in the body.

        Browsers keep the session's cookie back from another site's POST, so that the rest is left
        to the address the browser goes to next.
        """
        leaving = await self._check(authorization.read(await read_body(request)))
        return see_other(self._flow.envelopes.leaving_address(PATH, leaving))

    async def _check(self, parameters: Parameters) -> Leaving:
        context = self._flow.context
        asked = logout.read(parameters, context.signing_keys(), context.issuer)
        client = None
        if asked.client_id is not None:
            client = await context.live.client(asked.client_id)
        return logout.check(asked, client)

    async def _is_of(self, leaving: Leaving, session: Session, user: User) -> bool:
        context = self._flow.context
        client = await context.live.client(leaving.client_id or "")
        if leaving.sub is None or client is None:
            return False
        sid = id_token.sid(context.digest_keys.session, session.id, client)
        return logout.names(leaving, user.login_name, sid)


def pages(site: Site, flow: Flow) -> Mapping[str, Page]:
    """Return the endpoint and the page that asks, by path."""
    ending, asking = EndSessionEndpoint(site, flow), SignOutPage(site, flow)
    return {
        PATH: Page(ending.get, ending.post),
        ASKING: Page(asking.get, asking.post),
    }
