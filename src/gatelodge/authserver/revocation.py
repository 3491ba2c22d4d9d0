"""The revocation endpoint (RFC 7009); ``oauth.revocation`` says what ends with what."""

from gatelodge.authserver import asking, presented
from gatelodge.authserver.context import Context
from gatelodge.authserver.ending import end_family
from gatelodge.oauth import opaque, parameters
from gatelodge.oauth.clients import Client
from gatelodge.oauth.errors import InvalidToken
from gatelodge.storage.revocations import revoke_access_token
from gatelodge.web.errors import NO_STORE
from gatelodge.web.http import Reply, Request

_DONE = Reply(200, b"", NO_STORE)


class RevocationEndpoint:
    """Ends a client's own access and refresh tokens; anything else is answered alike, untouched."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def __call__(self, request: Request) -> Reply:
        """Answer one request: 200 whether there was anything to revoke or not (section 2.2)."""
        form = await asking.read_form(request)
        asked = parameters.presented_token(form, request.header(b"authorization"))
        client = await asking.authenticate(self._context, request, asked.credentials)
        refresh_token = opaque.read(opaque.REFRESH_TOKEN, asked.text)
        if refresh_token is None:
            await self._revoke_access_token(asked.text, client)
        else:
            await self._revoke_refresh_token(refresh_token, client)
        return _DONE

    async def _revoke_refresh_token(self, text: opaque.Opaque, client: Client) -> None:
        row = await presented.refresh_token(self._context, text, client)
        if row is not None:
            await end_family(self._context, client, row.family_id, row)

    async def _revoke_access_token(self, text: str, client: Client) -> None:
        try:
            claims = (await presented.access_token(self._context, text, client)).claims
        except InvalidToken:
            return
        if claims.family_id is not None:
            await end_family(self._context, client, claims.family_id)
            return
        await self._context.store.write(revoke_access_token, claims.access_token_id, claims.exp)
