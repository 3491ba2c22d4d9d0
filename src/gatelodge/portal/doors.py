"""The pages anybody may see: landing, sign-in; signing out and the choice of colours."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gatelodge.identity.errors import PasskeyRefused, PoolFull, SignInRefused
from gatelodge.identity.invites import email_of
from gatelodge.operations.sign_in import SignIn
from gatelodge.portal import places
from gatelodge.portal.desk import Desk
from gatelodge.portal.finishing import Finishing
from gatelodge.storage import developers
from gatelodge.web.forms import Form, read_form
from gatelodge.web.pages import THEMES, theme_cookie

_YEAR = 365 * 86_400
_REFUSED = "The e-mail address or password is not right, or sign-in is paused for a while."
_BUSY = "Too many people are signing in at the moment. Please try again."


class Doors:
    """Landing page, sign-in, sign-out."""

    def __init__(self, desk: Desk, sign_in: SignIn) -> None:
        self._desk = desk
        self._finishing = Finishing(desk)
        self._sign_in = sign_in

    def routes(self) -> list[Route]:
        """Return the pages' routes."""
        return [
            Route("/", self.landing, methods=["GET"]),
            Route("/login", self.show_login, methods=["GET"]),
            Route("/login", self.login, methods=["POST"]),
            Route("/logout", self.logout, methods=["POST"]),
            Route("/theme", self.choose_theme, methods=["POST"]),
        ]

    async def landing(self, request: Request) -> Response:
        """Show what this is."""
        await self._desk.visit(request)
        return self._desk.show(request, "portal/landing.html")

    async def show_login(self, request: Request) -> Response:
        """Show the sign-in form; who is signed in goes on, unless asked for again."""
        return_to = places.local(request.query_params.get("return_to", ""))
        visit = await self._desk.visit(request)
        if visit is None:
            return self._show_login(request, return_to)
        # Who wants to change how they sign in proves anew who they are.
        if request.query_params.get("again") == "1":
            return self._show_login(request, return_to, visit.developer.email)
        return self._desk.go(return_to)

    async def login(self, request: Request) -> Response:
        """Sign a developer in. One answer for every reason of a refusal."""
        form = await read_form(request)
        await self._desk.sessions.current(request, "developer")
        # The form may be older than a session that another tab has started meanwhile.
        self._desk.csrf.check(request, form, session_bound=False)
        return_to = places.local(form.one("return_to"))
        if form.one("credential"):
            return await self._by_passkey(request, form, return_to)
        email = form.one("email").strip()
        try:
            # Strangers' failures are not to keep out whom this browser is known to belong to.
            known = self._desk.sessions.known(request, "developer")
            developer = await self._sign_in.developer(
                email_of(email), form.one("password"), self._desk.clock(), known
            )
        except SignInRefused as error:
            return self._show_login(request, return_to, email, _REFUSED, error.status)
        except PoolFull as error:
            busy = self._show_login(request, return_to, email, _BUSY, error.status)
            busy.headers["retry-after"] = str(error.retry_after)
            return busy
        return await self._finishing.finish(request, developer, ("pwd",), return_to)

    async def _by_passkey(self, request: Request, form: Form, return_to: str) -> Response:
        passkeys = self._desk.factors.second_steps.passkeys
        try:
            proof = await passkeys.signed(request, form, "developer", None)
        except PasskeyRefused as error:
            return self._show_login(request, return_to, "", str(error), error.status)
        developer = await self._desk.store.read(developers.find, proof.person.id)
        if developer is None or developer.state != "active":
            refused = PasskeyRefused()
            return self._show_login(request, return_to, "", str(refused), refused.status)
        return await self._finishing.finish(request, developer, proof.amr, return_to)

    async def logout(self, request: Request) -> Response:
        """End the session."""
        form = await read_form(request)
        visit = await self._desk.visit(request)
        if visit is None:
            return self._desk.go("/login")
        self._desk.csrf.check(request, form)
        answer = self._desk.go("/")
        await self._desk.sessions.end(answer, request, "developer", visit.developer.email)
        return answer

    async def choose_theme(self, request: Request) -> Response:
        """Remember which colours the reader wants; anything but light and dark: the system's."""
        form = await read_form(request)
        # Whichever session's page has the button: the choice belongs to the browser.
        self._desk.csrf.check(request, form, session_bound=False)
        answer = self._desk.go(places.local(form.one("return_to"), "/"))
        theme = form.one("theme")
        secure = self._desk.settings.secure
        answer.set_cookie(
            theme_cookie(secure=secure),
            theme if theme in THEMES else "",
            max_age=_YEAR if theme in THEMES else 0,
            path="/",
            secure=secure,
            httponly=True,
            samesite="lax",
        )
        return answer

    def _show_login(
        self,
        request: Request,
        return_to: str,
        email: str = "",
        refusal: str = "",
        status: int = 200,
    ) -> Response:
        return self._desk.show_login(
            request, return_to, email=email, refusal=refusal, status=status
        )
