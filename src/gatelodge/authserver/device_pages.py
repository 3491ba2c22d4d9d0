"""The pages a person meets who signs a device in (RFC 8628 section 3.3).

One signs in first. The code is typed and the answer given in one session by one person: what was
typed travels sealed and names both, so that a link to a later step is worth nothing to others.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import urlencode

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gatelodge.authserver import consent_words
from gatelodge.authserver.device_entry import Asking, Entered, Entries
from gatelodge.authserver.flow import Flow, see_other
from gatelodge.authserver.page import Page
from gatelodge.authserver.pending import Home
from gatelodge.authserver.site import Site
from gatelodge.identity.sessions import Session
from gatelodge.identity.users import User
from gatelodge.oauth import device
from gatelodge.web import wording
from gatelodge.web.forms import read_form
from gatelodge.web.http import BadRequest

PLACE = "/device"
_LONGEST_CODE = 40
_NO_CODE = "Enter the eight letters that the device shows."
_UNKNOWN = "This code is not valid, or no longer. Check it against the one the device shows."
_PAUSED = "Too many wrong codes came from here. Wait a while, then try again."
_OVER = "This code has been used or has run out. Start again on the device."


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """A signed-in user's request."""

    request: Request
    user: User
    session: Session


class DevicePages:
    """Takes a code, shows who asks, and takes the answer."""

    def __init__(self, flow: Flow, site: Site, entries: Entries) -> None:
        self._context = flow.context
        self._entries = entries
        self._flow = flow
        self._site = site

    def pages(self) -> Mapping[str, Page]:
        """Return what answers each path."""
        return {
            PLACE: Page(self.ask, self.enter),
            f"{PLACE}/confirm": Page(self.show, self.decide),
            f"{PLACE}/allowed": Page(partial(self._done, allowed=True)),
            f"{PLACE}/denied": Page(partial(self._done, allowed=False)),
        }

    async def ask(self, request: Request) -> Response:
        """Show the form; a code in the address only fills it in (section 3.3.1)."""
        typed = request.query_params.get("user_code", "")[:_LONGEST_CODE]
        visit = await self._visit(request)
        return self._form(visit, typed) if visit else self._to_sign_in(typed)

    async def enter(self, request: Request) -> Response:
        """Look a typed code up and go on to what it asks for."""
        form = await read_form(request)
        typed = form.one("user_code")[:_LONGEST_CODE].strip()
        visit = await self._visit(request)
        if visit is None:
            return self._to_sign_in(typed)
        self._site.csrf.check(request, form)
        letters = device.read_user_code(typed)
        if letters is None:
            return self._form(visit, typed, _UNKNOWN if typed else _NO_CODE)
        entry = await self._entries.enter(letters, visit.user, _address(request))
        if entry.found is None:
            return self._form(visit, typed, _PAUSED if entry.paused else _UNKNOWN)
        entered = Entered(
            row_id=entry.found.id,
            session_id=visit.session.id,
            user_id=visit.user.id,
            user_code=device.shown(letters),
        )
        text = self._entries.seal(entered, entry.found)
        return see_other(_confirm(text))

    async def show(self, request: Request) -> Response:
        """Show who asks for what, and from where."""
        text = request.query_params.get("request", "")
        visit, asking = await self._asking(request, text)
        if visit is None or asking is None:
            return self._over(visit)
        return await self._confirm(visit, asking, text)

    async def decide(self, request: Request) -> Response:
        """Take the answer; what it is about is what was sealed, whatever else the form says."""
        form = await read_form(request)
        visit, asking = await self._asking(request, form.one("request"))
        if visit is None or asking is None:
            return self._over(visit)
        self._site.csrf.check(request, form)
        decision = form.one("decision")
        if decision not in {"allow", "deny"}:
            raise BadRequest("The form says neither yes nor no.")
        if decision == "deny":
            done = await self._entries.deny(asking, visit.user, _address(request))
        else:
            done = await self._entries.allow(asking, visit.user, visit.session, _address(request))
        if not done:
            return self._over(visit)
        return see_other(f"{PLACE}/{'allowed' if decision == 'allow' else 'denied'}")

    async def _visit(self, request: Request) -> Visit | None:
        session = await self._site.session(request)
        user = await self._flow.user(session)
        if session is None or user is None:
            return None
        return Visit(request=request, user=user, session=session)

    async def _asking(self, request: Request, text: str) -> tuple[Visit | None, Asking | None]:
        """Return who visits, and what they typed the code of if it was they, in this session."""
        entered = self._entries.unseal(text)
        visit = await self._visit(request)
        if visit is None:
            return None, None
        own = (entered.session_id, entered.user_id) == (visit.session.id, visit.user.id)
        return visit, await self._entries.asking(entered) if own else None

    def _to_sign_in(self, typed: str) -> Response:
        return see_other(self._flow.envelopes.sign_in_address(Home(place=_place(typed))))

    def _over(self, visit: Visit | None) -> Response:
        return self._to_sign_in("") if visit is None else self._form(visit, "", _OVER)

    def _form(self, visit: Visit, typed: str, problem: str = "") -> Response:
        place = _place(typed)
        status = 422 if problem else 200
        return self._render(
            visit, "device.html", place, status=status, typed=typed, problem=problem
        )

    async def _confirm(self, visit: Visit, asking: Asking, text: str) -> Response:
        catalogue = await self._context.live.catalogue()
        client = asking.client
        return self._render(
            visit,
            "device_confirm.html",
            _place(asking.entered.user_code),
            here=_confirm(text),
            application_name=client.application_name,
            owner_name=client.owner_name,
            sandbox=client.environment == "sandbox",
            row=asking.row,
            user_code=asking.entered.user_code,
            lines=consent_words.lines(asking.row.scope, catalogue.apis),
            request_text=text,
        )

    def _render(
        self, visit: Visit, template: str, place: str, *, status: int = 200, **values: Any
    ) -> Response:
        other = Home(place=place, switch=True)
        return self._site.pages.render(
            visit.request,
            f"auth/{template}",
            status=status,
            user=visit.user,
            tenant=self._context.tenant,
            when=partial(wording.time_element, now=self._context.clock()),
            other_account=self._flow.envelopes.sign_in_address(other),
            **{"here": place, **values},
        )

    async def _done(self, request: Request, *, allowed: bool) -> Response:
        here = request.url.path
        return self._site.pages.render(request, "auth/device_done.html", allowed=allowed, here=here)


def _place(typed: str) -> str:
    return f"{PLACE}?{urlencode({'user_code': typed})}" if typed else PLACE


def _confirm(text: str) -> str:
    return f"{PLACE}/confirm?{urlencode({'request': text})}"


def _address(request: Request) -> str:
    return request.client.host if request.client else ""
