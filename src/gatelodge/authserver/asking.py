"""Who is asking: the first half of every endpoint that clients call with a form."""

from gatelodge.authserver import cors
from gatelodge.authserver.context import Context
from gatelodge.oauth import client_assertion, client_auth, parameters
from gatelodge.oauth.client_assertion import Assertion
from gatelodge.oauth.clients import Client
from gatelodge.oauth.errors import InvalidClient, TooManyGuesses
from gatelodge.oauth.parameters import Credentials
from gatelodge.web.http import Request


async def read_form(request: Request) -> dict[str, str]:
    """Return the form. Raises ``OAuthError`` or ``HttpError`` for what is no proper form."""
    if request.query:
        parameters.check_query(request.query)
    parameters.check_media_type(request.header(b"content-type"))
    return parameters.read_form(await request.body())


async def authenticate(context: Context, request: Request, credentials: Credentials) -> Client:
    """Return the client once it has proven itself. Raises ``InvalidClient``, ``TooManyGuesses``."""
    found = context.live.peek_client(credentials.client_id)
    if found is None:
        found = await context.live.client(credentials.client_id)
    if found is not None:
        cors.allow(request, found)
    now = context.clock()
    if credentials.assertion is not None:
        return await _by_assertion(context, found, credentials.assertion, now)
    return _by_secret(context, (credentials.client_id, request.address), found, credentials)


def _by_secret(
    context: Context, who: tuple[str, str], found: Client | None, credentials: Credentials
) -> Client:
    """Return the client whose secret this is, or a public one; guesses are slowed down."""
    now = context.clock()
    trusted = not credentials.secrets or context.guesses.proven(*who)
    if not trusted:
        _slow_down(context, who, now)
    try:
        key = context.digest_keys.consumer_secret
        proven = client_auth.authenticate(found, credentials, key, now)
    except InvalidClient:
        if credentials.secrets:
            _slow_down(context, who, now)
            context.guesses.fail(*who, now)
        raise
    if not trusted:
        context.guesses.prove(*who)
    if proven.secret_id is not None:
        context.note_secret(proven.secret_id, now)
    return proven.client


async def _by_assertion(
    context: Context, found: Client | None, assertion: Assertion, now: int
) -> Client:
    """Return the client whose assertion this is.

    A ``jti`` is spent after the signature was checked: otherwise somebody without the private key
    could use up the client's own assertions. Raises ``InvalidClient``.
    """
    client = client_auth.asserting(found, assertion.claims.sub)
    restored_at = context.live.restored_at
    client_assertion.check(assertion, client.client_id, context.issuer, now, restored_at)
    keys = await context.client_keys.find(client, assertion, now)
    client_assertion.verify(assertion, keys)
    if not await context.spend_assertion(client_assertion.spending(assertion, client.id)):
        raise client_assertion.replayed()
    return client


def _slow_down(context: Context, who: tuple[str, str], now: int) -> None:
    pause = context.guesses.pause(*who, now)
    if pause:
        raise TooManyGuesses(retry_after=pause)
