"""The way of an authorization request from step to step; every page of it is an endpoint beside.

Whatever step comes next, the client, its redirect URI, the user and the session are looked at
anew: a page may have been open for half an hour.
"""

from starlette.responses import Response

from gatelodge.authserver import code_answer
from gatelodge.authserver.allowed_scopes import allowed
from gatelodge.authserver.context import Context
from gatelodge.authserver.pending import Asked, Home, Pending, Step, Waiting, next_step
from gatelodge.authserver.sealed import Envelopes
from gatelodge.identity.sessions import Session
from gatelodge.identity.users import User
from gatelodge.oauth import authorization, scopes
from gatelodge.oauth.clients import Client
from gatelodge.oauth.errors import OAuthError, RedirectError
from gatelodge.storage import consents


def see_other(location: str) -> Response:
    """Return a redirect that a browser follows with GET, whatever it sent (RFC 9700 4.12)."""
    headers = {
        "Location": location,
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
    }
    return Response(status_code=303, headers=headers)


class Flow:
    """Finds the next step of a pending request and takes it."""

    def __init__(self, context: Context, envelopes: Envelopes) -> None:
        self.context = context
        self.envelopes = envelopes

    async def proceed(self, pending: Waiting, session: Session | None) -> str:
        """Return where the browser goes next: sign-in, consent, or back with a code.

        Who is on the way to their own account goes there. Raises ``PageError`` and
        ``RedirectError``.
        """
        if isinstance(pending, Home):
            signed_in = await self.user(session) is not None
            return pending.place if signed_in else self.envelopes.sign_in_address(pending)
        client = await self.client(pending)
        if await self.user(session) is None:
            session = None
        step = await self._step(pending, client, session)
        if session is None or step in {"sign_in", "choose"}:
            return self.envelopes.sign_in_address(pending)
        if step == "consent":
            return self.envelopes.consent_address(Asked(pending=pending, session_id=session.id))
        return await self.issue(pending, client, session)

    async def asks_for_sign_in(self, pending: Waiting, session: Session | None) -> bool:
        """Say whether the sign-in page is the next step. Raises like ``proceed``."""
        if isinstance(pending, Home):
            return await self.user(session) is None
        client = await self.client(pending)
        if await self.user(session) is None:
            session = None
        return await self._step(pending, client, session) in {"sign_in", "choose"}

    async def issue(self, pending: Pending, client: Client, session: Session) -> str:
        """Return the way back with a code; ``client`` is what ``client`` returned just now."""
        return await code_answer.answer(self.context, pending.request, client, session)

    async def client(self, pending: Pending) -> Client:
        """Return the client if the request would be accepted still.

        Raises ``PageError`` when the client or the redirect URI is good no longer, and
        ``RedirectError`` when the grant type or a scope was taken from it meanwhile.
        """
        request = pending.request
        client = authorization.known(await self.context.live.client(request.client_id))
        wanted = scopes.asked(request.scope)
        authorization.recheck(request, client, await allowed(self.context.live, client, wanted))
        return client

    async def user(self, session: Session | None) -> User | None:
        """Return the user who is signed in, unless they are gone or disabled."""
        if session is None:
            return None
        user = await self.context.live.user(session.subject_id)
        return user if user is not None and user.state == "active" else None

    async def _step(self, pending: Pending, client: Client, session: Session | None) -> Step:
        consent = None
        if session is not None:
            consent = await self.context.store.read(consents.find, session.subject_id, client.id)
        try:
            return next_step(pending, client, session, consent, self.context.clock())
        except OAuthError as error:
            raise refused(pending, error) from error


def refused(pending: Pending, error: OAuthError) -> RedirectError:
    """Return a refusal of the request that goes to its redirect URI."""
    request = pending.request
    return RedirectError(error, request.redirect_uri, request.state)
