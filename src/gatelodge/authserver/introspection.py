"""The introspection endpoint (RFC 7662), for confidential clients and their own tokens."""

from gatelodge.authserver import asking, presented
from gatelodge.authserver.context import Context
from gatelodge.oauth import introspection, opaque, parameters
from gatelodge.oauth.clients import Client
from gatelodge.oauth.errors import InvalidClient, InvalidToken
from gatelodge.web.errors import NO_STORE
from gatelodge.web.http import Reply, Request, json_reply


class IntrospectionEndpoint:
    """Says what an access or refresh token is worth, to the client it was issued to."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def __call__(self, request: Request) -> Reply:
        """Answer one request. Raises ``OAuthError``; nobody may ask without a secret."""
        form = await asking.read_form(request)
        asked = parameters.presented_token(form, request.header(b"authorization"))
        client = await asking.authenticate(self._context, request, asked.credentials)
        if client.type == "public":
            raise InvalidClient("A public client cannot introspect.")
        refresh_token = opaque.read(opaque.REFRESH_TOKEN, asked.text)
        if refresh_token is None:
            described = await self._access_token(asked.text, client)
        else:
            described = await self._refresh_token(refresh_token, client)
        return json_reply(described, headers=NO_STORE)

    async def _access_token(self, text: str, client: Client) -> dict[str, object]:
        try:
            found = await presented.access_token(self._context, text, client)
        except InvalidToken:
            return introspection.INACTIVE
        return introspection.access_token(found.claims)

    async def _refresh_token(self, text: opaque.Opaque, client: Client) -> dict[str, object]:
        live = self._context.live
        row = await presented.refresh_token(self._context, text, client)
        if row is None:
            return introspection.INACTIVE
        revoked = live.revoked(
            access_token_id=row.id,
            family_id=row.family_id,
            client_row=row.client_row,
            user_id=row.user_id,
        )
        user = await live.user(row.user_id)
        now = self._context.clock()
        if (
            user is None
            or user.state != "active"
            or not introspection.refresh_token_alive(row, revoked=revoked, now=now)
        ):
            return introspection.INACTIVE
        return introspection.refresh_token(
            row, client.client_id, user.login_name, self._context.issuer
        )
