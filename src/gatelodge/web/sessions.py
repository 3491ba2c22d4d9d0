"""Browser sessions: found, started and ended, with the cookies that belong to them."""

import hmac
import os
from collections.abc import Sequence

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gatelodge.identity import sessions as rules
from gatelodge.identity.sessions import Kind, Session
from gatelodge.identity.sign_in import KnownBrowser
from gatelodge.operations import signing_out
from gatelodge.storage import sessions as stored
from gatelodge.storage.engine import Store
from gatelodge.web import cookies
from gatelodge.web.clock import Clock

_YEAR = 365 * 86_400


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
        presented = cookies.read_session(kind, self._cookie(request, kind))
        session = None
        if presented is not None:
            session = await self._store.read(stored.find, presented.row_id)
        now = self._clock()
        if session is None or presented is None or session.kind != kind:
            return None
        digest = cookies.digest(self._key, presented.secret)
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
        amr: Sequence[str],
    ) -> Session:
        """Start a session with a fresh secret; the browser's earlier one of this kind ends.

        Somebody who signs in again keeps the row, so that codes issued to them a moment ago stay
        good; the secret is new in any case. ``amr`` is what proved who it is (RFC 8176).
        """
        before = await self.current(request, kind)
        session, secret = self._fresh(request, kind, subject_id, amr)
        if before is not None and before.subject_id == subject_id:
            session = msgspec.structs.replace(session, id=before.id, created_at=before.created_at)
        when = signing_out.occasion(self._store.ids, _address(request), self._clock())
        await self._store.write(signing_out.replace, when, session, before)
        text = cookies.write_session(kind, session.id, secret)
        self._set(response, kind, text, rules.LIFETIMES[kind])
        self._remember(response, request, kind, subject_id)
        request.state.session = session
        return session

    def known(self, request: Request, kind: Kind) -> KnownBrowser | None:
        """Return who has signed in with this browser before, if somebody has."""
        return cookies.read_known(self._key, kind, self._cookie(request, f"known-{kind}"))

    async def end(self, response: Response, request: Request, kind: Kind, name: str) -> None:
        """End the browser's session of this kind, if there is one, and take its cookie back.

        ``name`` is what the activity log calls the person.
        """
        session = await self.current(request, kind)
        if session is not None:
            when = signing_out.occasion(self._store.ids, _address(request), self._clock())
            await self._store.write(signing_out.leave, when, session, name)
            request.state.session = None
        self._set(response, kind, "", 0)

    def _fresh(
        self, request: Request, kind: Kind, subject_id: int, amr: Sequence[str]
    ) -> tuple[Session, bytes]:
        secret = os.urandom(cookies.SECRET_BYTES)
        session = rules.begin(
            Session(
                id=self._store.ids.next(),
                digest=cookies.digest(self._key, secret),
                kind=kind,
                subject_id=subject_id,
                auth_time=0,
                amr=tuple(amr),
                created_at=0,
                seen_at=0,
                expires_at=0,
                address=_address(request),
                user_agent=request.headers.get("user-agent", ""),
            ),
            self._clock(),
        )
        return session, secret

    def _remember(self, response: Response, request: Request, kind: Kind, subject_id: int) -> None:
        before = self.known(request, kind) or KnownBrowser(id=self._store.ids.next())
        browser = before.with_person(subject_id)
        self._set(response, f"known-{kind}", cookies.write_known(self._key, kind, browser), _YEAR)

    def _cookie(self, request: Request, name: str) -> str:
        return request.cookies.get(cookies.cookie_name(name, secure=self._secure), "")

    def _set(self, response: Response, name: str, text: str, max_age: int) -> None:
        response.set_cookie(
            cookies.cookie_name(name, secure=self._secure),
            text,
            max_age=max_age,
            path="/",
            secure=self._secure,
            httponly=True,
            samesite="lax",
        )


def _address(request: Request) -> str:
    return request.client.host if request.client else ""
