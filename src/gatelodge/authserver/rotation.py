"""Rotating a presented refresh token; ``oauth.refresh`` judges what became of it."""

from gatelodge.authserver import presented
from gatelodge.authserver.context import Context
from gatelodge.authserver.issuing import Part
from gatelodge.oauth import digests, resources, scopes
from gatelodge.oauth.clients import Client
from gatelodge.oauth.opaque import Opaque
from gatelodge.oauth.refresh import Presented, RefreshToken
from gatelodge.storage import refresh_tokens
from gatelodge.storage.refresh_tokens import Rotation


async def check(
    context: Context, text: Opaque, client: Client, scope: str | None, asked: str
) -> None:
    """Refuse wider scopes and resources before the rotation, which they must not cost.

    Raises ``InvalidScope`` and ``InvalidTarget``.
    """
    if scope is None and not asked:
        return
    row = await presented.refresh_token(context, text, client)
    if row is not None:
        part(row, scope, asked)


def part(parent: RefreshToken, scope: str | None, asked: str) -> Part:
    """Return what of a refresh token's grant is asked for.

    Raises ``InvalidScope`` and ``InvalidTarget`` for anything wider.
    """
    reach = resources.narrow(parent.resources, asked)
    return Part(scope=scopes.narrow(parent.scope, scope), resources=reach.asked)


async def rotate(context: Context, text: Opaque, client: Client, now: int) -> Presented:
    """Replace the token unless somebody else has; return its row as it stands afterwards."""
    keys = context.digest_keys
    successor_id = context.store.ids.next()
    successor = digests.successor(keys.refresh_successor, text.secret, successor_id)
    rotation = Rotation(
        id=text.row_id,
        digest=digests.digest(keys.refresh_token, text.secret),
        client_row=client.id,
        now=now,
        successor_id=successor_id,
        successor_digest=digests.digest(keys.refresh_token, successor),
        successor_expires_at=now + client.refresh_token_lifetime,
        sign_in_lifetime=client.sign_in_lifetime,
    )
    result = await context.store.act(refresh_tokens.rotate, rotation)
    return Presented(
        row=result.row,
        revoked=result.revoked,
        successor_used=not result.rotated and await _successor_used(context, result.row),
    )


async def _successor_used(context: Context, row: RefreshToken | None) -> bool:
    if row is None or row.successor_id is None:
        return False
    successor = await context.store.read(refresh_tokens.find, row.successor_id)
    return successor is not None and successor.rotated_at is not None
