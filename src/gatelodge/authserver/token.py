"""The token endpoint (RFC 6749 section 3.2)."""

from collections.abc import Mapping

from gatelodge.authserver import asking
from gatelodge.authserver.context import Context
from gatelodge.authserver.grants import Grant
from gatelodge.oauth import parameters
from gatelodge.oauth.errors import UnauthorizedClient, UnsupportedGrantType
from gatelodge.web.errors import NO_STORE
from gatelodge.web.http import Reply, Request, json_reply


class TokenEndpoint:
    """Reads the request, authenticates the client, and lets the grant type's file do the rest."""

    def __init__(self, context: Context, grants: Mapping[str, Grant]) -> None:
        self._context = context
        self._grants = grants

    async def __call__(self, request: Request) -> Reply:
        """Answer one request. Raises ``OAuthError`` and ``HttpError``."""
        form = await asking.read_form(request)
        authorization = request.header(b"authorization")
        asked = parameters.token_request(form, authorization, request.address)
        client = await asking.authenticate(self._context, request, asked.credentials)
        grant = self._grants.get(asked.grant_type)
        if grant is None:
            raise UnsupportedGrantType
        if asked.grant_type not in client.grant_types:
            raise UnauthorizedClient
        answer = await grant(asked, client)
        self._context.issued[asked.grant_type] += 1
        return json_reply(answer, headers=NO_STORE)
