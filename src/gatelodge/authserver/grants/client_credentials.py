"""The client credentials grant (RFC 6749 section 4.4): an access token for the application."""

from gatelodge.authserver import allowed_resources
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
        self._context = context
        self._issuing = issuing

    async def __call__(self, request: TokenRequest, client: Client) -> TokenAnswer:
        """Answer one request.

        Raises ``UnauthorizedClient``, ``InvalidScope`` and ``InvalidTarget``.
        """
        if client.type == "public":
            raise UnauthorizedClient
        wanted = scopes.asked(request.scope)
        scope = scopes.grant(wanted, await allowed(self._context.live, client, wanted))
        asked = await allowed_resources.asked(self._context, client, request.resources)
        return await self._issuing.to_application(client, scope, asked)
