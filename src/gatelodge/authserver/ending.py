"""Ending a family: one row of the change log, whatever the number of tokens it has issued."""

from gatelodge.authserver.context import Context
from gatelodge.oauth import revocation
from gatelodge.oauth.clients import Client
from gatelodge.oauth.codes import Code
from gatelodge.oauth.refresh import RefreshToken
from gatelodge.operations import ended_tokens
from gatelodge.operations.actor import Act
from gatelodge.operations.ended_tokens import Family, Why


def act_of(context: Context, client: Client, address: str) -> Act:
    """Return the act of a client that came from a network address."""
    actor = ended_tokens.client_actor(client, address)
    return Act(actor=actor, now=context.clock(), ids=context.store.ids)


async def code_used_twice(context: Context, client: Client, code: Code, address: str) -> None:
    """Revoke what was issued for a code that came again, from a network address."""
    family = Family(id=code.family_id, user_id=code.user_id)
    await end_family(context, act_of(context, client, address), client, family, "code used twice")


async def refresh_token_used_twice(
    context: Context, client: Client, row: RefreshToken, address: str
) -> None:
    """Revoke the family of a refresh token that came again, from a network address."""
    act, family = act_of(context, client, address), Family(id=row.family_id, user_id=row.user_id)
    await end_family(context, act, client, family, "refresh token used twice", row)


async def end_family(
    context: Context,
    act: Act,
    client: Client,
    family: Family,
    why: Why,
    row: RefreshToken | None = None,
) -> None:
    """Revoke everything that descends from one code or sign-in; it acts on the next request.

    ``row`` is a refresh token of the family, if one was presented.
    """
    live = context.live
    if live.revoked(access_token_id=0, family_id=family.id, client_row=0, user_id=None):
        return
    until = revocation.family_until(client, act.now, row)
    await context.store.write(ended_tokens.end_family, act, client, family, until, why)
