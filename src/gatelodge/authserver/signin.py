"""The sign-in page for users, shown while an authorization request or their own page waits."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gatelodge.authserver.context import Context
from gatelodge.authserver.finishing import Finishing
from gatelodge.authserver.flow import Flow, see_other
from gatelodge.authserver.pending import Home, Waiting
from gatelodge.authserver.sealed import Envelopes
from gatelodge.authserver.site import Site
from gatelodge.identity.errors import PasskeyRefused, PoolFull, SignInRefused
from gatelodge.identity.sign_in import LONGEST_LOGIN, KnownBrowser, login_of
from gatelodge.identity.users import User
from gatelodge.web.forms import Form, read_form

SignInUser = Callable[[str, str, int, KnownBrowser | None], Awaitable[User]]
"""Signs a user in by login, password, time and browser; ``SignInRefused``, ``PoolFull``."""

_MISSING = {"username": "Enter your user name.", "password": "Enter your password."}


class SignInPage:
    """Shows the form, signs in, and goes on with the request that waits."""

    def __init__(
        self, context: Context, site: Site, flow: Flow, envelopes: Envelopes, sign_in: SignInUser
    ) -> None:
        self._context = context
        self._envelopes = envelopes
        self._site = site
        self._flow = flow
        self._finishing = Finishing(site, flow)
        self._sign_in = sign_in

    async def get(self, request: Request) -> Response:
        """Show the form, or go on at once when nothing is left to do here."""
        pending = self._envelopes.waiting(request.query_params.get("request", ""))
        session = await self._site.session(request)
        if not pending.switch and not await self._flow.asks_for_sign_in(pending, session):
            return see_other(await self._flow.proceed(pending, session))
        user = await self._flow.user(session)
        hint, choose = _hints(pending)
        if not hint and user is not None and not pending.switch:
            hint = user.login_name
        offered = user if choose else None
        return await self._show(request, pending, username=hint, offered=offered)

    async def post(self, request: Request) -> Response:
        """Sign in, or go on as who is signed in, then take the next step."""
        form = await read_form(request)
        pending = self._envelopes.waiting(form.one("request"))
        if form.one("decision") == "continue":
            return await self._go_on(request, form, pending)
        # The page may be older than a session that another tab started meanwhile.
        self._site.csrf.check(request, form, session_bound=False)
        if form.one("credential"):
            return await self._by_passkey(request, form, pending)
        typed = {name: form.one(name) for name in _MISSING}
        problems = {name: text for name, text in _MISSING.items() if not typed[name].strip()}
        if problems:
            return await self._show(
                request, pending, status=422, username=typed["username"], problems=problems
            )
        login = login_of(typed["username"], self._context.tenant)
        try:
            known = self._site.sessions.known(request, "user")
            user = await self._sign_in(login, typed["password"], self._context.clock(), known)
        except (SignInRefused, PoolFull) as error:
            return await self._show(
                request,
                pending,
                status=error.status,
                username=typed["username"],
                refusal=str(error),
            )
        return await self._finishing.finish(request, pending, user, ("pwd",))

    async def _by_passkey(self, request: Request, form: Form, pending: Waiting) -> Response:
        passkeys = self._site.factors.second_steps.passkeys
        try:
            proof = await passkeys.signed(request, form, "user", None)
            user = await self._active(proof.person.id)
        except PasskeyRefused as error:
            return await self._show(
                request, pending, status=error.status, username="", refusal=str(error)
            )
        return await self._finishing.finish(request, pending, user, proof.amr)

    async def _active(self, user_id: int) -> User:
        user = await self._context.live.user(user_id)
        if user is None or user.state != "active":
            raise PasskeyRefused
        return user

    async def _go_on(self, request: Request, form: Form, pending: Waiting) -> Response:
        """Take the account that is signed in."""
        session = await self._site.session(request)
        self._site.csrf.check(request, form)
        if session is not None:
            pending = msgspec.structs.replace(pending, chosen=session.id, switch=False)
        return see_other(await self._flow.proceed(pending, session))

    async def refuse(
        self, request: Request, pending: Waiting, refusal: str, status: int
    ) -> Response:
        """Show the form with a sentence about a sign-in elsewhere that came to nothing."""
        return await self._show(request, pending, status=status, username="", refusal=refusal)

    async def _show(
        self, request: Request, pending: Waiting, *, status: int = 200, **values: Any
    ) -> Response:
        client = None if isinstance(pending, Home) else await self._flow.client(pending)
        values["username"] = values["username"][:LONGEST_LOGIN]
        response = self._site.show(
            request,
            "signin.html",
            status=status,
            application_name=None if client is None else client.application_name,
            tenant=self._context.tenant,
            request_text=self._envelopes.seal(pending),
            passkey=self._site.factors.second_steps.passkeys.for_anybody(request, "user"),
            here=self._envelopes.sign_in_address(pending),
            **values,
        )
        if status == PoolFull.status:
            response.headers["Retry-After"] = str(PoolFull.retry_after)
        return response


def _hints(pending: Waiting) -> tuple[str, bool]:
    """Return the login an application suggests, and whether the person is to choose an account."""
    if isinstance(pending, Home):
        return "", False
    return pending.request.login_hint or "", "select_account" in pending.request.prompt
