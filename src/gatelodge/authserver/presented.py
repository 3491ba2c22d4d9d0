"""A presented access or refresh token, looked up: whose it is, and is it alive?"""

import msgspec

from gatelodge.authserver.context import Context
from gatelodge.identity.users import User
from gatelodge.oauth import digests, opaque
from gatelodge.oauth.clients import Client
from gatelodge.oauth.errors import InvalidToken
from gatelodge.oauth.refresh import RefreshToken
from gatelodge.oauth.tokens import AccessClaims
from gatelodge.operations.presented_tokens import AccessTokenReader
from gatelodge.storage import refresh_tokens


class PresentedAccess(msgspec.Struct, frozen=True, kw_only=True):
    """A living access token's claims, the client it was issued to and its user, if there is one."""

    claims: AccessClaims
    client: Client
    user: User | None


async def access_token(
    context: Context, text: str, asking: Client | None = None
) -> PresentedAccess:
    """Return what a presented access token stands for; only ``asking``'s own if it is given.

    Raises ``InvalidToken`` for one that is malformed, expired, revoked, or whose client or user is
    gone or disabled.
    """
    claims = await _reader(context).read(text, context.clock(), asking)
    client = await context.live.client(claims.client_id)
    if client is None or not client.active or (asking is not None and asking.id != client.id):
        raise InvalidToken
    user = None if claims.user_id is None else await context.live.user(claims.user_id)
    if claims.user_id is not None and (user is None or user.state != "active"):
        raise InvalidToken
    if context.live.revoked(
        access_token_id=claims.access_token_id,
        family_id=claims.family_id,
        client_row=client.id,
        user_id=claims.user_id,
    ):
        raise InvalidToken
    return PresentedAccess(claims=claims, client=client, user=user)


def _reader(context: Context) -> AccessTokenReader:
    return AccessTokenReader(
        issuer=context.issuer,
        store=context.store,
        live=context.live,
        signing_keys=context.signing_keys,
        digest_key=context.digest_keys.access_token,
    )


async def refresh_token(
    context: Context, presented: opaque.Opaque, client: Client
) -> RefreshToken | None:
    """Return the client's own refresh token in whatever state, ``None`` if it has no such one."""
    row = await context.store.read(refresh_tokens.find, presented.row_id)
    digest = digests.digest(context.digest_keys.refresh_token, presented.secret)
    if row is None or row.client_row != client.id or not digests.same(row.digest, digest):
        return None
    return row
