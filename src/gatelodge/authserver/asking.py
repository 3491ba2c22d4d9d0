"""Who is asking: the first half of every endpoint that clients call with a form."""

from gatelodge.authserver import cors
from gatelodge.authserver.context import Context
from gatelodge.oauth import client_auth, parameters
from gatelodge.oauth.clients import Client
from gatelodge.oauth.parameters import Credentials
from gatelodge.web.http import Request


async def read_form(request: Request) -> dict[str, str]:
    """Return the form. Raises ``OAuthError`` or ``HttpError`` for what is no proper form."""
    if request.query:
        parameters.check_query(request.query)
    parameters.check_media_type(request.header(b"content-type"))
    return parameters.read_form(await request.body())


async def authenticate(context: Context, request: Request, credentials: Credentials) -> Client:
    """Return the client once it has proven itself. Raises ``InvalidClient``."""
    found = context.live.peek_client(credentials.client_id)
    if found is None:
        found = await context.live.client(credentials.client_id)
    if found is not None:
        cors.allow(request, found)
    key = context.digest_keys.consumer_secret
    return client_auth.authenticate(found, credentials, key, context.clock())
