"""The client credentials grant (RFC 6749 section 4.4): an access token for the application."""

from gatelodge.authserver.allowed_scopes import allowed
from gatelodge.authserver.context import Context
from gatelodge.authserver.issuing import Issuing
from gatelodge.oauth import scopes
from gatelodge.oauth.clients import Client
from gatelodge.oauth.errors import UnauthorizedClient
from gatelodge.oauth.parameters import TokenRequest
from gatelodge.oauth.tokens import TokenAnswer


class ClientCredentials:
    """Issues to confidential clients only (RFC 6749 section 4.4)."""

    def __init__(self, context: Context, issuing: Issuing) -> None:
        self._live = context.live
        self._issuing = issuing

    async def __call__(self, request: TokenRequest, client: Client) -> TokenAnswer:
        """Answer one request. Raises ``UnauthorizedClient`` and ``InvalidScope``."""
        if client.type == "public":
            raise UnauthorizedClient
        wanted = scopes.asked(request.scope)
        scope = scopes.grant(wanted, await allowed(self._live, client, wanted))
        return await self._issuing.to_application(client, scope)
