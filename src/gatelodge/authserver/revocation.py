"""The revocation endpoint (RFC 7009); ``oauth.revocation`` says what ends with what."""

from gatelodge.authserver import asking, ending, presented
from gatelodge.authserver.context import Context
from gatelodge.oauth import opaque, parameters
from gatelodge.oauth.clients import Client
from gatelodge.oauth.errors import InvalidToken
from gatelodge.operations import ended_tokens
from gatelodge.operations.actor import Act
from gatelodge.operations.ended_tokens import Family, Why
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
        act = ending.act_of(self._context, client, request.address)
        if refresh_token is None:
            await self._revoke_access_token(act, asked.text, client)
        else:
            await self._revoke_refresh_token(act, refresh_token, client)
        return _DONE

    async def _revoke_refresh_token(self, act: Act, text: opaque.Opaque, client: Client) -> None:
        row = await presented.refresh_token(self._context, text, client)
        if row is not None:
            family = Family(id=row.family_id, user_id=row.user_id)
            why: Why = "refresh token revoked"
            await ending.end_family(self._context, act, client, family, why, row)

    async def _revoke_access_token(self, act: Act, text: str, client: Client) -> None:
        try:
            claims = (await presented.access_token(self._context, text, client)).claims
        except InvalidToken:
            return
        if claims.family_id is not None:
            family = Family(id=claims.family_id)
            await ending.end_family(self._context, act, client, family, "access token revoked")
            return
        row, until = claims.access_token_id, claims.exp
        await self._context.store.write(ended_tokens.end_access_token, act, client, row, until)
