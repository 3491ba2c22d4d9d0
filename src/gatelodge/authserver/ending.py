"""Ending a family: one row of the change log, whatever the number of tokens it has issued."""

from gatelodge.authserver.context import Context
from gatelodge.oauth import revocation
from gatelodge.oauth.clients import Client
from gatelodge.oauth.refresh import RefreshToken
from gatelodge.storage.revocations import revoke_family


async def end_family(
    context: Context, client: Client, family_id: int, row: RefreshToken | None = None
) -> None:
    """Revoke everything that descends from one code or sign-in; it acts on the next request.

    ``row`` is a refresh token of the family, if one was presented.
    """
    live = context.live
    if live.revoked(access_token_id=0, family_id=family_id, client_row=0, user_id=None):
        return
    until = revocation.family_until(client, context.clock(), row)
    await context.store.write(revoke_family, family_id, until)
