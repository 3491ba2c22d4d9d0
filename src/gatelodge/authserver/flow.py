"""The way of an authorization request from step to step; every page of it is an endpoint beside.

Whatever step comes next, the client, its redirect URI, the user and the session are looked at
anew: a page may have been open for half an hour.
"""

import os
from urllib.parse import urlencode

from starlette.responses import Response

from gatelodge.authserver.allowed_scopes import allowed
from gatelodge.authserver.context import Context
from gatelodge.authserver.pending import LIFETIME, Asked, Pending, next_step
from gatelodge.identity.sessions import Session
from gatelodge.identity.users import User
from gatelodge.oauth import authorization, codes, digests, opaque, scopes
from gatelodge.oauth.clients import Client
from gatelodge.oauth.errors import OAuthError, RedirectError
from gatelodge.settings import Secrets
from gatelodge.storage import codes as stored_codes
from gatelodge.storage import consents
from gatelodge.web import sealing

_PENDING = "authorization"
_ASKED = "consent"


def see_other(location: str) -> Response:
    """Return a redirect that a browser follows with GET, whatever it sent (RFC 9700 4.12)."""
    headers = {
        "Location": location,
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
    }
    return Response(status_code=303, headers=headers)


class Flow:
    """Finds the next step of a pending request and, at the end, issues the code."""

    def __init__(self, context: Context, secrets: Secrets) -> None:
        self._context = context
        self._secrets = secrets

    async def proceed(self, pending: Pending, session: Session | None) -> str:
        """Return where the browser goes next: sign-in, consent, or back with a code.

        Raises ``PageError`` and ``RedirectError``.
        """
        client = await self.client(pending)
        user = await self.user(session)
        if user is None:
            session = None
        step = await self._step(pending, client, session)
        if session is None or user is None or step in {"sign_in", "choose"}:
            return self.sign_in_address(pending)
        if step == "consent":
            return self._consent_address(Asked(pending=pending, session_id=session.id))
        return await self.issue(pending, client, session)

    async def asks_for_sign_in(self, pending: Pending, session: Session | None) -> bool:
        """Say whether the sign-in page is the next step. Raises like ``proceed``."""
        client = await self.client(pending)
        if await self.user(session) is None:
            session = None
        return await self._step(pending, client, session) in {"sign_in", "choose"}

    async def issue(self, pending: Pending, client: Client, session: Session) -> str:
        """Store a code and return where it goes; ``client`` is what ``client`` returned."""
        secret = os.urandom(opaque.SECRET_BYTES)
        store = self._context.store
        fresh = codes.Fresh(
            code_id=store.ids.next(),
            family_id=store.ids.next(),
            digest=digests.digest(self._context.digest_keys.code, secret),
        )
        sign_in = codes.SignIn(
            user_id=session.subject_id,
            session_id=session.id,
            auth_time=session.auth_time,
            amr=" ".join(session.amr),
        )
        request = pending.request
        code = codes.issue(request, client, sign_in, fresh, self._context.clock())
        await store.act(stored_codes.save, code)
        text = opaque.write(opaque.CODE, code.id, secret)
        return authorization.answer(request.redirect_uri, text, request.state, self._context.issuer)

    async def client(self, pending: Pending) -> Client:
        """Return the client if the request would be accepted still.

        Raises ``PageError`` when the client or the redirect URI is good no longer, and
        ``RedirectError`` when the grant type or a scope was taken from it meanwhile.
        """
        request = pending.request
        client = authorization.known(await self._context.live.client(request.client_id))
        wanted = scopes.asked(request.scope)
        authorization.recheck(request, client, await allowed(self._context.live, client, wanted))
        return client

    async def user(self, session: Session | None) -> User | None:
        """Return the user who is signed in, unless they are gone or disabled."""
        if session is None:
            return None
        user = await self._context.live.user(session.subject_id)
        return user if user is not None and user.state == "active" else None

    def sign_in_address(self, pending: Pending) -> str:
        """Return the address of the sign-in page for a request."""
        return f"/signin?{urlencode({'request': self.seal(pending)})}"

    def seal(self, pending: Pending) -> str:
        """Return a pending request as text that only we can read and nobody can change."""
        until = self._context.clock() + LIFETIME
        return sealing.seal(self._secrets, _PENDING, pending, until)

    def pending(self, text: str) -> Pending:
        """Return the request sealed in ``text``. Raises ``BadSeal``."""
        now = self._context.clock()
        return sealing.unseal(self._secrets, _PENDING, text, Pending, now)

    def asked(self, text: str) -> Asked:
        """Return what a consent page asked. Raises ``BadSeal``."""
        return sealing.unseal(self._secrets, _ASKED, text, Asked, self._context.clock())

    def _consent_address(self, asked: Asked) -> str:
        until = self._context.clock() + LIFETIME
        text = sealing.seal(self._secrets, _ASKED, asked, until)
        return f"/consent?{urlencode({'request': text})}"

    async def _step(self, pending: Pending, client: Client, session: Session | None) -> str:
        consent = None
        if session is not None:
            consent = await self._context.store.read(consents.find, session.subject_id, client.id)
        try:
            return next_step(pending, client, session, consent, self._context.clock())
        except OAuthError as error:
            raise refused(pending, error) from error


def refused(pending: Pending, error: OAuthError) -> RedirectError:
    """Return a refusal of the request that goes to its redirect URI."""
    request = pending.request
    return RedirectError(error, request.redirect_uri, request.state)
