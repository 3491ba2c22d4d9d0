"""The page behind an invitation's link: choose a name and a password, once."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gatelodge.identity import invites as rules
from gatelodge.identity import passwords
from gatelodge.identity.developers import Developer
from gatelodge.identity.errors import AlreadyThere
from gatelodge.operations import invites as acts
from gatelodge.operations.actor import Act, Actor
from gatelodge.operations.common_passwords import is_common
from gatelodge.operations.invites import Acceptance
from gatelodge.operations.passwords import PasswordPool
from gatelodge.operations.turns import Turns
from gatelodge.portal import places
from gatelodge.portal.desk import Desk
from gatelodge.web.forms import Form, read_form


class Invitation:
    """Shows the form and makes the invited person a developer; ``key`` digests links' secrets."""

    def __init__(self, desk: Desk, pool: PasswordPool, key: bytes) -> None:
        self._desk = desk
        self._pool = pool
        self._key = key
        self._turns = Turns()

    def routes(self) -> list[Route]:
        """Return the page's routes."""
        path = "/invite/{invite}"
        return [
            Route(path, self.show, methods=["GET"]),
            Route(path, self.accept, methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        """Show the form. Raises ``InviteRefused``."""
        return self._show(request, await self._invited(request))

    async def accept(self, request: Request) -> Response:
        """Take the invitation up and sign in. Raises ``InviteRefused`` and ``PoolFull``.

        One link is looked at by one request at a time: sent many times at once it costs one
        password's hash and does not fill the pool, which others need to sign in.
        """
        form = await read_form(request)
        self._desk.csrf.check(request, form, session_bound=False)
        async with self._turns.of(request.path_params["invite"].encode()):
            return await self._accept(request, form)

    async def _accept(self, request: Request, form: Form) -> Response:
        developer = await self._invited(request)
        problems = _problems(developer, form, self._desk.settings.product_name)
        if problems:
            return self._show(request, developer, form, problems)
        typed = Acceptance(
            email=form.one("email"),
            name=form.one("name"),
            password_hash=await self._pool.hash(form.one("password")),
        )
        act = self._act(request, developer)
        text = request.path_params["invite"]
        try:
            made = await self._desk.store.write(acts.accept, act, self._key, text, typed)
        except AlreadyThere as error:
            return self._show(request, developer, form, {"email": str(error)})
        answer = self._desk.go(places.HOME)
        await self._desk.sessions.start(answer, request, "developer", made.id, ("pwd",))
        return answer

    async def _invited(self, request: Request) -> Developer:
        text = request.path_params["invite"]
        return await self._desk.store.read(acts.look, self._key, text, self._desk.clock())

    def _act(self, request: Request, developer: Developer) -> Act:
        address = request.client.host if request.client else ""
        actor = Actor(
            kind="developer",
            id=developer.id,
            name=developer.email or "first administrator",
            address=address,
        )
        return Act(actor=actor, now=self._desk.clock(), ids=self._desk.store.ids)

    def _show(
        self,
        request: Request,
        developer: Developer,
        form: Form | None = None,
        problems: Mapping[str, str] | None = None,
    ) -> Response:
        return self._desk.show(
            request,
            "auth/invite.html",
            status=422 if problems else 200,
            developer=developer,
            email=form.one("email") if form else "",
            name=form.one("name") if form else "",
            problems=problems or {},
            shortest=passwords.SHORTEST,
        )


def _problems(developer: Developer, form: Form, product: str) -> Mapping[str, str]:
    """Return a sentence for every field that is wrong, so that all are told at once."""
    email = developer.email or rules.email_of(form.one("email"))
    name = form.one("name").strip()
    password = form.one("password")
    names = {email, name, product}
    found = dict(acts.problems(developer, email, name))
    objection = passwords.objection(password, names, is_common)
    if objection is not None:
        found["password"] = objection
    elif password != form.one("repeated"):
        found["repeated"] = "The two passwords differ."
    return found
