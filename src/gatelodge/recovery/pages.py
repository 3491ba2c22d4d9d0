"""Ask for a link by mail, choose a new password behind it."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import urlencode

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from gatelodge.identity.errors import PoolFull, TooOften
from gatelodge.identity.people import Person
from gatelodge.identity.sessions import Kind
from gatelodge.operations import resets
from gatelodge.operations.actor import Act, Actor
from gatelodge.operations.passwords import PasswordPool
from gatelodge.operations.resets import Wanted
from gatelodge.operations.turns import Turns
from gatelodge.recovery.waiting import Waiting
from gatelodge.recovery.wrong import SHORTEST, wrong
from gatelodge.storage.engine import Store
from gatelodge.web.clock import Clock
from gatelodge.web.csrf import Csrf
from gatelodge.web.forms import Form, read_form
from gatelodge.web.pages import Pages

Find = Callable[[str], Awaitable[Person | None]]
"""Finds who was meant by what was typed."""

_LONGEST = 320


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """What the pages are made with; ``key`` digests links, ``mail`` says whether mail is sent."""

    product_name: str
    store: Store
    pages: Pages
    csrf: Csrf
    pool: PasswordPool
    key: bytes
    clock: Clock
    secure: bool
    mail: bool


class Recovery:
    """The pages for one kind of people."""

    def __init__(self, parts: Parts, kind: Kind, find: Find) -> None:
        self._parts = parts
        self._kind = kind
        self._find = find
        self._place = resets.PLACES[kind]
        self._waiting = Waiting(secure=parts.secure)
        self._turns = Turns()

    def routes(self) -> list[Route]:
        """Return the pages' routes."""
        return [
            Route(f"{self._place}/forgot", self.show_forgot, methods=["GET"]),
            Route(f"{self._place}/forgot", self.forgot, methods=["POST"]),
            Route(f"{self._place}/forgot/sent", self.sent, methods=["GET"]),
            Route(f"{self._place}/reset", self.show_reset, methods=["GET"]),
            Route(f"{self._place}/reset", self.reset, methods=["POST"]),
            Route(f"{self._place}/reset/done", self.done, methods=["GET"]),
        ]

    async def show_forgot(self, request: Request) -> Response:
        """Show the form that asks for a link, or whom to ask where no mail is sent."""
        return self._show_forgot(request, request.query_params.get("request", ""))

    async def forgot(self, request: Request) -> Response:
        """Queue a mail, if there is such a person; the answer is the same in any case."""
        form = await self._form(request)
        typed = form.one("login").strip()[:_LONGEST]
        waiting = form.one("request")
        if not typed or not self._parts.mail:
            problem = "" if typed else "Enter what you sign in with."
            return self._show_forgot(request, waiting, problem=problem)
        wanted = Wanted(kind=self._kind, typed=typed, person=await self._find(typed))
        try:
            await self._parts.store.write(resets.ask, self._act(request), self._parts.key, wanted)
        except TooOften as error:
            answer = self._show_forgot(request, waiting, login=typed, refusal=error)
            answer.headers["Retry-After"] = str(error.retry_after)
            return answer
        response = RedirectResponse(f"{self._place}/forgot/sent", 303)
        self._waiting.keep(response, waiting)
        return response

    async def sent(self, request: Request) -> Response:
        """Say that a mail is on its way, if there is such a person."""
        return self._show(request, "sent")

    async def show_reset(self, request: Request) -> Response:
        """Show the form behind a link, which is not spent by that. Raises ``LinkRefused``."""
        text = request.query_params.get("link", "")
        return self._show_reset(request, text, await self._look(text))

    async def reset(self, request: Request) -> Response:
        """Store the new password. Raises ``LinkRefused`` and ``PoolFull``.

        One link is looked at by one request at a time, so that it costs one hash.
        """
        form = await self._form(request)
        async with self._turns.of(form.one("link").encode()):
            return await self._reset(request, form)

    async def _reset(self, request: Request, form: Form) -> Response:
        text, password = form.one("link"), form.one("password")
        person = await self._look(text)
        problems = wrong(person, password, form.one("repeated"), self._parts.product_name)
        if problems:
            return self._show_reset(request, text, person, problems)
        try:
            password_hash = await self._parts.pool.hash(password)
        except PoolFull as error:
            answer = self._show_reset(request, text, person, refusal=error)
            answer.headers["Retry-After"] = str(error.retry_after)
            return answer
        act = self._act(request, person)
        await self._parts.store.write(resets.reset, act, self._parts.key, text, password_hash)
        return RedirectResponse(f"{self._place}/reset/done", 303)

    async def done(self, request: Request) -> Response:
        """Say that the password was changed, and lead on to what waits."""
        waiting = self._waiting.kept(request)
        onward = f"{self._place}?{urlencode({'request': waiting})}" if waiting else ""
        response = self._show(request, "done", onward=onward)
        self._waiting.drop(response)
        return response

    async def _form(self, request: Request) -> Form:
        form = await read_form(request)
        self._parts.csrf.check(request, form, session_bound=False)
        return form

    async def _look(self, text: str) -> Person:
        parts = self._parts
        return await parts.store.read(resets.look, parts.key, self._kind, text, parts.clock())

    def _act(self, request: Request, person: Person | None = None) -> Act:
        actor = Actor(
            kind=self._kind,
            id=None if person is None else person.id,
            name="somebody" if person is None else person.login,
            address=request.client.host if request.client else "",
        )
        return Act(actor=actor, now=self._parts.clock(), ids=self._parts.store.ids)

    def _show_forgot(
        self,
        request: Request,
        waiting: str,
        *,
        login: str = "",
        problem: str = "",
        refusal: TooOften | None = None,
    ) -> Response:
        status = refusal.status if refusal else 422 if problem else 200
        query = f"?{urlencode({'request': waiting})}" if waiting else ""
        home = "/me" if self._kind == "user" else self._place
        return self._show(
            request,
            "forgot",
            status,
            waiting=waiting,
            login=login,
            problems={"login": problem} if problem else {},
            refusal="" if refusal is None else str(refusal),
            back=self._place + query if query else home,
            mail=self._parts.mail,
            here=f"{self._place}/forgot{query}",
        )

    def _show_reset(
        self,
        request: Request,
        text: str,
        person: Person,
        problems: Mapping[str, str] = {},
        refusal: PoolFull | None = None,
    ) -> Response:
        return self._show(
            request,
            "reset",
            refusal.status if refusal else 422 if problems else 200,
            link=text,
            login=person.login,
            problems=problems,
            refusal="" if refusal is None else str(refusal),
            shortest=SHORTEST,
            here=f"{self._place}/reset?{urlencode({'link': text})}",
        )

    def _show(self, request: Request, template: str, status: int = 200, **values: Any) -> Response:
        return self._parts.pages.render(
            request,
            f"recovery/{template}.html",
            status=status,
            kind=self._kind,
            place=self._place,
            **values,
        )
