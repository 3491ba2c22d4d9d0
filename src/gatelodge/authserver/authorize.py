"""The authorization endpoint (RFC 6749 section 3.1, OpenID Connect Core 3.1.2)."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gatelodge.authserver.allowed_resources import within_reach
from gatelodge.authserver.allowed_scopes import allowed
from gatelodge.authserver.context import Context
from gatelodge.authserver.flow import Flow, see_other
from gatelodge.authserver.pending import Pending
from gatelodge.authserver.sealed import Envelopes
from gatelodge.authserver.site import Site
from gatelodge.oauth import authorization
from gatelodge.oauth.authorization import Parameters
from gatelodge.web.forms import read_body

_LONGEST_HINT = 320  # characters; a longer one is no login


class AuthorizeEndpoint:
    """Checks the request, then sends the browser to whatever step comes next."""

    def __init__(self, context: Context, site: Site, flow: Flow, envelopes: Envelopes) -> None:
        self._context = context
        self._flow = flow
        self._envelopes = envelopes
        self._site = site

    async def get(self, request: Request) -> Response:
        """Answer a request whose parameters are in the query."""
        query: bytes = request.scope.get("query_string", b"")
        pending = await self._check(authorization.read(query))
        session = await self._site.session(request)
        return see_other(await self._flow.proceed(pending, session))

    async def post(self, request: Request) -> Response:
        """Answer a request whose parameters are in the body.

        Browsers keep the session's cookie back from another site's POST, so that the step is left
        to the page the browser goes to next.
        """
        pending = await self._check(authorization.read(await read_body(request)))
        return see_other(self._envelopes.sign_in_address(pending))

    async def _check(self, parameters: Parameters) -> Pending:
        client = await self._context.live.client(parameters.client_id)
        wanted = parameters.scopes
        may_have = await allowed(self._context.live, client, wanted) if client else ()
        targets = parameters.resources
        reach = await within_reach(self._context, client, targets) if client else ()
        checked = authorization.validate(parameters, client, may_have, reach)
        if len(checked.login_hint or "") > _LONGEST_HINT:
            checked = msgspec.structs.replace(checked, login_hint=None)
        return Pending(request=checked)
