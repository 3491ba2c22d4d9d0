"""Browser sessions and their cookies.

``__Host-`` cookies over TLS: bound to this host, to the whole of it, and never sent in the clear.
"""

import hmac
import os

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gatelodge.identity import sessions as rules
from gatelodge.identity.sessions import Kind, Session
from gatelodge.oauth import digests, opaque
from gatelodge.storage import sessions as stored
from gatelodge.storage.engine import Store
from gatelodge.web.clock import Clock

_PREFIXES: dict[str, str] = {
    "developer": opaque.DEVELOPER_SESSION,
    "user": opaque.USER_SESSION,
}


def cookie_name(name: str, *, secure: bool) -> str:
    """Return the full name of one of our cookies; the prefix makes browsers guard it."""
    return f"__Host-gatelodge-{name}" if secure else f"gatelodge-{name}"


class Sessions:
    """Finds, starts and ends sessions.

    ``key`` digests cookies' secrets, ``secure`` says whether people come over TLS.
    """

    def __init__(self, store: Store, key: bytes, clock: Clock, *, secure: bool) -> None:
        self._store = store
        self._key = key
        self._clock = clock
        self._secure = secure

    async def current(self, request: Request, kind: Kind) -> Session | None:
        """Return the browser's living session of this kind.

        From then on forms of this request are bound to it (see ``web.csrf``).
        """
        text = request.cookies.get(cookie_name(kind, secure=self._secure), "")
        presented = opaque.read(_PREFIXES[kind], text)
        session = None
        if presented is not None:
            session = await self._store.read(stored.find, presented.row_id)
        now = self._clock()
        if session is None or presented is None or session.kind != kind:
            return None
        digest = digests.digest(self._key, presented.secret)
        if not hmac.compare_digest(digest, session.digest) or not rules.alive(session, now):
            return None
        if rules.worth_touching(session, now):
            await self._store.write(stored.touch, session.id, now)
        request.state.session = session
        return session

    async def start(
        self,
        response: Response,
        request: Request,
        kind: Kind,
        subject_id: int,
        amr: str,
    ) -> Session:
        """Start a session with a fresh secret; the browser's earlier one of this kind ends.

        Somebody who signs in again keeps the row, so that codes issued to them a moment ago stay
        good; the secret is new in any case. ``amr`` is what proved who it is (RFC 8176).
        """
        before = await self.current(request, kind)
        session, cookie = self._fresh(request, kind, subject_id, amr)
        if before is not None and before.subject_id == subject_id:
            session = msgspec.structs.replace(session, id=before.id, created_at=before.created_at)
        await self._store.write(stored.replace, session, before)
        text = opaque.write(_PREFIXES[kind], session.id, cookie)
        self._set(response, kind, text, rules.LIFETIMES[kind])
        request.state.session = session
        return session

    async def end(self, response: Response, request: Request, kind: Kind) -> None:
        """End the browser's session of this kind, if there is one, and take its cookie back."""
        session = await self.current(request, kind)
        if session is not None:
            await self._store.write(stored.end, session.id)
            request.state.session = None
        self._set(response, kind, "", 0)

    def _fresh(
        self, request: Request, kind: Kind, subject_id: int, amr: str
    ) -> tuple[Session, bytes]:
        secret = os.urandom(opaque.SECRET_BYTES)
        session = rules.begin(
            Session(
                id=self._store.ids.next(),
                digest=digests.digest(self._key, secret),
                kind=kind,
                subject_id=subject_id,
                auth_time=0,
                amr=tuple(amr.split()),
                created_at=0,
                seen_at=0,
                expires_at=0,
                address=request.client.host if request.client else "",
                user_agent=request.headers.get("user-agent", ""),
            ),
            self._clock(),
        )
        return session, secret

    def _set(self, response: Response, kind: Kind, text: str, max_age: int) -> None:
        response.set_cookie(
            cookie_name(kind, secure=self._secure),
            text,
            max_age=max_age,
            path="/",
            secure=self._secure,
            httponly=True,
            samesite="lax",
        )
