"""A presented access or refresh token, looked up: whose it is, and is it alive?"""

import msgspec

from gatelodge.authserver.context import Context
from gatelodge.identity.users import User
from gatelodge.oauth import digests, opaque, tokens
from gatelodge.oauth.clients import Client
from gatelodge.oauth.errors import InvalidToken
from gatelodge.oauth.refresh import RefreshToken
from gatelodge.oauth.tokens import AccessClaims
from gatelodge.storage import access_tokens, clients, refresh_tokens


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
    if text.startswith(opaque.ACCESS_TOKEN + "_"):
        claims = await _stored_claims(context, text, asking)
    else:
        claims = tokens.verify_jwt(context.signing_keys(), text, context.issuer, context.clock())
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


async def _stored_claims(context: Context, text: str, asking: Client | None) -> AccessClaims:
    presented = opaque.read(opaque.ACCESS_TOKEN, text)
    if presented is None:
        raise InvalidToken
    row = await context.store.read(access_tokens.find, presented.row_id)
    digest = digests.digest(context.digest_keys.access_token, presented.secret)
    if row is None or not digests.same(row.digest, digest) or context.clock() >= row.expires_at:
        raise InvalidToken
    own = asking is not None and asking.id == row.client_row
    client = asking if own else await context.store.read(clients.find, row.client_row)
    user = None if row.user_id is None else await context.live.user(row.user_id)
    if client is None or (row.user_id is not None and user is None):
        raise InvalidToken
    login_name = None if user is None else user.login_name
    return tokens.claims_of(row, client.client_id, login_name, context.issuer)


async def refresh_token(
    context: Context, presented: opaque.Opaque, client: Client
) -> RefreshToken | None:
    """Return the client's own refresh token in whatever state, ``None`` if it has no such one."""
    row = await context.store.read(refresh_tokens.find, presented.row_id)
    digest = digests.digest(context.digest_keys.refresh_token, presented.secret)
    if row is None or row.client_row != client.id or not digests.same(row.digest, digest):
        return None
    return row
