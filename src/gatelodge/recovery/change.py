"""The page on which who is signed in changes their own password; one for each kind of people."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from gatelodge.identity.errors import PoolFull, SignInRefused
from gatelodge.identity.people import Person
from gatelodge.identity.sessions import Kind, Session
from gatelodge.identity.sign_in import KnownBrowser
from gatelodge.operations import new_passwords
from gatelodge.operations.actor import Act, Actor
from gatelodge.recovery.pages import Parts
from gatelodge.recovery.wrong import SHORTEST, wrong
from gatelodge.web.forms import Form, read_form
from gatelodge.web.sessions import Sessions

Prove = Callable[[str, str, int, KnownBrowser | None], Awaitable[object]]
"""Checks a login's password at a time in a browser; ``SignInRefused`` and ``PoolFull``."""

Visitor = Callable[[int], Awaitable[tuple[Person, Mapping[str, Any]] | None]]
"""Returns who has an id and may be here, with what the frame of their pages shows."""

_CHANGED = "Your password was changed. All other browsers and applications are signed out."
_REFUSED = (
    "This is not your current password, or it cannot be tried for a while after too many tries."
)


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where one kind of people change their password.

    ``keep`` and ``take`` are how a session's next page says a sentence once.
    """

    kind: Kind
    path: str
    template: str
    sign_in: str
    visitor: Visitor
    prove: Prove
    keep: Callable[[int, str], Awaitable[None]]
    take: Callable[[int], Awaitable[str]]


class Change:
    """Shows the form and changes the password; the current one is counted like a sign-in."""

    def __init__(self, parts: Parts, sessions: Sessions, place: Place) -> None:
        self._parts = parts
        self._sessions = sessions
        self._place = place

    def routes(self) -> list[Route]:
        """Return the page's routes."""
        path = self._place.path
        return [
            Route(path, self.show, methods=["GET"]),
            Route(path, self.change, methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        """Show the form that changes one's own password."""
        session = await self._sessions.current(request, self._place.kind)
        found = None if session is None else await self._place.visitor(session.subject_id)
        if session is None or found is None:
            return RedirectResponse(self._place.sign_in, 303)
        notice = await self._place.take(session.id)
        return self._show(request, found[1], notice=notice)

    async def change(self, request: Request) -> Response:
        """Change the password; every other session and every token of its owner ends."""
        form = await read_form(request)
        session = await self._sessions.current(request, self._place.kind)
        self._parts.csrf.check(request, form)
        found = None if session is None else await self._place.visitor(session.subject_id)
        if session is None or found is None:
            return RedirectResponse(self._place.sign_in, 303)
        person, frame = found
        try:
            problems = await self._problems(request, person, form)
            if problems:
                return self._show(request, frame, 422, problems=problems)
            await self._replace(request, session, person, form.one("password"))
        except PoolFull as error:
            answer = self._show(request, frame, error.status, refusal=str(error))
            answer.headers["Retry-After"] = str(error.retry_after)
            return answer
        await self._place.keep(session.id, _CHANGED)
        return RedirectResponse(self._place.path, 303)

    async def _problems(self, request: Request, person: Person, form: Form) -> Mapping[str, str]:
        password, repeated = form.one("password"), form.one("repeated")
        problems = wrong(person, password, repeated, self._parts.product_name)
        if not form.one("current"):
            problems = {"current": "Enter your current password.", **problems}
        if problems:
            return problems
        known = self._sessions.known(request, person.kind)
        try:
            now = self._parts.clock()
            await self._place.prove(person.login, form.one("current"), now, known)
        except SignInRefused:
            return {"current": _REFUSED}
        return {}

    async def _replace(
        self, request: Request, session: Session, person: Person, password: str
    ) -> None:
        store = self._parts.store
        password_hash = await self._parts.pool.hash(password)
        actor = Actor(
            kind=person.kind,
            id=person.id,
            name=person.login,
            address=request.client.host if request.client else "",
        )
        act = Act(actor=actor, now=self._parts.clock(), ids=store.ids)
        await store.write(new_passwords.change_own, act, person, password_hash, session.id)

    def _show(
        self,
        request: Request,
        frame: Mapping[str, Any],
        status: int = 200,
        *,
        problems: Mapping[str, str] = {},
        **values: Any,
    ) -> Response:
        return self._parts.pages.render(
            request,
            self._place.template,
            status=status,
            problems=problems,
            shortest=SHORTEST,
            place=self._place.path,
            tab="Password",
            section="account",
            here=self._place.path,
            **frame,
            **values,
        )
