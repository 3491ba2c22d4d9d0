"""The good end of an authorization request: a stored code and the way back with it."""

import os

from gatelodge.authserver.context import Context
from gatelodge.identity.sessions import Session
from gatelodge.oauth import authorization, codes, digests, opaque
from gatelodge.oauth.authorization import AuthorizationRequest
from gatelodge.oauth.clients import Client
from gatelodge.storage import codes as stored
from gatelodge.storage import logouts


async def answer(
    context: Context, request: AuthorizationRequest, client: Client, session: Session
) -> str:
    """Store a fresh code for who is signed in and return where the browser takes it.

    The code belongs to the session: it ends with it.
    """
    context.repeats.watch(client, request, session)
    secret = os.urandom(opaque.SECRET_BYTES)
    ids = context.store.ids
    fresh = codes.Fresh(
        code_id=ids.next(),
        family_id=ids.next(),
        digest=digests.digest(context.digest_keys.code, secret),
    )
    sign_in = codes.SignIn(
        user_id=session.subject_id,
        session_id=session.id,
        auth_time=session.auth_time,
        amr=" ".join(session.amr),
    )
    code = codes.issue(request, client, sign_in, fresh, context.clock())
    if client.backchannel_logout_uri:
        await context.store.write(logouts.join, session.id, client.id)
    await context.store.act(stored.save, code)
    text = opaque.write(opaque.CODE, code.id, secret)
    return authorization.answer(request.redirect_uri, text, request.state, context.issuer)
